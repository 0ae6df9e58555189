package driver_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/podspec"
)

var id = podspec.Identity{Run: "r", RunUID: "11111111-2222-3333-4444-555555555555", Namespace: "ns"}

// plan is a pipeline of steps like `b: a c` (b needs a and c), in one line each.
func plan(steps string, more ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: stepherd.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: test}\nsettings: {image: img}\n")
	for _, line := range more {
		fmt.Fprintln(&b, line)
	}
	fmt.Fprintln(&b, "steps:")
	for _, line := range strings.Split(strings.TrimSpace(steps), "\n") {
		name, needs, _ := strings.Cut(strings.TrimSpace(line), ":")
		fmt.Fprintf(&b, "  - {name: %s, needs: [%s]}\n", name, strings.Join(strings.Fields(needs), ", "))
	}
	return []byte(b.String())
}

// ride is one driver at work.
type ride struct {
	t       *testing.T
	cluster *drivertest.Cluster
	stdout  *buffer
	logs    *observer.ObservedLogs
	began   time.Time
	stop    context.CancelFunc // SIGTERM
	code    chan int
}

// buffer is a stdout.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) lines() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(slices.Values(strings.Split(strings.TrimSuffix(b.b.String(), "\n"), "\n")))
}

// drive starts a driver; mods may change its configuration.
func drive(t *testing.T, c *drivertest.Cluster, holder string, plan []byte, mods ...func(*driver.Config)) *ride {
	t.Helper()
	core, observed := observer.New(zap.DebugLevel)
	ctx, stop := context.WithCancel(t.Context())
	r := &ride{t: t, cluster: c, stdout: &buffer{}, logs: observed, began: time.Now(), stop: stop, code: make(chan int, 1)}
	config := driver.Config{
		Plan: plan, Identity: id, Stdout: r.stdout, Logger: zap.New(core),
		Pods: c.Pods(), Mark: c.Mark(), Logs: c.Logs(), Record: func(string) driver.Record { return c.Record(holder) },
	}
	for _, mod := range mods {
		mod(&config)
	}
	go func() { r.code <- driver.Run(ctx, config) }()
	t.Cleanup(stop)
	return r
}

// ends waits for the driver's end.
func (r *ride) ends(want int) {
	r.t.Helper()
	if got := <-r.code; got != want {
		r.t.Errorf("exit code %d, want %d", got, want)
	}
}

// at gives the calls as `0.5s create a#1`, with the time since the beginning. Calls of one name that came in the same
// instant came side by side and are given by what they are about.
func (r *ride) at(names ...string) []string {
	var out []string
	calls := r.cluster.Calls(names...)
	if len(names) == 1 {
		slices.SortStableFunc(calls, func(a, b drivertest.Call) int {
			return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.What, b.What))
		})
	}
	for _, call := range calls {
		out = append(out, fmt.Sprintf("%v %s %s", call.At.Sub(r.began), call.Name, call.What))
	}
	return out
}

func (r *ride) said(level zapcore.Level, message string) []map[string]any {
	var out []map[string]any
	for _, e := range r.logs.All() {
		if e.Level == level && strings.Contains(e.Message, message) {
			out = append(out, e.ContextMap())
		}
	}
	return out
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// phases are the phases of steps as the record has them, like `a=Succeeded`.
func phases(r v1alpha1.Record) []string {
	var out []string
	for _, s := range r.Steps {
		word := fmt.Sprintf("%s=%s", s.Name, s.Phase)
		if s.Reason != "" {
			word += "/" + string(s.Reason)
		}
		out = append(out, word)
	}
	return out
}

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
		// not when its Pod's phase says so a second later.
		equal(t, "calls", r.at("create"), []string{"0s create a#1", "1.5s create b#1", "1.5s create c#1", "5s create d#1"})
		equal(t, "logs and sweep", r.at("list"), []string{"7.5s list "})
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
		r.ends(driver.ExitFailed)
		equal(t, "record", phases(c.Kept()), []string{"a=Succeeded", "b=Failed/Error", "c=Skipped/UpstreamFailed", "d=Succeeded"})
		failed := r.said(zap.ErrorLevel, "step failed")
		if len(failed) != 1 || failed[0]["step"] != "b" || failed[0]["reason"] != "Error" || failed[0]["exitCode"] != int32(3) {
			t.Fatalf("digest %v", failed)
		}
		lines := strings.Split(fmt.Sprint(failed[0]["lastLines"]), "\n")
		if len(lines) != 20 || lines[0] != "line 30" || lines[19] != "line 49" {
			t.Errorf("last lines %q", lines)
		}
		if got := len(r.stdout.lines()); got != 50 {
			t.Errorf("%d lines on stdout, want 50", got)
		}
	})
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{Never: true, Lines: []string{"so far"}} }
		r := drive(t, c, "d1", plan("a\nb\nc: a b"))
		time.Sleep(10 * time.Second)
		c.Cancel()
		r.ends(driver.ExitCancelled)
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
		c.Cancel()
		r.ends(driver.ExitCancelled)
		equal(t, "first write", r.at("save")[:1], []string{"2s save [0]"})
	})
}

func TestCancelledBeforeTheDriverBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Cancel()
		r := drive(t, c, "d1", plan("a\nb: a"))
		r.ends(driver.ExitCancelled)
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
					c.Cancel()
					r.ends(driver.ExitCancelled)
				} else {
					r.ends(driver.ExitFailed)
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
		first.ends(driver.ExitTerminated)
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
		r.ends(driver.ExitTerminated)
		if got := time.Since(r.began); got != 6600*time.Millisecond {
			t.Errorf("the driver left after %v, want 5 s after it was told to", got)
		}
	})
}

func TestFenceLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{RunsFor: time.Minute} }
		r := drive(t, c, "d1", plan("a\nb: a"))
		time.Sleep(30 * time.Second)
		if _, err := c.Record("d2").Take(t.Context(), v1alpha1.RecordHead{}); err != nil {
			t.Fatal(err)
		}
		r.ends(driver.ExitLost)
		equal(t, "creates", r.at("create"), []string{"0s create a#1"})
		if got := c.Kept().Head.Holder; got != "d2" {
			t.Errorf("holder %s", got)
		}
	})
}

// TestFenceIsConfirmed: before something is done, the record must have been ours within 5 s. Where it was, nobody asks;
// where there is something to write, writing it is the proof; only otherwise it is read.
func TestFenceIsConfirmed(t *testing.T) {
	tests := []struct {
		name string
		act  drivertest.Act
		want []string
	}{
		{"a short step", drivertest.Act{}, []string{"0s take d1", "0s create a#1", "1.5s create b#1", "4s save [0]"}},
		{"a long step", drivertest.Act{RunsFor: time.Minute}, []string{"0s take d1", "0s create a#1", "1m0.5s save [0]", "1m0.5s create b#1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := drivertest.NewCluster()
				c.Play = func(string, int) drivertest.Act { return tt.act }
				r := drive(t, c, "d1", plan("a\nb: a"))
				r.ends(0)
				equal(t, "calls", r.at("take", "create", "check", "save")[:4], tt.want)
			})
		})
	}
}

// TestFenceBeyondTheFirstPiece: only the first piece has the holder; writing another proves nothing.
func TestFenceBeyondTheFirstPiece(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act {
			if step == "long" {
				return drivertest.Act{RunsFor: time.Minute}
			}
			return drivertest.Act{}
		}
		var steps []string
		for i := range v1alpha1.StepsPerPiece {
			steps = append(steps, fmt.Sprintf("s%d", i))
		}
		r := drive(t, c, "d1", plan(strings.Join(append(steps, "long", "next: long"), "\n")))
		r.ends(0)
		calls := r.at("create", "check", "save")
		i := slices.Index(calls, "1m0.5s create next#1")
		if i < 1 || calls[i-1] != "1m0.5s check " {
			t.Errorf("calls %v", calls[max(0, i-3):])
		}
	})
}

// TestFenceIsRead: a create long after the last write, with nothing to be written, reads the record first.
func TestFenceIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act { return drivertest.Act{Exit: 1, RunsFor: time.Minute} }
		// The first create is answered after 20 s: the second one's turn comes when nothing has been written for long.
		var creates atomic.Int32
		c.Weather = func(call string) error {
			if call == "create" && creates.Add(1) == 1 {
				time.Sleep(20 * time.Second)
				return errors.New("504")
			}
			return nil
		}
		r := drive(t, c, "d1", plan("a"))
		r.ends(driver.ExitFailed)
		equal(t, "calls", r.at("take", "create", "check")[:4], []string{
			"0s take d1", "0s create a#1", "21s check ", "21s create a#1",
		})
	})
}

