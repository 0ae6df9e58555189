package runlogs_test

import (
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
	"github.com/stepherd/stepherd/internal/launch/runlogs"
	"github.com/stepherd/stepherd/internal/logview"
)

// lateMark is what is said of a log whose beginning may be lost; its first line is launchtest's first.
const lateMark = "a | [stepherd: lines before 2026-03-01T12:00:00.000Z may be missing: the node has rotated the log]\n"

// lateLog is an attempt of a whose main began a minute ago, in a phase, and what the record has of its log.
func lateLog(phase v1alpha1.StepPhase, log *v1alpha1.LogStatus) v1alpha1.AttemptStatus {
	a := attempt("a", 1, phase)
	a.StartedAt = &metav1.Time{Time: time.Now().Add(-time.Minute)}
	a.Log = log
	return a
}

func firstAt(at time.Time) *v1alpha1.LogStatus {
	return &v1alpha1.LogStatus{First: map[string]time.Time{v1alpha1.MainContainer: at}}
}

// TestBeginningOfLog: a log that is opened late and begins late is marked, on stderr where stdout has the one log alone, unless the
// record knows its first line. What the record does not have yet is waited for; not for what it will never have.
func TestBeginningOfLog(t *testing.T) {
	first := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := map[string]string{v1alpha1.MainContainer: "x"}
	for _, tc := range []struct {
		name   string
		log    *v1alpha1.LogStatus
		phase  v1alpha1.StepPhase // as the record has it; empty where it does not know the attempt
		later  *v1alpha1.LogStatus
		marked bool
		took   time.Duration
	}{
		{name: "the record has the first line", log: firstAt(first), phase: v1alpha1.StepSucceeded},
		{name: "it had an earlier one, which is gone", log: firstAt(first.Add(-1)), phase: v1alpha1.StepSucceeded, marked: true},
		{name: "the first line of another container", log: &v1alpha1.LogStatus{First: map[string]time.Time{"side": first}}, phase: v1alpha1.StepSucceeded, marked: true},
		{name: "the driver has not followed it, or is an older one", phase: v1alpha1.StepSucceeded, marked: true},
		{name: "a driver at work has followed other lines", log: &v1alpha1.LogStatus{Open: true, At: at}, phase: v1alpha1.StepRunning, marked: true},
		{name: "the driver comes to it", log: &v1alpha1.LogStatus{Open: true}, phase: v1alpha1.StepRunning, later: firstAt(first), took: 2 * time.Second},
		{name: "the driver comes to it, of which the record knew nothing", later: firstAt(first), took: 2 * time.Second},
		{name: "the driver does not come to it", log: &v1alpha1.LogStatus{Open: true}, phase: v1alpha1.StepRunning, marked: true, took: 5 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := launchtest.Begun(t)
				b.DriverUp()
				b.Logs.Lines["pod-a-1/main"] = []string{"42"}
				b.Step("a", lateLog(v1alpha1.StepSucceeded, nil))
				record := func(log *v1alpha1.LogStatus, phase v1alpha1.StepPhase) {
					b.Recorded(v1alpha1.StepStatus{Name: "a", Phase: phase, Attempts: []v1alpha1.AttemptStatus{lateLog(phase, log)}})
				}
				if tc.phase != "" {
					record(tc.log, tc.phase)
				}
				if tc.later != nil {
					go func() {
						time.Sleep(time.Second)
						record(tc.later, v1alpha1.StepSucceeded)
					}()
				}
				began := time.Now()
				if err := b.ShowLogs(t.Context(), runlogs.Query{Run: "r", Step: "a"}); err != nil {
					t.Error(err)
				}
				want := ""
				if tc.marked {
					want = lateMark
				}
				b.Expect(t, "42\n", want)
				if took := time.Since(began); took > tc.took {
					t.Errorf("took %v, want at most %v", took, tc.took)
				}
			})
		})
	}
}

// TestBeginningWhileFollowed: a follow that begins late asks the record, too.
func TestBeginningWhileFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		b.Logs.Lines["pod-a-1/main"] = []string{"42"}
		open := make(chan struct{})
		b.Logs.Opened["pod-a-1/main"] = open
		b.Step("a", lateLog(v1alpha1.StepRunning, nil))
		first := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		launchtest.Script(
			func() {
				b.Expect(t, "", "+ a\n")
				b.Recorded(v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepRunning, Attempts: []v1alpha1.AttemptStatus{lateLog(v1alpha1.StepRunning, firstAt(first))}})
			},
			func() {
				b.Expect(t, "a | 42\n", "+ a\n")
				close(open)
				b.Step("a", lateLog(v1alpha1.StepSucceeded, nil))
				b.End(v1alpha1.RunSucceeded)
			},
		)
		if _, err := b.Follow(t.Context(), "r"); err != nil {
			t.Error(err)
		}
	})
}

// TestBeginningInEachForm: the mark is no line of the program in any form, and is absent from all where nothing is missing.
func TestBeginningInEachForm(t *testing.T) {
	const line = `{"time":"2026-03-01T12:00:00Z","step":"a","attempt":1,"container":"main","line":"42"}` + "\n"
	const gap = `{"step":"a","attempt":1,"container":"main","gap":{"to":"2026-03-01T12:00:00Z","cause":"rotated",` +
		`"text":"lines before 2026-03-01T12:00:00.000Z may be missing: the node has rotated the log"}}` + "\n"
	for _, tc := range []struct {
		name     string
		q        runlogs.Query
		out      string
		lost     string // stdout where the beginning is lost
		lostSays string
	}{
		{"one step", runlogs.Query{Step: "a"}, "42\n", "42\n", lateMark},
		{"one step, all attempts", runlogs.Query{Step: "a", AllAttempts: true}, "42\n", "42\n", lateMark},
		{"all steps", runlogs.Query{}, "a | 42\n", lateMark + "a | 42\n", ""},
		{"json", runlogs.Query{Step: "a", Form: logview.JSON}, line, gap + line, ""},
		{"raw", runlogs.Query{Step: "a", Form: logview.Raw}, "42\n", "42\n", lateMark},
	} {
		for _, lost := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				b := launchtest.Begun(t)
				b.DriverUp()
				b.Logs.Lines["pod-a-1/main"] = []string{"42"}
				b.Step("a", lateLog(v1alpha1.StepSucceeded, nil))
				first := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
				out, says := tc.out, ""
				if lost {
					first, out, says = first.Add(-time.Second), tc.lost, tc.lostSays
				}
				b.End(v1alpha1.RunSucceeded, v1alpha1.StepStatus{
					Name: "a", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{lateLog(v1alpha1.StepSucceeded, firstAt(first))},
				})
				tc.q.Run = "r"
				if err := b.ShowLogs(t.Context(), tc.q); err != nil {
					t.Error(tc.name, err)
				}
				b.Expect(t, out, says)
			})
		}
	}
}
