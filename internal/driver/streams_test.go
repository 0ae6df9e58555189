package driver_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
)

// TestStreamsAreLimited: of many logs a few are followed at once; the others wait, and every line comes all the same. Ends
// come through also while all places are taken by steps that go on.
func TestStreamsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act {
			a := drivertest.Act{Lines: []string{"one", "two", "three"}, Every: time.Second, RunsFor: 5 * time.Second, StartsAfter: time.Second}
			if strings.HasPrefix(step, "long") {
				a.StartsAfter, a.RunsFor, a.Every = time.Millisecond, time.Hour, 10*time.Minute
			}
			return a
		}
		var steps []string
		for i := range 4 {
			steps = append(steps, fmt.Sprintf("long%d", i))
		}
		for i := range 100 {
			steps = append(steps, fmt.Sprintf("short%d", i))
		}
		r := drive(t, c, "d1", plan(strings.Join(steps, "\n"), "keepPods: none"), func(config *driver.Config) { config.Streams = 4 })
		time.Sleep(time.Minute)
		short, long := 0, 0
		for _, line := range r.stdout.lines() {
			if strings.HasPrefix(line, "short") {
				short++
			} else {
				long++
			}
		}
		if short != 300 || long != 4 {
			t.Errorf("after a minute there are %d lines of short steps and %d of long ones, want 300 and 4", short, long)
		}
		if got := len(c.Calls("delete")); got != 100 {
			t.Errorf("%d Pods were deleted, want those of the short steps", got)
		}
		r.ends(0)
		if got := len(r.stdout.lines()); got != 312 {
			t.Errorf("%d lines, want 312", got)
		}
		if got := c.MostStreams(); got > 8 {
			t.Errorf("%d streams at once, want 4 and as many for ends", got)
		}
	})
}

// TestStreamPlacesAreTakenUp: a log that waits is followed as soon as there is a place.
func TestStreamPlacesAreTakenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act {
			a := drivertest.Act{Lines: []string{"one", "two"}, Every: time.Second, RunsFor: time.Hour, StartsAfter: 2 * time.Second}
			if step == "first" {
				a.StartsAfter, a.RunsFor = time.Second, 10*time.Second
			}
			return a
		}
		r := drive(t, c, "d1", plan("first\nsecond"), func(config *driver.Config) { config.Streams = 1 })
		time.Sleep(10 * time.Second)
		equal(t, "stdout", r.stdout.lines(), []string{"first | one", "first | two"})
		time.Sleep(10 * time.Second)
		equal(t, "stdout", r.stdout.lines(), []string{"first | one", "first | two", "second | one", "second | two"})
		r.ends(0)
	})
}

// denied is the answer of an API server that does not know the rights yet.
type denied struct{}

func (denied) Error() string { return "pods is forbidden" }
func (denied) Denied() bool  { return true }

// TestLogsDeniedForAWhile: an API server that has just started denies everything for a moment; no log ends with that.
func TestLogsDeniedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act {
			return drivertest.Act{Lines: []string{"a line"}, RunsFor: time.Minute}
		}
		c.Weather = func(call string) error {
			if call == "log" && len(c.Calls("log")) < 10 {
				return denied{}
			}
			return nil
		}
		r := drive(t, c, "d1", plan("a"))
		r.ends(0)
		equal(t, "stdout", r.stdout.lines(), []string{"a | a line"})
	})
}