// TestFenceWaitsInBadWeather: as long as nobody can say whose the record is, nothing is created.
func TestFenceWaitsInBadWeather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{RunsFor: time.Minute} }
		until := time.Now().Add(10 * time.Minute)
		c.Weather = func(call string) error {
			if (call == "check" || call == "save") && time.Now().Before(until) {
				return errors.New("no route to host")
			}
			return nil
		}
		r := drive(t, c, "d1", plan("a\nb: a"))
		r.ends(0)
		creates := c.Calls("create")
		if len(creates) != 2 || creates[1].At.Before(until) || creates[1].At.After(until.Add(11*time.Second)) {
			t.Errorf("creates %v, weather until %v", r.at("create"), until.Sub(r.began))
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

// blocked is a stdout that takes nothing until it is opened.
type blocked struct {
	buffer
	open chan struct{}
}

func (b *blocked) Write(p []byte) (int, error) {
	<-b.open
	return b.buffer.Write(p)
}

func TestBlockedStdout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		var lines []string
		for i := range 1000 {
			lines = append(lines, fmt.Sprintf("%04d", i))
		}
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{Lines: lines} }
		out := &blocked{open: make(chan struct{})}
		r := drive(t, c, "d1", plan("a\nb: a\nc: b"), func(config *driver.Config) { config.Stdout = out })
		time.Sleep(time.Minute)
		equal(t, "creates", r.at("create"), []string{"0s create a#1", "1.5s create b#1", "3s create c#1"})
		if got := c.Kept().Head.Phase; got != v1alpha1.RunSucceeded {
			t.Errorf("the verdict waits for stdout: %s", got)
		}
		close(out.open)
		r.ends(0)
		got := out.lines()
		if len(got) != 3000 || got[0] != "a | 0000" || got[2999] != "c | 0999" {
			t.Errorf("%d lines", len(got))
		}
	})
}

// TestSideContainersWaitForTheLog: a Pod whose side containers run on is deleted, but not before main's log is printed.
func TestSideContainersWaitForTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act {
			return drivertest.Act{Sides: true, Lines: slices.Repeat([]string{"line"}, 1000)}
		}
		out := &blocked{open: make(chan struct{})}
		r := drive(t, c, "d1", plan("a"), func(config *driver.Config) { config.Stdout = out })
		time.Sleep(time.Minute)
		equal(t, "deletes", r.at("delete"), nil)
		close(out.open)
		r.ends(0)
		if got := len(c.Calls("delete")); got != 1 {
			t.Errorf("%d deletes", got)
		}
		if got := len(out.lines()); got != 1000 {
			t.Errorf("%d lines", got)
		}
	})
}

// TestSideContainersDoNotWaitForEver: a stdout that takes nothing does not hold what the Pod holds.
func TestSideContainersDoNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act {
			return drivertest.Act{Sides: true, Lines: slices.Repeat([]string{"line"}, 1000)}
		}
		out := &blocked{open: make(chan struct{})}
		r := drive(t, c, "d1", plan("a"), func(config *driver.Config) { config.Stdout = out })
		time.Sleep(5 * time.Minute)
		// 1.5 s to main's end, 10 s for the side containers, a minute for the log.
		if got := c.Calls("delete"); len(got) != 1 || got[0].At.Sub(r.began) != 71500*time.Millisecond {
			t.Errorf("deletes %v", r.at("delete"))
		}
		close(out.open)
		r.ends(0)
	})
}

// TestNewsBeforeTheRecord: what happens to Pods while the record cannot be had is not forgotten.
func TestNewsBeforeTheRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{RunsFor: 5 * time.Second} }
		p := plan("a\nb: a")
		first := drive(t, c, "d1", p)
		time.Sleep(time.Second)
		first.stop()
		first.ends(driver.ExitTerminated)
		until := time.Now().Add(time.Minute) // a ends in between
		c.Weather = func(call string) error {
			if call == "take" && time.Now().Before(until) {
				return errors.New("503")
			}
			return nil
		}
		second := drive(t, c, "d2", p)
		second.ends(0)
		equal(t, "record", phases(c.Kept()), []string{"a=Succeeded", "b=Succeeded"})
		if got := len(c.Calls("create")); got != 2 {
			t.Errorf("%d creates", got)
		}
	})
}

