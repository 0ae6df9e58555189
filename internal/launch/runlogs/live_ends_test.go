package runlogs_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/follow"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
	"github.com/stepherd/stepherd/internal/launch/lookup"
)

// deletedPod is what a Pod shows that was deleted while its main ran.
func deletedPod(number int) v1alpha1.AttemptStatus {
	code := int32(137)
	return v1alpha1.AttemptStatus{Number: number, Pod: "pod-a", Phase: v1alpha1.StepFailed, Reason: v1alpha1.ReasonDeleted, ExitCode: &code,
		Message: "its Pod was deleted", StartedAt: launchtest.Now(), FinishedAt: launchtest.Now()}
}

// readings counts how often the record is read.
type readings struct {
	lookup.Runs
	n atomic.Int32
}

func (r *readings) Record(ctx context.Context, namespace, run, uid string) (*record.Record, error) {
	r.n.Add(1)
	return r.Runs.Record(ctx, namespace, run, uid)
}

// TestEndsAreTheRecords: the line at an attempt's end tells the driver's reason, which the record has, of each attempt.
func TestEndsAreTheRecords(t *testing.T) {
	attempt := func(number int, phase v1alpha1.StepPhase, reason v1alpha1.Reason, message string) v1alpha1.AttemptStatus {
		return v1alpha1.AttemptStatus{Number: number, Pod: "pod-a", Phase: phase, Reason: reason, Message: message, StartedAt: launchtest.Now(), FinishedAt: launchtest.Now()}
	}
	step := func(phase v1alpha1.StepPhase, attempts ...v1alpha1.AttemptStatus) v1alpha1.StepStatus {
		return v1alpha1.StepStatus{Name: "a", Phase: phase, Attempts: attempts}
	}
	timeout := attempt(1, v1alpha1.StepFailed, v1alpha1.ReasonTimeout, "main ran longer than its timeout of 4s")
	for _, tc := range []struct {
		name  string
		story []func(b *launchtest.Bench)
		want  string
		least int32 // readings of the record
	}{
		{"a timeout and another attempt", []func(*launchtest.Bench){
			func(b *launchtest.Bench) { b.Attempts("a", deletedPod(1)) },
			func(b *launchtest.Bench) { b.Recorded(step(v1alpha1.StepPending, timeout)) },
			func(b *launchtest.Bench) { time.Sleep(5 * time.Second); b.Attempts("a", deletedPod(1), deletedPod(2)) },
			func(b *launchtest.Bench) {
				b.Recorded(step(v1alpha1.StepFailed, timeout, attempt(2, v1alpha1.StepFailed, v1alpha1.ReasonTimeout, "again")))
			},
		}, "- a Failed: Timeout: main ran longer than its timeout of 4s\n- a#2 Failed: Timeout: again\n", 2},
		{"a cancel", []func(*launchtest.Bench){
			func(b *launchtest.Bench) { b.Attempts("a", deletedPod(1)) },
			func(b *launchtest.Bench) {
				b.Recorded(step(v1alpha1.StepCancelled, attempt(1, v1alpha1.StepCancelled, v1alpha1.ReasonCancelled, "")))
			},
		}, "- a Cancelled\n", 1},
		{"success needs no record", []func(*launchtest.Bench){
			func(b *launchtest.Bench) { b.Attempts("a", attempt(1, v1alpha1.StepSucceeded, "", "")) },
		}, "- a Succeeded\n", 0},
		{"a dead driver", []func(*launchtest.Bench){
			func(b *launchtest.Bench) { b.Attempts("a", deletedPod(1)) },
		}, "- a Failed: Deleted, exit code 137: its Pod was deleted (so its Pod says; the record does not tell yet)\n", 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := launchtest.Begun(t)
				b.Logs.Lines["pod-a/main"] = nil
				reading := &readings{Runs: b.Runs}
				b.Runs = reading
				b.DriverUp()
				b.Attempts("a", attempt(1, v1alpha1.StepRunning, "", ""))
				steps := []func(){func() { time.Sleep(10 * time.Second); reading.n.Store(0) }}
				for _, do := range tc.story {
					steps = append(steps, func() { do(b) })
				}
				steps = append(steps, func() {
					time.Sleep(20 * time.Second)
					if got := ends(b.Err.String()); got != tc.want {
						t.Errorf("said\n%s\nwant\n%s", got, tc.want)
					}
					if n := reading.n.Load(); n < tc.least || n > tc.least+12 { // twelve are for b, which is due without a Pod
						t.Errorf("the record was read %d times", n)
					}
					b.End(v1alpha1.RunFailed)
				})
				launchtest.Script(steps...)
				if _, err := b.Follow(t.Context(), "r"); err != nil {
					t.Error(err)
				}
				if got := ends(b.Err.String()); got != tc.want {
					t.Errorf("at the end\n%s\nwant\n%s", got, tc.want)
				}
			})
		})
	}
}

// ends are the lines that mark the ends of attempts.
func ends(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "- ") {
			out.WriteString(line)
		}
	}
	return out.String()
}

// TestEndOfAPodThatIsGone: an attempt that never started, whose Pod the driver has taken away, ends with the record's reason and
// without an exit code.
func TestEndOfAPodThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		b.Watcher = &goes{Watcher: b.Watcher, Runs: b.Runs}
		pending := v1alpha1.AttemptStatus{Number: 1, Pod: "pod-a", Phase: v1alpha1.StepPending}
		b.Attempts("a", pending)
		launchtest.Script(
			func() { time.Sleep(10 * time.Second); b.Attempts("a") },
			func() {
				b.Recorded(v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepFailed, Attempts: []v1alpha1.AttemptStatus{
					{Number: 1, Pod: "pod-a", Phase: v1alpha1.StepFailed, Reason: v1alpha1.ReasonImagePull, Message: "image x of main cannot be pulled"}}})
			},
			func() {
				time.Sleep(5 * time.Second)
				if got, want := ends(b.Err.String()), "- a Failed: ImagePull: image x of main cannot be pulled\n"; got != want {
					t.Errorf("said %q, want %q", got, want)
				}
				b.End(v1alpha1.RunFailed)
			},
		)
		if _, err := b.Follow(t.Context(), "r"); err != nil {
			t.Error(err)
		}
	})
}

// goes is a cluster that tells when a step Pod is gone.
type goes struct {
	follow.Watcher
	lookup.Runs
}

func (g *goes) WatchStepPods(ctx context.Context, ns, uid string, seen func(string, v1alpha1.AttemptStatus, bool), trouble func(error)) error {
	there := map[string]v1alpha1.AttemptStatus{}
	for {
		steps, err := g.StepPods(ctx, ns, uid)
		if err != nil {
			return context.Cause(ctx)
		}
		now := map[string]bool{}
		for _, s := range steps {
			for _, a := range s.Attempts {
				now[s.Name] = true
				there[s.Name] = a
				seen(s.Name, a, false)
			}
		}
		for name, a := range there {
			if !now[name] {
				delete(there, name)
				seen(name, a, true)
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Second):
		}
	}
}
