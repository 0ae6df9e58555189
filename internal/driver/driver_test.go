package driver_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/run"
)

func TestDiamond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act {
			a := drivertest.Act{Lines: []string{"hello from " + step, "bye"}}
			if step == "c" {
				a.RunsFor = 3 * time.Second
			}
			return a
		}
		r := drive(t, c, "d1", plan("a\nb: a\nc: a\nd: b c"))
		r.ends(0)
		// A successor is created in the very instant in which its predecessor's main has ended (1.5 s after its create),
		// not when its Pod's phase shows it a second later.
		equal(t, "calls", r.at("create"), []string{"0s create a#1", "1.5s create b#1", "1.5s create c#1", "5s create d#1"})
		// Nothing here could have left a Pod that is not known.
		equal(t, "sweep", r.at("list"), nil)
		if got := len(c.Calls("log")); got != 4 {
			t.Errorf("%d requests for logs, want one a step", got)
		}
		equal(t, "stdout", r.stdout.lines(), []string{
			"a | bye", "a | hello from a", "b | bye", "b | hello from b", "c | bye", "c | hello from c", "d | bye", "d | hello from d",
		})
		record := c.Kept()
		equal(t, "record", phases(record), []string{"a=Succeeded", "b=Succeeded", "c=Succeeded", "d=Succeeded"})
		if h := record.Head; h.Phase != v1alpha1.RunSucceeded || h.Holder != "d1" || h.FinishedAt == nil {
			t.Errorf("head %+v", h)
		}
		if got := r.said(zap.InfoLevel, "verdict"); len(got) != 1 {
			t.Errorf("%d verdicts in the transcript", len(got))
		}
	})
}

func TestFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act {
			var a drivertest.Act
			if step == "b" {
				a.Exit = 3
				for i := range 50 {
					a.Lines = append(a.Lines, fmt.Sprintf("line %d", i))
				}
			}
			return a
		}
		r := drive(t, c, "d1", plan("a\nb: a\nc: b\nd"))
		r.ends(podspec.ExitFailed)
		equal(t, "record", phases(c.Kept()), []string{"a=Succeeded", "b=Failed/Error", "c=Skipped/UpstreamFailed", "d=Succeeded"})
		failed := r.said(zap.ErrorLevel, "step failed")
		if len(failed) != 1 || failed[0]["step"] != "b" || failed[0]["reason"] != "Error" || failed[0]["exitCode"] != int32(3) {
			t.Fatalf("digest %v", failed)
		}
		lines := strings.Split(fmt.Sprint(failed[0]["lastLines"]), "\n")
		if len(lines) != 20 || lines[0] != "line 30" || lines[19] != "line 49" {
			t.Errorf("last lines %q", lines)
		}
		out := strings.Split(strings.TrimSuffix(r.stdout.String(), "\n"), "\n")
		if len(out) != 72 || out[50] != "b | [stepherd: the last 20 lines of the failed step]" || out[51] != "b | line 30" ||
			out[71] != "b | [stepherd: end of the last lines]" {
			t.Errorf("stdout ends with %q", out[min(50, len(out)):])
		}
		if got := c.Kept().Steps[1].Attempts[0].Log; got == nil || got.Open || got.Tail != strings.Join(lines, "\n") {
			t.Errorf("the record has the log %+v", got)
		}
	})
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{Never: true, Lines: []string{"so far"}} }
		r := drive(t, c, "d1", plan("a\nb\nc: a b"))
		time.Sleep(10 * time.Second)
		c.Cancel(nil)
		r.ends(podspec.ExitCancelled)
		equal(t, "creates", r.at("create"), []string{"0s create a#1", "0s create b#1"})
		if got := len(c.Calls("delete")); got != 2 {
			t.Errorf("%d deletes, want 2", got)
		}
		if live := c.Live(); len(live) > 0 {
			t.Errorf("%v live on", live)
		}
		equal(t, "record", phases(c.Kept()), []string{"a=Cancelled/Cancelled", "b=Cancelled/Cancelled", "c=Skipped/Cancelled"})
		if c.Kept().Head.CancelledAt == nil {
			t.Error("the record does not say when the run was cancelled")
		}
	})
}

// TestCancelIsWritten: the record is told at once, also where no step has ended by it yet.
func TestCancelIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{Never: true} }
		r := drive(t, c, "d1", plan("a"))
		time.Sleep(2 * time.Second)
		c.Cancel(nil)
		r.ends(podspec.ExitCancelled)
		equal(t, "first write", r.at("save")[:1], []string{"2s save [0]"})
	})
}

func TestCancelledBeforeTheDriverBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Cancel(nil)
		r := drive(t, c, "d1", plan("a\nb: a"))
		r.ends(podspec.ExitCancelled)
		equal(t, "creates", r.at("create"), nil)
	})
}

// TestStopWithdrawsCreates: of a wide fan-out, what waits for a worker when the run stops is not created any more.
func TestStopWithdrawsCreates(t *testing.T) {
	for _, how := range []string{"cancel", "failure"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := drivertest.NewCluster()
				c.Weather = func(call string) error {
					if call == "create" {
						time.Sleep(5 * time.Second) // a slow server
					}
					return nil
				}
				if how == "failure" {
					c.Play = func(step string, _ int) drivertest.Act {
						return drivertest.Act{Exit: 1, RunsFor: time.Millisecond, StartsAfter: time.Millisecond}
					}
				}
				var steps []string
				for i := range 300 {
					steps = append(steps, fmt.Sprintf("s%d", i))
				}
				r := drive(t, c, "d1", plan(strings.Join(steps, "\n")))
				if how == "cancel" {
					time.Sleep(time.Second)
					c.Cancel(nil)
					r.ends(podspec.ExitCancelled)
				} else {
					r.ends(podspec.ExitFailed)
				}
				if got := len(c.Calls("create")); got < 64 || got > 192 {
					t.Errorf("%d creates of 300", got)
				}
				if live := c.Live(); len(live) > 0 {
					t.Errorf("%d Pods live on", len(live))
				}
			})
		})
	}
}

// TestTerminated: SIGTERM is no cancel. The record is written, the Pods stay, and the next driver takes the run up.
func TestTerminated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act {
			a := drivertest.Act{Lines: []string{"of " + step}}
			if step == "b" {
				a.RunsFor = time.Minute
			}
			return a
		}
		p := plan("a\nb\nc: a\nd: b c")
		first := drive(t, c, "d1", p)
		time.Sleep(1500*time.Millisecond + time.Millisecond) // a has just ended, c is created, the record knows of neither
		first.stop()
		first.ends(podspec.ExitTerminated)
		if got := time.Since(first.began); got > 2*time.Second {
			t.Errorf("the driver took until %v to leave", got)
		}
		if got := phases(c.Kept())[0]; got != "a=Succeeded" {
			t.Errorf("the record says %s", got)
		}
		equal(t, "deletes", first.at("delete"), nil)

		time.Sleep(10 * time.Second)
		second := drive(t, c, "d2", p)
		second.ends(0)
		equal(t, "creates of both", first.at("create"), []string{
			"0s create a#1", "0s create b#1", "1.5s create c#1", "1m0.5s create d#1",
		})
		equal(t, "stdout of the second", second.stdout.lines(), []string{"b | of b", "c | of c", "d | of d"})
		equal(t, "record", phases(c.Kept()), []string{"a=Succeeded", "b=Succeeded", "c=Succeeded", "d=Succeeded"})
	})
}

// TestTerminatedInBadWeather: the record cannot be written, and the driver leaves all the same.
func TestTerminatedInBadWeather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		r := drive(t, c, "d1", plan("a\nb: a"), func(config *driver.Config) {
			c.Weather = func(call string) error {
				if call == "save" {
					return errors.New("503")
				}
				return nil
			}
		})
		time.Sleep(1600 * time.Millisecond)
		r.stop()
		r.ends(podspec.ExitTerminated)
		if got := time.Since(r.began); got != 6600*time.Millisecond {
			t.Errorf("the driver left after %v, want 5 s after it was told to", got)
		}
	})
}

// TestBadWeather: nothing fails and nothing runs twice in ten minutes without an API server.
func TestBadWeather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		from, until := time.Now().Add(time.Second), time.Now().Add(10*time.Minute)
		c.Weather = func(string) error {
			if now := time.Now(); now.After(from) && now.Before(until) {
				return errors.New("connection refused")
			}
			return nil
		}
		r := drive(t, c, "d1", plan("a\nb: a\nc: b"))
		r.ends(0)
		equal(t, "record", phases(c.Kept()), []string{"a=Succeeded", "b=Succeeded", "c=Succeeded"})
		if len(r.said(zap.WarnLevel, "trying again")) == 0 {
			t.Error("the transcript does not say that calls were made again")
		}
	})
}

