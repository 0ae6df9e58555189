package follow_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestFollowIsDeniedForAWhile: what was granted before is denied by an API server that has just started, and that passes.
func TestFollowIsDeniedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		deny := func(may bool) {
			b.Cluster.Change(func() {
				delete(b.Cluster.Fail, "Record")
				if !may {
					b.Cluster.Fail["Record"] = launchtest.MayNot("get", "configmaps", "ml")
				}
			})
		}
		launchtest.Script(
			func() { time.Sleep(5 * time.Second) }, // virtual
			func() { deny(false); time.Sleep(5 * time.Second) },
			func() { deny(true); b.DriverUp() },
			func() { deny(false); b.End(v1alpha1.RunSucceeded) },
			func() { deny(true) },
		)
		if run, err := b.Wait(t.Context(), "r"); err != nil || run.Phase != v1alpha1.RunSucceeded {
			t.Errorf("got %s, %v", run.Phase, err)
		}
	})
}
