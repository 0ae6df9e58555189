package runlogs_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
	"github.com/stepherd/stepherd/internal/launch/runlogs"
)

// TestCredentialsDie: a follow reports within a minute that nothing new can be had, though what is watched goes on.
func TestCredentialsDie(t *testing.T) {
	for name, follow := range map[string]func(context.Context, *launchtest.Bench) error{
		"wait":   func(ctx context.Context, b *launchtest.Bench) error { _, err := b.Wait(ctx, "r"); return err },
		"follow": func(ctx context.Context, b *launchtest.Bench) error { _, err := b.Follow(ctx, "r"); return err },
		"watch":  func(ctx context.Context, b *launchtest.Bench) error { _, err := b.Watch(ctx, "r"); return err },
		"logs -f": func(ctx context.Context, b *launchtest.Bench) error {
			return b.ShowLogs(ctx, runlogs.Query{Run: "r", Step: "a", Follow: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := launchtest.Begun(t)
				b.DriverUp()
				b.Pod("a", v1alpha1.StepRunning)
				time.AfterFunc(3*time.Minute, func() { b.Refuse(true) })
				began := time.Now()
				err := follow(t.Context(), b)
				var e *client.Error
				want := `the cluster does not take your credentials any more (Unauthorized); run "r" goes on: log in again, and then: launcher wait r -n ml`
				if !errors.As(err, &e) || e.Class != client.ClassCluster || !slices.Equal(e.Lines, []string{want}) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(began) - 3*time.Minute; took < 0 || took > time.Minute {
					t.Errorf("it was told after %s", took)
				}
			})
		})
	}
}
