package launch_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// pending sets an attempt that has not started.
func (b *bench) pending(step string, change func(*v1alpha1.AttemptStatus)) {
	a := v1alpha1.AttemptStatus{Number: 1, Pod: "pod-" + step, Phase: v1alpha1.StepPending, CreatedAt: now()}
	change(&a)
	b.cluster.Change(func() {
		steps := slices.DeleteFunc(slices.Clone(b.cluster.StepPodsOf[uid]), func(s v1alpha1.StepStatus) bool { return s.Name == step })
		b.cluster.StepPodsOf[uid] = append(steps, v1alpha1.StepStatus{Name: step, Attempts: []v1alpha1.AttemptStatus{a}})
	})
}

// says sets why an attempt waits, as its Pod's status has it.
func says(reason v1alpha1.Reason, message string) func(*v1alpha1.AttemptStatus) {
	return func(a *v1alpha1.AttemptStatus) { a.Reason, a.Message = reason, message }
}

// onNode is an attempt whose Pod has a node and says nothing.
func onNode(a *v1alpha1.AttemptStatus) { a.ScheduledAt = now() }

// told is what a follow has said so far, with the seconds at which it was first seen to be said.
type told struct {
	b     *bench
	begin time.Time
	said  string
	lines []string
}

// until looks each second what was said.
func (w *told) until(second int) {
	for time.Since(w.begin) < time.Duration(second)*time.Second {
		time.Sleep(time.Second)
		all := w.b.err.String()
		for line := range strings.Lines(strings.TrimPrefix(all, w.said)) {
			w.lines = append(w.lines, fmt.Sprintf("%d %s", int(time.Since(w.begin).Seconds()), strings.TrimSuffix(line, "\n")))
		}
		w.said = all
	}
}

// waiting lets a test change a run that somebody waits for, and gives what is said and when. Half a second keeps the test's
// clock from the follow's.
func waiting(t *testing.T, set func(*bench), story func(b *bench, w *told)) []string {
	t.Helper()
	var lines []string
	synctest.Test(t, func(t *testing.T) {
		b := begun(t)
		b.driverUp()
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
		b.end(v1alpha1.RunSucceeded)
		if err := <-done; err != nil {
			t.Error(err)
		}
		lines = w.lines
	})
	return lines
}

// mount lets the kubelet complain of a missing Secret.
func mount(b *bench, step string) {
	b.cluster.PodEventsOf["pod-"+step] = []corev1.Event{{
		Type: corev1.EventTypeWarning, Reason: "FailedMount", Message: `secret "nope" not found`, LastTimestamp: *now(), Source: corev1.EventSource{Component: "kubelet"},
	}}
}