// TestBrokenStdout: a stdout that is closed loses lines, not the run.
func TestBrokenStdout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{Lines: []string{"a", "b"}} }
		r := drive(t, c, "d1", plan("a\nb: a"), func(config *driver.Config) { config.Stdout = closedStdout{} })
		r.ends(0)
		if got := r.said(zap.ErrorLevel, "stdout"); len(got) != 1 {
			t.Errorf("said %d times that stdout is broken, want once", len(got))
		}
	})
}

type closedStdout struct{}

func (closedStdout) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

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
				r.ends(driver.ExitInvalidPlan)
				h := c.Kept().Head
				if h.Phase != v1alpha1.RunFailed || h.Reason != v1alpha1.ReasonInvalidPlan || !strings.Contains(h.Message, tt.message) {
					t.Errorf("head %+v", h)
				}
				equal(t, "creates", r.at("create"), nil)

				again := drive(t, c, "d2", []byte(tt.plan))
				again.ends(driver.ExitInvalidPlan)
				if got := c.Kept().Head.Holder; got != "d1" {
					t.Errorf("a record with a verdict was taken by %s", got)
				}
			})
		})
	}
}

func TestVerdictIsThere(t *testing.T) {
	tests := []struct {
		phase  v1alpha1.RunPhase
		reason v1alpha1.Reason
		want   int
	}{
		{v1alpha1.RunSucceeded, "", driver.ExitSucceeded},
		{v1alpha1.RunFailed, v1alpha1.ReasonStepFailed, driver.ExitFailed},
		{v1alpha1.RunCancelled, v1alpha1.ReasonCancelled, driver.ExitCancelled},
		{v1alpha1.RunFailed, v1alpha1.ReasonInvalidPlan, driver.ExitInvalidPlan},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.phase, tt.reason), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := drivertest.NewCluster()
				head := v1alpha1.RecordHead{Version: 1, Phase: tt.phase, Reason: tt.reason, StepCount: 1}
				if _, err := c.Record("d1").Take(t.Context(), head); err != nil {
					t.Fatal(err)
				}
				r := drive(t, c, "d2", plan("a"))
				r.ends(tt.want)
				equal(t, "creates", r.at("create"), nil)
			})
		})
	}
}

// TestForeignRecord: a driver that cannot have a record must not run anything.
func TestForeignRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.StrangerRecord()
		r := drive(t, c, "d1", plan("a"))
		r.ends(driver.ExitCrash)
		equal(t, "creates", r.at("create"), nil)
	})
}

// TestDeletedRecord: somebody deletes the record; it is written anew, and the run goes on.
func TestDeletedRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act { return drivertest.Act{RunsFor: 20 * time.Second} }
		r := drive(t, c, "d1", plan("a\nb: a\nc: b"))
		time.Sleep(30 * time.Second) // a has ended and is recorded, b runs
		c.DropRecord()
		time.Sleep(30 * time.Second) // b has ended, c had to be confirmed
		if got := phases(c.Kept()); len(got) != 3 || got[0] != "a=Succeeded" {
			t.Errorf("the record says %v", got)
		}
		r.ends(0)
		equal(t, "record", phases(c.Kept()), []string{"a=Succeeded", "b=Succeeded", "c=Succeeded"})
	})
}

// TestDeletedRecordOfManyPieces: all pieces are written anew, also those with nothing new to tell.
func TestDeletedRecordOfManyPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act {
			if step == "long" || step == "last" {
				return drivertest.Act{RunsFor: time.Minute}
			}
			return drivertest.Act{}
		}
		var steps []string
		for i := range v1alpha1.StepsPerPiece {
			steps = append(steps, fmt.Sprintf("s%d", i))
		}
		r := drive(t, c, "d1", plan(strings.Join(append(steps, "long", "last: long"), "\n")))
		time.Sleep(30 * time.Second)
		c.DropRecord()
		time.Sleep(time.Minute) // long has ended, and last runs
		got := phases(c.Kept())
		if len(got) != v1alpha1.StepsPerPiece+2 || got[0] != "s0=Succeeded" || got[v1alpha1.StepsPerPiece] != "long=Succeeded" {
			t.Errorf("the record says %v", got)
		}
		select {
		case code := <-r.code:
			t.Fatalf("exit code %d", code)
		default:
		}
		if live := c.Live(); len(live) != 1 {
			t.Fatalf("%v are live, want last", live)
		}
		r.ends(0)
	})
}

