package follow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
	"github.com/stepherd/stepherd/internal/launch/runlogs"
)

// told is what a follow has said so far, with the seconds at which it was first seen to be said.
type told struct {
	b     *launchtest.Bench
	begin time.Time
	said  string
	lines []string
}

// Until looks each second what was said.
func (w *told) until(second int) {
	for time.Since(w.begin) < time.Duration(second)*time.Second {
		time.Sleep(time.Second)
		all := w.b.Err.String()
		for line := range strings.Lines(strings.TrimPrefix(all, w.said)) {
			w.lines = append(w.lines, fmt.Sprintf("%d %s", int(time.Since(w.begin).Seconds()), strings.TrimSuffix(line, "\n")))
		}
		w.said = all
	}
}

// waiting lets a test change a run that somebody waits for, and gives what is said and when. Half a second keeps the test's
// clock from the follow's.
func waiting(t *testing.T, set func(*launchtest.Bench), story func(b *launchtest.Bench, w *told)) []string {
	t.Helper()
	var lines []string
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		if set != nil {
			set(b)
		}
		done := make(chan error, 1)
		go func() {
			_, err := b.Wait(t.Context(), "r")
			done <- err
		}()
		time.Sleep(time.Second / 2)
		w := &told{b: b, begin: time.Now()}
		story(b, w)
		b.End(v1alpha1.RunSucceeded)
		if err := <-done; err != nil {
			t.Error(err)
		}
		lines = w.lines
	})
	return lines
}

// mount lets the kubelet complain of a missing Secret.
func mount(b *launchtest.Bench, step string) {
	b.Cluster.PodEventsOf["pod-"+step] = []corev1.Event{{
		Type: corev1.EventTypeWarning, Reason: "FailedMount", Message: `secret "nope" not found`, LastTimestamp: *launchtest.Now(), Source: corev1.EventSource{Component: "kubelet"},
	}}
}

