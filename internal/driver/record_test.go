package driver_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/podspec"
)

func TestFenceLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{RunsFor: time.Minute} }
		r := drive(t, c, "d1", plan("a\nb: a"))
		time.Sleep(30 * time.Second)
		if _, err := c.Record("d2").Take(t.Context(), record.Head{}); err != nil {
			t.Fatal(err)
		}
		r.ends(podspec.ExitLost)
		equal(t, "creates", r.at("create"), []string{"0s create a#1"})
		if got := c.Kept().Head.Holder; got != "d2" {
			t.Errorf("holder %s", got)
		}
	})
}

// TestFenceIsConfirmed: before something is done, the record must have been ours within 5 s. If it was, it is not asked for;
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
		for i := range record.StepsPerPiece {
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
		r.ends(podspec.ExitFailed)
		equal(t, "calls", r.at("take", "create", "check")[:4], []string{
			"0s take d1", "0s create a#1", "21s check ", "21s create a#1",
		})
	})
}

// TestFenceWaitsInBadWeather: as long as it is not known whose the record is, nothing is created.
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

// TestNewsBeforeTheRecord: what happens to Pods while the record cannot be had is not forgotten.
func TestNewsBeforeTheRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{RunsFor: 5 * time.Second} }
		p := plan("a\nb: a")
		first := drive(t, c, "d1", p)
		time.Sleep(time.Second)
		first.stop()
		first.ends(podspec.ExitTerminated)
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

func TestVerdictIsThere(t *testing.T) {
	tests := []struct {
		phase  v1alpha1.RunPhase
		reason v1alpha1.Reason
		want   int
	}{
		{v1alpha1.RunSucceeded, "", podspec.ExitSucceeded},
		{v1alpha1.RunFailed, v1alpha1.ReasonStepFailed, podspec.ExitFailed},
		{v1alpha1.RunCancelled, v1alpha1.ReasonCancelled, podspec.ExitCancelled},
		{v1alpha1.RunFailed, v1alpha1.ReasonInvalidPlan, podspec.ExitInvalidPlan},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.phase, tt.reason), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := drivertest.NewCluster()
				head := record.Head{Version: 1, Phase: tt.phase, Reason: tt.reason, StepCount: 1}
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
		r.ends(podspec.ExitCrash)
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
		for i := range record.StepsPerPiece {
			steps = append(steps, fmt.Sprintf("s%d", i))
		}
		r := drive(t, c, "d1", plan(strings.Join(append(steps, "long", "last: long"), "\n")))
		time.Sleep(30 * time.Second)
		c.DropRecord()
		time.Sleep(time.Minute) // long has ended, and last runs
		got := phases(c.Kept())
		if len(got) != record.StepsPerPiece+2 || got[0] != "s0=Succeeded" || got[record.StepsPerPiece] != "long=Succeeded" {
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
		r.ends(podspec.ExitFailed)
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

// TestListOlderThanTheRecord: a driver that starts while the former one still works, and whose record comes late, does not
// take for deleted what the former one made after its list.
func TestListOlderThanTheRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act {
			a := drivertest.Act{RunsFor: 3 * time.Second}
			if step == "bad" { // its end is written at once, and with it that b runs
				a.Exit = 1
			}
			return a
		}
		takes := 0
		c.Weather = func(call string) error {
			if call == "take" {
				if takes++; takes == 2 {
					time.Sleep(5 * time.Second)
				}
			}
			return nil
		}
		p := plan("a\nb: a\nc: b\nbad", "failurePolicy: ContinueOnFailure")
		first := drive(t, c, "d1", p)
		time.Sleep(2 * time.Second)
		second := drive(t, c, "d2", p)
		first.ends(75)
		second.ends(100)
		// Both may ask for c: it has one name, so that it is one Pod.
		creates := slices.Compact(first.at("create"))
		equal(t, "creates", creates, []string{"0s create a#1", "0s create bad#1", "3.5s create b#1", "7s create c#1"})
		equal(t, "deletes", first.at("delete"), nil)
	})
}

// TestRecordBeforeDeletes: a driver that dies in the middle of a cancel leaves behind that there was a Pod, and that its
// needs had succeeded, although nothing else tells any more.
func TestRecordBeforeDeletes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act { return drivertest.Act{Never: step == "b"} }
		var phases []v1alpha1.StepPhase
		c.Weather = func(call string) error {
			if call == "delete" {
				for _, s := range c.Kept().Steps {
					phases = append(phases, s.Phase)
				}
			}
			return nil
		}
		r := drive(t, c, "d1", plan("a\nb: a"))
		time.Sleep(3 * time.Second) // the record has not been told yet that a succeeded
		c.Cancel(nil)
		r.ends(101)
		if len(phases) != 2 || phases[0] != v1alpha1.StepSucceeded || phases[1] != v1alpha1.StepRunning {
			t.Errorf("when the Pod of b was deleted, the record had %v", phases)
		}
	})
}

// TestRefusalIsRecorded: why a step has no Pod is in the record within a second, so that `get` can tell; and once.
func TestRefusalIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		r := drive(t, c, "d1", plan("a"))
		synctest.Wait()
		r.stop()
		r.ends(143)
		pod := c.PodsOf("a")[0].Name
		c.DropRecord() // which knows of the Pod
		c.Remove(pod)
		c.Stranger(pod, true)

		again := drive(t, c, "d2", plan("a"))
		time.Sleep(90 * time.Second)
		if s := c.Kept().Steps[0]; s.Message == "" || s.Phase.Ended() {
			t.Errorf("the record says of the step: %+v", s)
		}
		if n := len(c.Calls("save")); n > 3 {
			t.Errorf("the record was written %d times for one message", n)
		}
		again.stop()
		again.ends(143)
	})
}