// TestVerdictWaitsForTheRecord: no exit code speaks of the run before the record does.
func TestVerdictWaitsForTheRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		from, until := time.Now().Add(time.Second), time.Now().Add(time.Hour)
		c.Weather = func(call string) error {
			if now := time.Now(); call == "save" && now.After(from) && now.Before(until) {
				return errors.New("503")
			}
			return nil
		}
		r := drive(t, c, "d1", plan("a"))
		time.Sleep(59 * time.Minute)
		select {
		case code := <-r.code:
			t.Fatalf("exit code %d, and the record says %s", code, c.Kept().Head.Phase)
		default:
		}
		r.ends(0)
		if got := c.Kept().Head.Phase; got != v1alpha1.RunSucceeded {
			t.Errorf("the record says %s", got)
		}
	})
}

// TestStraysAreSwept: a Pod of ours that turns up after the verdict is deleted.
func TestStraysAreSwept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, attempt int) drivertest.Act {
			return drivertest.Act{Never: attempt == 7}
		}
		c.Weather = func(call string) error {
			if call == "list" { // after the verdict
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

// TestRecordIsTold: how soon the record is told of an end depends on what else tells it.
func TestRecordIsTold(t *testing.T) {
	tests := []struct {
		name, steps string
		fails       string
		want        string // the first write
	}{
		{"of a failure", "a\nz", "a", "2.7s save [0]"},
		{"of a success", "a\nz", "", "2.5s save [0]"},
		{"of a success that a successor's Pod proves", "a\nb: a\nz", "", "5.5s save [0]"},
		{"of a success whose successor waits for others", "a\nz\nb: a z", "", "2.5s save [0]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := drivertest.NewCluster()
				c.Play = func(step string, _ int) drivertest.Act {
					var act drivertest.Act
					switch step {
					case tt.fails:
						act.Exit = 1
					case "b", "z":
						act.RunsFor = time.Minute
					}
					return act
				}
				r := drive(t, c, "d1", plan(tt.steps, "failurePolicy: ContinueOnFailure"))
				<-r.code
				equal(t, "writes", r.at("save")[:1], []string{tt.want})
			})
		})
	}
}

// TestRecordIsBudgeted: many ends are told in few writes, and what is written stays within the average.
func TestRecordIsBudgeted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.PieceBytes = 32 << 10
		c.Play = func(step string, _ int) drivertest.Act {
			var n int
			_, _ = fmt.Sscanf(step, "s%d", &n)
			return drivertest.Act{RunsFor: time.Second + time.Duration(n)*20*time.Millisecond, Exit: 1}
		}
		var steps []string
		for i := range 500 {
			steps = append(steps, fmt.Sprintf("s%d", i))
		}
		r := drive(t, c, "d1", plan(strings.Join(steps, "\n"), "failurePolicy: ContinueOnFailure"))
		r.ends(driver.ExitFailed)
		saves := c.Calls("save")
		if got := len(saves); got < 10 || got > 30 {
			t.Errorf("%d writes", got)
		}
		for i := 1; i < len(saves)-1; i++ {
			pieces := len(strings.Fields(saves[i-1].What))
			if gap := saves[i].At.Sub(saves[i-1].At); gap < time.Duration(pieces)*500*time.Millisecond {
				t.Errorf("write %d came %v after one of %d pieces", i, gap, pieces)
			}
		}
		if got := c.Kept().Head.Phase; got != v1alpha1.RunFailed {
			t.Errorf("the record says %s", got)
		}
	})
}

func TestTranscriptIsJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		var out buffer
		core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&out), zap.DebugLevel)
		r := drive(t, c, "d1", plan("a"), func(config *driver.Config) { config.Logger = zap.New(core) })
		r.ends(0)
		events := map[string]int{}
		for _, line := range out.lines() {
			var entry struct{ Msg, Run string }
			if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Run != "r" {
				t.Errorf("line %q: %v", line, err)
			}
			events[entry.Msg]++
		}
		for _, want := range []string{"event: Began", "action: CreatePod", "event: PodSeen", "action: Finish", "verdict"} {
			if events[want] == 0 {
				t.Errorf("no line %q in %v", want, events)
			}
		}
	})
}