// TestWaitingIsTold: one line within 5 s of a step being stuck, and another only when the reason is another.
func TestWaitingIsTold(t *testing.T) {
	pull := func(b *launchtest.Bench) {
		b.Cluster.PodEventsOf["pod-a"] = []corev1.Event{{
			Type: corev1.EventTypeNormal, Reason: "Pulling", Message: "Pulling image \"x\"", LastTimestamp: *launchtest.Now(), Source: corev1.EventSource{Component: "kubelet"},
		}}
	}
	const noCPU, taint = "no node takes it: Insufficient cpu", "no node takes it: untolerated taint"
	for _, tc := range []struct {
		name  string
		set   func(*launchtest.Bench)
		story func(b *launchtest.Bench, w *told)
		want  []string
	}{
		{"no node", nil, func(b *launchtest.Bench, w *told) {
			b.Pending("a", launchtest.Says("", noCPU))
			w.until(60)
		}, []string{`4 note: step "a" waits: ` + noCPU}},
		{"no node for a moment", nil, func(b *launchtest.Bench, w *told) {
			b.Pending("a", launchtest.Says("", noCPU))
			w.until(2)
			b.Pod("a", v1alpha1.StepRunning)
			w.until(60)
		}, nil},
		{"a node is found", nil, func(b *launchtest.Bench, w *told) {
			b.Pending("a", launchtest.Says("", noCPU))
			w.until(2)
			b.Pending("a", launchtest.OnNode)
			w.until(60)
		}, nil},
		{"another reason, and the first one again", nil, func(b *launchtest.Bench, w *told) {
			b.Pending("a", launchtest.Says("", noCPU))
			w.until(10)
			b.Pending("a", launchtest.Says("", taint))
			w.until(20)
			b.Pending("a", launchtest.Says("", noCPU))
			w.until(30)
		}, []string{`4 note: step "a" waits: ` + noCPU, `14 note: step "a" waits: ` + taint, `24 note: step "a" waits: ` + noCPU}},
		{"many steps for the same reason", nil, func(b *launchtest.Bench, w *told) {
			for i := range 1000 {
				b.Pending(fmt.Sprintf("s%d", i), launchtest.Says("", noCPU))
			}
			w.until(2)
			b.Pending("t", launchtest.Says("", taint))
			w.until(60)
		}, []string{`4 note: step "s0" and 999 others wait: ` + noCPU, `6 note: step "t" waits: ` + taint}},
		{"a pull that fails, by turns with its back-off", nil, func(b *launchtest.Bench, w *told) {
			for i := range 6 {
				b.Pending("a", launchtest.Says(v1alpha1.ReasonImagePull, []string{"not found", "back-off"}[i%2]))
				w.until(10 * (i + 1))
			}
		}, []string{`4 note: step "a" waits: ImagePull: not found`, `14 note: step "a" waits: ImagePull: back-off`}},
		{"a missing Secret, of which only events tell", func(b *launchtest.Bench) { mount(b, "a") }, func(b *launchtest.Bench, w *told) {
			b.Pending("a", launchtest.OnNode)
			w.until(200)
		}, []string{`4 note: step "a" waits: FailedMount: secret "nope" not found`}},
		{"a Secret that goes missing later", nil, func(b *launchtest.Bench, w *told) {
			b.Pending("a", launchtest.OnNode)
			w.until(20)
			b.Cluster.Change(func() { mount(b, "a") })
			w.until(200)
		}, []string{`44 note: step "a" waits: FailedMount: secret "nope" not found`}},
		{"a long pull", pull, func(b *launchtest.Bench, w *told) {
			b.Pending("a", launchtest.OnNode)
			w.until(200)
		}, []string{`14 note: step "a" waits: Pulling image "x"`}},
		{"a short pull", pull, func(b *launchtest.Bench, w *told) {
			b.Pending("a", launchtest.OnNode)
			w.until(12)
			b.Pod("a", v1alpha1.StepRunning)
			w.until(60)
		}, nil},
		{"the status comes to know it", func(b *launchtest.Bench) { mount(b, "a") }, func(b *launchtest.Bench, w *told) {
			b.Pending("a", launchtest.OnNode)
			w.until(10)
			b.Pending("a", launchtest.Says(v1alpha1.ReasonConfigError, "main cannot be configured"))
			w.until(60)
		}, []string{`4 note: step "a" waits: FailedMount: secret "nope" not found`, `14 note: step "a" waits: ConfigError: main cannot be configured`}},
		{"what the status says rules", nil, func(b *launchtest.Bench, w *told) {
			b.Pending("a", launchtest.OnNode)
			w.until(2)
			b.Cluster.Change(func() { mount(b, "a") })
			b.Pending("a", launchtest.Says(v1alpha1.ReasonConfigError, "main cannot be configured"))
			w.until(60)
		}, []string{`6 note: step "a" waits: ConfigError: main cannot be configured`}},
		{"what the status says rules over an answer that is late", func(b *launchtest.Bench) {
			mount(b, "a")
			b.CountEvents(5 * time.Second)
		}, func(b *launchtest.Bench, w *told) {
			b.Pending("a", launchtest.OnNode)
			w.until(6)
			b.Pending("a", launchtest.Says(v1alpha1.ReasonConfigError, "main cannot be configured"))
			w.until(60)
		}, []string{`10 note: step "a" waits: ConfigError: main cannot be configured`}},
		{"events may not be listed", func(b *launchtest.Bench) {
			mount(b, "a")
			b.Cluster.Fail["PodEvents"] = launchtest.MayNot("list", "events", "ml")
		},
			func(b *launchtest.Bench, w *told) {
				b.Pending("a", launchtest.OnNode)
				w.until(60)
				b.Cluster.Change(func() { clear(b.Cluster.Fail) })
				w.until(200)
			}, nil},
		{"events cannot be had for a while", func(b *launchtest.Bench) {
			mount(b, "a")
			b.Cluster.Fail["PodEvents"] = &launchtest.Error{Kind: launchtest.Weather, Text: "timeout"}
		}, func(b *launchtest.Bench, w *told) {
			b.Pending("a", launchtest.OnNode)
			w.until(10)
			b.Cluster.Change(func() { clear(b.Cluster.Fail) })
			w.until(200)
		}, []string{`14 note: step "a" waits: FailedMount: secret "nope" not found`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := waiting(t, tc.set, tc.story); !slices.Equal(got, tc.want) {
				t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
		})
	}
}

// TestUnwatchedWait goes on without the step Pods, and tells what is missing; only logs cannot do without.
func TestUnwatchedWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		b.Cluster.Fail["WatchStepPods"] = launchtest.MayNot("watch", "pods", "ml")
		if _, err := b.Follow(t.Context(), "r"); err == nil || !strings.HasPrefix(err.Error(), `you may not watch pods in namespace "ml"`) {
			t.Errorf("got %v", err)
		}
		launchtest.Script(func() { b.End(v1alpha1.RunSucceeded) })
		run, err := b.Wait(t.Context(), "r")
		const want = "note: why steps wait is not told, because you may not watch pods in namespace \"ml\"\n"
		if err != nil || run.Phase != v1alpha1.RunSucceeded || b.Err.String() != want {
			t.Errorf("got %s, %v, stderr %q", run.Phase, err, b.Err)
		}
	})
}