// TestWaitingIsTold: one line within 5 s of a step being stuck, and another only when the reason is another.
func TestWaitingIsTold(t *testing.T) {
	pull := func(b *bench) {
		b.cluster.PodEventsOf["pod-a"] = []corev1.Event{{
			Type: corev1.EventTypeNormal, Reason: "Pulling", Message: "Pulling image \"x\"", LastTimestamp: *now(), Source: corev1.EventSource{Component: "kubelet"},
		}}
	}
	const noCPU, taint = "no node takes it: Insufficient cpu", "no node takes it: untolerated taint"
	for _, tc := range []struct {
		name  string
		set   func(*bench)
		story func(b *bench, w *told)
		want  []string
	}{
		{"no node", nil, func(b *bench, w *told) {
			b.pending("a", says("", noCPU))
			w.until(60)
		}, []string{`4 note: step "a" waits: ` + noCPU}},
		{"no node for a moment", nil, func(b *bench, w *told) {
			b.pending("a", says("", noCPU))
			w.until(2)
			b.pod("a", v1alpha1.StepRunning)
			w.until(60)
		}, nil},
		{"a node is found", nil, func(b *bench, w *told) {
			b.pending("a", says("", noCPU))
			w.until(2)
			b.pending("a", onNode)
			w.until(60)
		}, nil},
		{"another reason, and the first one again", nil, func(b *bench, w *told) {
			b.pending("a", says("", noCPU))
			w.until(10)
			b.pending("a", says("", taint))
			w.until(20)
			b.pending("a", says("", noCPU))
			w.until(30)
		}, []string{`4 note: step "a" waits: ` + noCPU, `14 note: step "a" waits: ` + taint, `24 note: step "a" waits: ` + noCPU}},
		{"many steps for the same reason", nil, func(b *bench, w *told) {
			for i := range 1000 {
				b.pending(fmt.Sprintf("s%d", i), says("", noCPU))
			}
			w.until(2)
			b.pending("t", says("", taint))
			w.until(60)
		}, []string{`4 note: step "s0" and 999 others wait: ` + noCPU, `6 note: step "t" waits: ` + taint}},
		{"a pull that fails, by turns with its back-off", nil, func(b *bench, w *told) {
			for i := range 6 {
				b.pending("a", says(v1alpha1.ReasonImagePull, []string{"not found", "back-off"}[i%2]))
				w.until(10 * (i + 1))
			}
		}, []string{`4 note: step "a" waits: ImagePull: not found`, `14 note: step "a" waits: ImagePull: back-off`}},
		{"a missing Secret, of which only events tell", func(b *bench) { mount(b, "a") }, func(b *bench, w *told) {
			b.pending("a", onNode)
			w.until(200)
		}, []string{`4 note: step "a" waits: FailedMount: secret "nope" not found`}},
		{"a Secret that goes missing later", nil, func(b *bench, w *told) {
			b.pending("a", onNode)
			w.until(20)
			b.cluster.Change(func() { mount(b, "a") })
			w.until(200)
		}, []string{`44 note: step "a" waits: FailedMount: secret "nope" not found`}},
		{"a long pull", pull, func(b *bench, w *told) {
			b.pending("a", onNode)
			w.until(200)
		}, []string{`14 note: step "a" waits: Pulling image "x"`}},
		{"a short pull", pull, func(b *bench, w *told) {
			b.pending("a", onNode)
			w.until(12)
			b.pod("a", v1alpha1.StepRunning)
			w.until(60)
		}, nil},
		{"the status comes to know it", func(b *bench) { mount(b, "a") }, func(b *bench, w *told) {
			b.pending("a", onNode)
			w.until(10)
			b.pending("a", says(v1alpha1.ReasonConfigError, "main cannot be configured"))
			w.until(60)
		}, []string{`4 note: step "a" waits: FailedMount: secret "nope" not found`, `14 note: step "a" waits: ConfigError: main cannot be configured`}},
		{"what the status says rules", nil, func(b *bench, w *told) {
			b.pending("a", onNode)
			w.until(2)
			b.cluster.Change(func() { mount(b, "a") })
			b.pending("a", says(v1alpha1.ReasonConfigError, "main cannot be configured"))
			w.until(60)
		}, []string{`6 note: step "a" waits: ConfigError: main cannot be configured`}},
		{"what the status says rules over an answer that is late", func(b *bench) {
			mount(b, "a")
			b.Launcher.Cluster = &counting{Cluster: b.cluster, pods: map[string]int{}, delay: 5 * time.Second}
		}, func(b *bench, w *told) {
			b.pending("a", onNode)
			w.until(6)
			b.pending("a", says(v1alpha1.ReasonConfigError, "main cannot be configured"))
			w.until(60)
		}, []string{`10 note: step "a" waits: ConfigError: main cannot be configured`}},
		{"events may not be listed", func(b *bench) { mount(b, "a"); b.cluster.Fail["PodEvents"] = launchtest.MayNot("list", "events", "ml") },
			func(b *bench, w *told) {
				b.pending("a", onNode)
				w.until(60)
				b.cluster.Change(func() { clear(b.cluster.Fail) })
				w.until(200)
			}, nil},
		{"events cannot be had for a while", func(b *bench) {
			mount(b, "a")
			b.cluster.Fail["PodEvents"] = &launchtest.Error{Kind: launchtest.Weather, Text: "timeout"}
		}, func(b *bench, w *told) {
			b.pending("a", onNode)
			w.until(10)
			b.cluster.Change(func() { clear(b.cluster.Fail) })
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

// TestUnwatchedWait goes on without the step Pods, and says what is missing; only logs cannot do without.
func TestUnwatchedWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begun(t)
		b.driverUp()
		b.cluster.Fail["WatchStepPods"] = launchtest.MayNot("watch", "pods", "ml")
		if _, err := b.Follow(t.Context(), "r"); err == nil || !strings.HasPrefix(err.Error(), `you may not watch pods in namespace "ml"`) {
			t.Errorf("got %v", err)
		}
		script(func() { b.end(v1alpha1.RunSucceeded) })
		run, err := b.Wait(t.Context(), "r")
		const want = "note: why steps wait is not told, because you may not watch pods in namespace \"ml\"\n"
		if err != nil || run.Phase != v1alpha1.RunSucceeded || b.err.String() != want {
			t.Errorf("got %s, %v, stderr %q", run.Phase, err, b.err)
		}
	})
}

// TestNothingWaitsAfterTheEnd, also while the end cannot be read, and though an answer comes late. No question is sent twice.
func TestNothingWaitsAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begun(t)
		b.driverUp()
		mount(b, "b")
		counting := &counting{Cluster: b.cluster, pods: map[string]int{}, delay: 7 * time.Second}
		b.Launcher.Cluster = counting
		script(func() { b.pending("b", onNode) }, func() { time.Sleep(6 * time.Second) }, func() { b.pending("a", says("", "no node")) }, func() {
			b.cluster.Change(func() { b.cluster.Fail["Record"] = &launchtest.Error{Kind: launchtest.Weather, Text: "timeout"} })
			b.end(v1alpha1.RunCancelled)
		}, func() { time.Sleep(8 * time.Second) }, b.back)
		if _, err := b.Wait(t.Context(), "r"); err != nil || b.err.String() != "" || counting.asked()["pod-b"] != 1 {
			t.Errorf("%v, asked %v, said %q", err, counting.asked(), b.err)
		}
	})
}

