package runlogs_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestFollowTellsSideContainers: what failed beside main, or was cut off after it, is told once, by the Pod or by the record.
func TestFollowTellsSideContainers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.Logs.Lines["pod-a/main"] = nil
		b.DriverUp()
		failed := v1alpha1.ContainerEnd{Name: "sync", Reason: v1alpha1.ReasonError, Message: "side container sync ended with exit code 5"}
		cut := v1alpha1.ContainerEnd{Name: "upload", Reason: v1alpha1.ReasonTimeout, Message: "side container upload had not ended 10s after main"}
		attempt := func(phase v1alpha1.StepPhase, ends ...v1alpha1.ContainerEnd) v1alpha1.AttemptStatus {
			return v1alpha1.AttemptStatus{Number: 1, Pod: "pod-a", Phase: phase, StartedAt: launchtest.Now(), Containers: ends}
		}
		b.Attempts("a", attempt(v1alpha1.StepRunning))
		said := func(want string) {
			time.Sleep(5 * time.Second)
			if got := sideLines(b.Err.String()); got != want {
				t.Errorf("said\n%s\nwant\n%s", got, want)
			}
		}
		first := "! a: side container sync ended with exit code 5\n"
		launchtest.Script(
			func() { b.Attempts("a", attempt(v1alpha1.StepRunning, failed)) },
			func() { said(first) },
			func() { b.Attempts("a", attempt(v1alpha1.StepSucceeded, failed)) },
			func() { said(first) },
			func() {
				step := v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{attempt(v1alpha1.StepSucceeded, failed, cut)}}
				b.End(v1alpha1.RunSucceeded, step)
			},
		)
		if _, err := b.Follow(t.Context(), "r"); err != nil {
			t.Error(err)
		}
		said(first + "! a: side container upload had not ended 10s after main\n")
	})
}

// TestSideLogLost: a step's end is told once, also where the rest of a side container's log is read from the driver's.
func TestSideLogLost(t *testing.T) {
	const (
		begins = "+ a\n"
		cutOff = "! a: side container upload had not ended 10s after main\n"
		ends   = "- a Succeeded\n"
		taken  = "note: step \"a\": the Pod went before its log was read to the end; the rest is taken from the driver's log\n"
	)
	for _, tc := range []struct {
		name  string
		early bool // the log is lost before the step's end is told
		err   string
	}{
		{"before its step ended", true, begins + cutOff + taken + ends},
		{"after its step ended", false, begins + cutOff + ends + taken},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := launchtest.Begun(t)
				b.Logs.Lines["pod-a/main"], b.Logs.Lines["pod-a/upload"] = nil, []string{"one", "two"}
				b.Logs.Breaks = map[string]int{"pod-a/upload": 1}
				b.DriverLog("a/upload | one", "a/upload | two")
				b.DriverUp()
				attempt := func(phase v1alpha1.StepPhase, upload bool) v1alpha1.AttemptStatus {
					a := v1alpha1.AttemptStatus{Number: 1, Pod: "pod-a", Phase: phase, StartedAt: launchtest.Now()}
					if upload {
						a.Others = []v1alpha1.OtherContainer{{Name: "upload", StartedAt: launchtest.Now()}}
					}
					if phase.Ended() {
						a.Containers = []v1alpha1.ContainerEnd{{Name: "upload", Reason: v1alpha1.ReasonTimeout, Message: "side container upload had not ended 10s after main"}}
					}
					return a
				}
				b.Attempts("a", attempt(v1alpha1.StepRunning, tc.early))
				launchtest.Script(
					func() { b.Attempts("a", attempt(v1alpha1.StepSucceeded, tc.early)) },
					func() { b.Attempts("a", attempt(v1alpha1.StepSucceeded, true)) },
					func() {
						b.End(v1alpha1.RunSucceeded, v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{attempt(v1alpha1.StepSucceeded, true)}})
					},
				)
				if _, err := b.Follow(t.Context(), "r"); err != nil {
					t.Error(err)
				}
				b.Expect(t, "a/upload | one\na/upload | two\n", tc.err)
			})
		})
	}
}

// sideLines are the lines on containers that do not decide.
func sideLines(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "! ") {
			out.WriteString(line)
		}
	}
	return out.String()
}