// TestNothingWaitsAfterTheEnd, also while the end cannot be read, and though an answer comes late. No question is sent twice.
func TestNothingWaitsAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		mount(b, "b")
		counting := b.CountEvents(7 * time.Second)
		launchtest.Script(func() { b.Pending("b", launchtest.OnNode) }, func() { time.Sleep(6 * time.Second) }, func() { b.Pending("a", launchtest.Says("", "no node")) }, func() {
			b.Cluster.Change(func() { b.Cluster.Fail["Record"] = &launchtest.Error{Kind: launchtest.Weather, Text: "timeout"} })
			b.End(v1alpha1.RunCancelled)
		}, func() { time.Sleep(8 * time.Second) }, b.Back)
		if _, err := b.Wait(t.Context(), "r"); err != nil || b.Err.String() != "" || counting.Asked()["pod-b"] != 1 {
			t.Errorf("%v, asked %v, said %q", err, counting.Asked(), b.Err)
		}
	})
}

// TestFewQuestions: a Pod that does not start is asked for less and less often, and a thousand of them by and by.
func TestFewQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		counting := b.CountEvents(0)
		b.Pending("a", launchtest.OnNode)
		launchtest.Script(func() { time.Sleep(5 * time.Minute) }, func() {
			for i := range 1000 {
				b.Pending(fmt.Sprintf("s%d", i), launchtest.OnNode)
			}
			time.Sleep(5*time.Second + time.Second/2)
			if n := len(counting.Asked()) - 1; n != 24 { // at 3, 4 and 5 s
				t.Errorf("asked for %d Pods in five seconds", n)
			}
		}, func() { b.End(v1alpha1.RunSucceeded) })
		if _, err := b.Wait(t.Context(), "r"); err != nil {
			t.Error(err)
		}
		if got := counting.Asked()["pod-a"]; got < 5 || got > 7 { // at 3, 13, 43, 103, 163, 223 and 283 s
			t.Errorf("asked %d times in five minutes", got)
		}
	})
}

// TestWaitingOfOneStep: who follows the log of one step does not hear of others.
func TestWaitingOfOneStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		b.Pending("a", launchtest.Says("", "no node"))
		b.Pending("b", launchtest.Says("", "no room"))
		launchtest.Script(func() { time.Sleep(10 * time.Second) }, func() { b.End(v1alpha1.RunCancelled) })
		if err := b.ShowLogs(t.Context(), runlogs.Query{Run: "r", Step: "b", Follow: true}); err != nil {
			t.Error(err)
		}
		if got := b.Err.String(); got != "note: step \"b\" waits: no room\n" {
			t.Errorf("said %q", got)
		}
	})
}
