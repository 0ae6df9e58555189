package driver_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/run"
)

// TestRetry: a step that fails is tried again after its back-off, with its log under the attempt's own prefix.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(_ string, attempt int) drivertest.Act {
			a := drivertest.Act{Lines: []string{"hello"}}
			if attempt < 3 {
				a.Exit = 1
			}
			return a
		}
		r := drive(t, c, "d1", plan("a", "keepPods: all", "settings: {image: img, retry: {limit: 2, backoff: {duration: 10s, factor: 2, jitter: 0}}}"))
		r.ends(0)
		// Main ends 1.5 s after its create; the waits of 10 s and 20 s count from there.
		equal(t, "creates", r.at("create"), []string{"0s create a#1", "11.5s create a#2", "33s create a#3"})
		equal(t, "stdout", r.stdout.lines(), []string{"a | hello", "a#2 | hello", "a#3 | hello"})
		attempts := c.Kept().Steps[0].Attempts
		if len(attempts) != 3 || attempts[0].ExitCode == nil || *attempts[0].ExitCode != 1 {
			t.Errorf("the record has %+v", attempts)
		}
		equal(t, "deletes", r.at("delete"), nil)
	})
}

// TestRetryGoesOnAfterACrash: the driver that takes the run up waits no longer than the one before would have.
func TestRetryGoesOnAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(_ string, attempt int) drivertest.Act { return drivertest.Act{Exit: int32(2 - attempt)} }
		p := plan("a", "settings: {image: img, retry: {limit: 1, backoff: {duration: 1m, jitter: 0}}}")
		first := drive(t, c, "d1", p)
		time.Sleep(20 * time.Second)
		first.stop()
		first.ends(143)
		second := drive(t, c, "d2", p)
		second.ends(0)
		equal(t, "creates", first.at("create"), []string{"0s create a#1", "1m1.5s create a#2"})
	})
}

// TestKeepPods: a Pod goes when its log is printed and the record has its end.
func TestKeepPods(t *testing.T) {
	for keep, want := range map[string][]string{
		"all":    nil,
		"failed": {"a"},
		"none":   {"a", "b"},
	} {
		t.Run(keep, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := drivertest.NewCluster()
				c.Play = func(step string, _ int) drivertest.Act {
					a := drivertest.Act{Lines: []string{"bye"}}
					if step == "b" {
						a.Exit = 1
					}
					return a
				}
				var mu sync.Mutex // deletes run side by side
				told := map[string]bool{}
				c.Weather = func(call string) error {
					if call == "delete" {
						mu.Lock()
						defer mu.Unlock()
						for _, s := range c.Kept().Steps {
							told[s.Name] = s.Phase.Ended()
						}
					}
					return nil
				}
				r := drive(t, c, "d1", plan("a\nb", "failurePolicy: ContinueOnFailure", "keepPods: "+keep))
				r.ends(100)
				equal(t, "stdout", r.stdout.lines(), []string{"a | bye", "b | bye"})
				var left []string
				for _, step := range []string{"a", "b"} {
					if len(c.PodsOf(step)) == 0 {
						left = append(left, step)
						if !told[step] {
							t.Errorf("the Pod of %s was deleted before the record had its end", step)
						}
					}
				}
				equal(t, "gone", left, want)
			})
		})
	}
}

// TestCancelWithGrace: Pods get the grace of the cancel, and a shorter one that follows.
func TestCancelWithGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{Never: true, Stubborn: 20 * time.Second} }
		r := drive(t, c, "d1", plan("a"))
		time.Sleep(5 * time.Second)
		minute, second := time.Minute, time.Second
		c.Cancel(&minute)
		time.Sleep(5 * time.Second)
		c.Cancel(&second)
		r.ends(101)
		pod := c.Kept().Steps[0].Attempts[0].Pod
		equal(t, "deletes", r.at("delete"), []string{"5s delete " + pod + " within 1m0s", "10s delete " + pod + " within 1s"})
	})
}

// TestSilentWait: what only events tell is in the transcript within 5 s, and again only when it changes.
func TestSilentWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{StartsAfter: 2 * time.Minute} }
		r := drive(t, c, "d1", plan("a"))
		time.Sleep(time.Second)
		pod := c.PodsOf("a")[0].Name
		c.Change(pod, func(p *run.Pod) { p.Node, p.Scheduled = "node-1", time.Now() })
		c.Warn(pod, "FailedMount: secret \"s\" not found")
		time.Sleep(50 * time.Second)
		c.Warn(pod, "FailedMount: secret \"t\" not found")
		r.ends(0)
		waits := r.said(zap.WarnLevel, "the pod waits")
		if len(waits) != 2 || waits[0]["message"] != "FailedMount: secret \"s\" not found" || waits[1]["message"] != "FailedMount: secret \"t\" not found" {
			t.Errorf("got %v", waits)
		}
		asked := r.at("events")
		if len(asked) < 4 || asked[0][:2] != "4s" {
			t.Errorf("asked at %v", asked)
		}
	})
}

// TestWaitsReachTheRun: what events tell of a Pod without any condition, and of one that Kueue holds back, is in what its
// failure says.
func TestWaitsReachTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{StartsAfter: time.Hour} }
		r := drive(t, c, "d1", plan("a\nb\nc", "failurePolicy: ContinueOnFailure", "settings: {image: img, queueTimeout: 30s, startTimeout: 20s, retry: {infraLimit: 0}}"))
		time.Sleep(time.Second)
		a, b, m := c.PodsOf("a")[0].Name, c.PodsOf("b")[0].Name, c.PodsOf("c")[0].Name
		c.Warn(a, "FailedResourceClaimCreation: no template")
		c.Change(b, func(p *run.Pod) { p.Waiting, p.Message, p.Queued = run.WaitingUnbounded, "it waits for its turn", true })
		c.Warn(b, "insufficient unused quota")
		c.Change(m, func(p *run.Pod) { p.Node, p.Scheduled = "node-1", time.Now() })
		c.Warn(m, "FailedMount: secret not found")
		r.ends(100)
		for i, want := range []string{": FailedResourceClaimCreation: no template", ": it waits for its turn: insufficient unused quota", ": FailedMount: secret not found"} {
			if got := c.Kept().Steps[i].Message; !strings.HasSuffix(got, want) {
				t.Errorf("got %q, want ...%q", got, want)
			}
		}
	})
}

// TestManySilentWaits: a fan-out that comes slowly to its nodes is no reason for as many questions as it has Pods, nor for a late one.
func TestManySilentWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{StartsAfter: 10 * time.Second} }
		var steps []string
		for i := range 40 {
			steps = append(steps, fmt.Sprintf("s%02d", i))
		}
		r := drive(t, c, "d1", plan(strings.Join(steps, "\n")))
		time.Sleep(time.Second)
		c.Warn(c.PodsOf("s00")[0].Name, "FailedMount: secret not found")
		for _, step := range steps { // 4 s in all
			c.Change(c.PodsOf(step)[0].Name, func(p *run.Pod) { p.Node, p.Scheduled = "node-1", time.Now() })
			time.Sleep(100 * time.Millisecond)
		}
		r.ends(0)
		asked := r.at("events")
		if len(asked) == 0 || asked[0][:2] != "4s" || len(asked) > 10 {
			t.Errorf("asked %d times, %.100s", len(asked), asked)
		}
		if waits := r.said(zap.WarnLevel, "the pod waits"); len(waits) != 1 || waits[0]["step"] != "s00" {
			t.Errorf("got %v", waits)
		}
	})
}