// TestLostAnswers: every third call is done and its answer lost.
func TestLostAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		var n atomic.Int32
		c.Weather = func(string) error {
			if n.Add(1)%3 == 0 {
				return drivertest.ErrLost
			}
			return nil
		}
		r := drive(t, c, "d1", plan("a\nb\nc: a b\nd: c\ne: c"))
		r.ends(0)
		pods := map[string]bool{}
		for _, call := range c.Calls("create") {
			pods[call.What] = true
		}
		if len(pods) != 5 {
			t.Errorf("created %v", pods)
		}
		equal(t, "record", phases(c.Kept()), []string{"a=Succeeded", "b=Succeeded", "c=Succeeded", "d=Succeeded", "e=Succeeded"})
	})
}

// TestAllPodsThatCannotBeMade: two steps whose Pods would have the same name are both told, and nothing is begun.
func TestAllPodsThatCannotBeMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := podspec.Identity{Run: strings.Repeat("r", 60), RunUID: id.RunUID, Namespace: "ns"}
		first, second := stepsOfOneName(t, own)
		c := drivertest.NewCluster()
		r := drive(t, c, "d1", plan("whole\n"+first+"\n"+second), func(c *driver.Config) { c.Identity = own })
		r.ends(podspec.ExitInvalidPlan)
		name := podspec.StepPodName(own, first, 1)
		want := fmt.Sprintf(`step %[1]s: its Pod and that of step %[2]s would both be named %[3]s: give the run or the steps shorter names
step %[2]s: its Pod and that of step %[1]s would both be named %[3]s: give the run or the steps shorter names`, first, second, name)
		if got := c.Kept().Head.Message; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		equal(t, "creates", r.at("create"), nil)
	})
}

// stepsOfOneName looks for two steps whose Pods would have the same name.
func stepsOfOneName(t *testing.T, own podspec.Identity) (first, second string) {
	seen := map[string]string{}
	for i := range 100_000 {
		step := fmt.Sprintf("part-%d", i)
		name := podspec.StepPodName(own, step, 1)
		if other, met := seen[name]; met {
			return other, step
		}
		seen[name] = step
	}
	t.Fatal("no two steps meet")
	return "", ""
}

func TestInvalidPlan(t *testing.T) {
	tests := []struct{ name, plan, message string }{
		{"not a pipeline", "kind: Cow", "Cow"},
		{"a cycle", string(plan("a: b\nb: a")), "wait for each other"},
		{"damaged", "H4sIxxxx", "plan"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := drivertest.NewCluster()
				until := time.Now().Add(time.Minute)
				c.Weather = func(string) error {
					if time.Now().Before(until) {
						return errors.New("503")
					}
					return nil
				}
				r := drive(t, c, "d1", []byte(tt.plan))
				r.ends(podspec.ExitInvalidPlan)
				h := c.Kept().Head
				if h.Phase != v1alpha1.RunFailed || h.Reason != v1alpha1.ReasonInvalidPlan || !strings.Contains(h.Message, tt.message) {
					t.Errorf("head %+v", h)
				}
				equal(t, "creates", r.at("create"), nil)

				again := drive(t, c, "d2", []byte(tt.plan))
				again.ends(podspec.ExitInvalidPlan)
				if got := c.Kept().Head.Holder; got != "d1" {
					t.Errorf("a record with a verdict was taken by %s", got)
				}
			})
		})
	}
}

// TestStraysAreSwept: a Pod of ours that turns up after the verdict is deleted. It is looked for where the answer to a
// create was lost.
func TestStraysAreSwept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, attempt int) drivertest.Act {
			return drivertest.Act{Never: attempt == 7}
		}
		lost := false
		c.Weather = func(call string) error {
			switch {
			case call == "create" && !lost:
				lost = true
				return drivertest.ErrLost
			case call == "list": // after the verdict
				c.Add("a", 7, "late")
			}
			return nil
		}
		r := drive(t, c, "d1", plan("a"))
		r.ends(0)
		deletes := c.Calls("delete")
		if len(deletes) != 1 || deletes[0].What != "late" {
			t.Errorf("deletes %v", r.at("delete"))
		}
	})
}

// TestLateAnswerToACreate: what a create's answer says of a Pod may be old when it comes. After the verdict that is no stray.
func TestLateAnswerToACreate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		r := drive(t, c, "d1", plan("a"), func(config *driver.Config) { config.Pods = latePods{config.Pods} })
		r.ends(0)
		equal(t, "deletes", r.at("delete"), nil)
	})
}

// latePods answer to creates when all is over.
type latePods struct{ driver.Pods }

func (p latePods) Create(ctx context.Context, pod *corev1.Pod) run.Event {
	e := p.Pods.Create(ctx, pod)
	time.Sleep(10 * time.Second) // virtual time
	return e
}