// TestFewQuestions: a Pod that does not start is asked for less and less often, and a thousand of them by and by.
func TestFewQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begun(t)
		b.driverUp()
		counting := &counting{Cluster: b.cluster, pods: map[string]int{}}
		b.Launcher.Cluster = counting
		b.pending("a", onNode)
		script(func() { time.Sleep(5 * time.Minute) }, func() {
			for i := range 1000 {
				b.pending(fmt.Sprintf("s%d", i), onNode)
			}
			time.Sleep(5*time.Second + time.Second/2)
			if n := len(counting.asked()) - 1; n != 24 { // at 3, 4 and 5 s
				t.Errorf("asked for %d Pods in five seconds", n)
			}
		}, func() { b.end(v1alpha1.RunSucceeded) })
		if _, err := b.Wait(t.Context(), "r"); err != nil {
			t.Error(err)
		}
		if got := counting.asked()["pod-a"]; got < 5 || got > 7 { // at 3, 13, 43, 103, 163, 223 and 283 s
			t.Errorf("asked %d times in five minutes", got)
		}
	})
}

// TestWaitingOfOneStep: who follows the log of one step does not hear of others.
func TestWaitingOfOneStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begun(t)
		b.driverUp()
		b.pending("a", says("", "no node"))
		b.pending("b", says("", "no room"))
		script(func() { time.Sleep(10 * time.Second) }, func() { b.end(v1alpha1.RunCancelled) })
		if err := b.ShowLogs(t.Context(), launch.LogQuery{Run: "r", Step: "b", Follow: true}); err != nil {
			t.Error(err)
		}
		if got := b.err.String(); got != "note: step \"b\" waits: no room\n" {
			t.Errorf("said %q", got)
		}
	})
}

// counting counts the questions for events.
type counting struct {
	*launchtest.Cluster
	delay time.Duration
	mu    sync.Mutex
	pods  map[string]int
}

// asked is how often, by Pod.
func (c *counting) asked() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.pods)
}

func (c *counting) PodEvents(ctx context.Context, namespace, pod string) ([]corev1.Event, error) {
	c.mu.Lock()
	c.pods[pod]++
	c.mu.Unlock()
	time.Sleep(c.delay)
	return c.Cluster.PodEvents(ctx, namespace, pod)
}
