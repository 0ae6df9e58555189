package driver_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
)

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

func TestTranscriptIsJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		var out buffer
		core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&out), zap.DebugLevel)
		r := drive(t, c, "d1", plan("a"), func(config *driver.Config) { config.Logger = zap.New(core) })
		r.ends(0)
		events := map[string]int{}
		for _, line := range out.lines() {
			var entry struct{ Msg, Run, Event, Action string }
			if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Run != "r" {
				t.Errorf("line %q: %v", line, err)
			}
			events[strings.TrimSpace(entry.Msg+" "+entry.Event+entry.Action)]++
		}
		for _, want := range []string{"event Restored", "action CreatePod", "event PodSeen", "action Finish", "verdict"} {
			if events[want] == 0 {
				t.Errorf("no line %q in %v", want, events)
			}
		}
	})
}

// TestStdoutBlockedForEver: the run goes on, its verdict is in the record, and its exit code comes; the transcript tells
// that not all was printed.
func TestStdoutBlockedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act {
			return drivertest.Act{Lines: slices.Repeat([]string{"a line"}, 10_000)}
		}
		out := &blocked{open: make(chan struct{})}
		defer close(out.open)
		r := drive(t, c, "d1", plan("a\nb: a\nc: b"), func(config *driver.Config) { config.Stdout = out })
		time.Sleep(10 * time.Second)
		equal(t, "creates", r.at("create"), []string{"0s create a#1", "1.5s create b#1", "3s create c#1"})
		if got := c.Kept().Head.Phase; got != v1alpha1.RunSucceeded {
			t.Fatalf("the record says %s", got)
		}
		r.ends(0)
		if took := time.Since(r.began); took > 3*time.Minute {
			t.Errorf("the exit code came after %v", took)
		}
		said := r.said(zap.ErrorLevel, "stdout takes nothing")
		if len(said) != 1 || said[0]["logsNotPrinted"] != int64(3) {
			t.Errorf("the transcript says %v", said)
		}
	})
}

// TestSlowStdout: a stdout that takes a little now and then is waited for to the end.
func TestSlowStdout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act {
			return drivertest.Act{Lines: slices.Repeat([]string{"a line"}, 10_000)}
		}
		out := &slow{}
		r := drive(t, c, "d1", plan("a"), func(config *driver.Config) { config.Stdout = out })
		r.ends(0)
		if got := len(out.lines()); got != 10_000 {
			t.Errorf("%d lines", got)
		}
	})
}

// slow is a stdout that takes a minute for each Write.
type slow struct{ buffer }

func (s *slow) Write(p []byte) (int, error) {
	time.Sleep(time.Minute)
	return s.buffer.Write(p)
}
