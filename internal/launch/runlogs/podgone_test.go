package runlogs_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
	"github.com/stepherd/stepherd/internal/launch/runlogs"
)

// TestPodGoesWhileItsLogIsRead: the rest comes from the driver's log, each line once, or is marked as missing.
func TestPodGoesWhileItsLogIsRead(t *testing.T) {
	const (
		taken  = "note: step \"a\": the Pod went before its log was read to the end; the rest is taken from the driver's log\n"
		missed = "note: the driver's log does not have the place where the log of step \"a\" broke off\n"
		mark   = "a | [stepherd: lines after 2026-03-01T12:00:01.000Z may be missing: the pod is gone]\n"
	)
	for _, tc := range []struct {
		name     string
		driver   []string
		out, err string
	}{
		{"the driver has all", []string{"a | one", "a | two", "a/mesh | x", "a | three", "b | y"}, "one\ntwo\nthree\n", taken},
		{"the driver has the end, with the line twice", []string{"a | two", "a | two", "a | three"}, "one\ntwo\ntwo\nthree\n", taken},
		{"the driver has the end", []string{"a | two", "a | three"}, "one\ntwo\nthree\n", taken},
		{"the driver has no more", []string{"a | one", "a | two"}, "one\ntwo\n", taken},
		{"the driver has another part", []string{"a | three", "a | four"}, "one\ntwo\n", taken + missed + mark},
		{"the driver is gone, too", nil, "one\ntwo\n", "note: step \"a\": the Pod went before its log was read to the end, and the driver's, too: there is no log left\n" + mark},
	} {
		for _, follow := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, follow %v", tc.name, follow), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := launchtest.Begun(t)
					b.DriverUp()
					b.Logs.Lines["pod-a-1/main"], b.Logs.Breaks = []string{"one", "two", "three"}, map[string]int{"pod-a-1/main": 2}
					if tc.driver != nil {
						b.DriverLog(tc.driver...)
					}
					b.Step("a", attempt("a", 1, v1alpha1.StepSucceeded))
					if err := b.ShowLogs(t.Context(), runlogs.Query{Run: "r", Step: "a", Follow: follow}); err != nil {
						t.Error(err)
					}
					b.Expect(t, tc.out, tc.err)
				})
			})
		}
	}
}

// TestNodeHasBegunANewFile: of a log that has no lines, what the driver has printed is shown.
func TestNodeHasBegunANewFile(t *testing.T) {
	const taken = "note: step \"a\": the node has rotated the log, and nothing was logged since; its lines are taken from the driver's log\n"
	for _, tc := range []struct {
		name     string
		age      time.Duration
		driver   []string
		tail     int
		out, err string
	}{
		{"the driver has all", 10 * time.Second, []string{"a | one", "a/mesh | x", "b | y", "a | two"}, 9, "one\ntwo\n", taken},
		{"the last is wanted", 10 * time.Second, []string{"a | one", "a | two"}, 1, "two\n", taken},
		{"nothing was logged", 10 * time.Second, []string{"a/mesh | x", "b | y"}, 9, "", ""},
		{"no node rotates a log so early", 10*time.Second - 1, []string{"a | one"}, 9, "", ""},
		{"the driver is gone", 10 * time.Second, nil, 9, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := launchtest.Begun(t)
				b.DriverUp()
				b.Logs.Lines["pod-a-1/main"] = []string{}
				if tc.driver != nil {
					b.DriverLog(tc.driver...)
				}
				b.Step("a", attempt("a", 1, v1alpha1.StepRunning))
				time.Sleep(tc.age)
				if err := b.ShowLogs(t.Context(), runlogs.Query{Run: "r", Step: "a", Tail: &tc.tail}); err != nil {
					t.Error(err)
				}
				b.Expect(t, tc.out, tc.err)
			})
		})
	}
}

// full is a disk that takes no more.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestFollowEndsWhenNobodyTakesTheLines: a follow whose lines are not taken ends and leaves no goroutine behind.
func TestFollowEndsWhenNobodyTakesTheLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		b.Logs.Lines["pod-a-1/main"] = []string{"one"}
		b.Logs.Opened["pod-a-1/main"] = make(chan struct{})
		b.Step("a", attempt("a", 1, v1alpha1.StepRunning))
		b.Client.Out = full{}
		_, err := b.Follow(t.Context(), "r")
		for range 2 {
			if err == nil || !strings.Contains(err.Error(), "write the log: no space left on device") {
				t.Errorf("got %v", err)
			}
			err = b.ShowLogs(t.Context(), runlogs.Query{Run: "r"})
		}
	})
}
