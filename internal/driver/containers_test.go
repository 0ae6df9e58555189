package driver_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/run"
)

// TestEveryContainerIsFollowed: init and side containers have their lines under names of their own.
func TestEveryContainerIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(_ string, attempt int) drivertest.Act {
			a := drivertest.Act{Init: []string{"fetch"}, Side: []string{"proxy"}, Lines: []string{"work"}}
			if attempt == 1 {
				a.Exit = 1
			}
			return a
		}
		r := drive(t, c, "d1", plan("a", "settings: {image: img, retry: {limit: 1, backoff: {duration: 1s, jitter: 0}}}"))
		r.ends(0)
		equal(t, "stdout", r.stdout.lines(), []string{
			"a | work", "a#2 | work", "a/init | fetch", "a/init#2 | fetch", "a/side | proxy", "a/side#2 | proxy",
		})
	})
}

// TestSideContainerHoldsNothingUp: one that never ends has its time, and then its log is read to what there is.
func TestSideContainerHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act {
			return drivertest.Act{Sides: true, Side: []string{"proxy"}, Lines: []string{"work"}}
		}
		r := drive(t, c, "d1", plan("a"))
		r.ends(0)
		equal(t, "deletes", r.at("delete"), []string{"11.5s delete " + c.Kept().Steps[0].Attempts[0].Pod})
		equal(t, "stdout", r.stdout.lines(), []string{"a | work", "a/side | proxy"})
	})
}

// TestPodIsKeptForAllItsLogs: no Pod is deleted before the logs of all its containers that have ended are on stdout.
func TestPodIsKeptForAllItsLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act {
			return drivertest.Act{Init: slices.Repeat([]string{"fetch"}, 1000), Side: slices.Repeat([]string{"proxy"}, 1000)}
		}
		out := &blocked{open: make(chan struct{})}
		r := drive(t, c, "d1", plan("a", "keepPods: none"), func(config *driver.Config) { config.Stdout = out })
		time.Sleep(time.Minute)
		equal(t, "deletes", r.at("delete"), nil)
		close(out.open)
		r.ends(0)
		if got := len(c.Calls("delete")); got != 1 {
			t.Errorf("%d deletes", got)
		}
		if got := len(out.lines()); got != 2000 {
			t.Errorf("%d lines, want 2000", got)
		}
	})
}

// TestLateLogHoldsNoExit: once the last log of a run that is over is on stdout, its Pod is deleted and the driver leaves; neither
// waits for company in the record, since nothing else will come.
func TestLateLogHoldsNoExit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act { return drivertest.Act{Lines: []string{"work of " + step}} }
		out := &blocked{open: make(chan struct{})}
		r := drive(t, c, "d1", plan("a\nb", "keepPods: none"), func(config *driver.Config) { config.Stdout = out })
		time.Sleep(time.Minute)
		close(out.open)
		r.ends(0)
		if took := time.Since(r.began) - time.Minute; took > 100*time.Millisecond {
			t.Errorf("the driver left %v after its last line", took)
		}
		if got := len(c.Calls("delete")); got != 2 {
			t.Errorf("%d deletes", got)
		}
	})
}

// TestInitContainerFails: where main never began, the last lines are the init container's.
func TestInitContainerFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act {
			return drivertest.Act{Init: []string{"no such bucket"}, InitFails: true}
		}
		r := drive(t, c, "d1", plan("a"))
		r.ends(podspec.ExitFailed)
		failed := r.said(zap.ErrorLevel, "step failed")
		if len(failed) != 1 || fmt.Sprint(failed[0]["lastLines"]) != "no such bucket" {
			t.Errorf("digest %v", failed)
		}
	})
}

// TestSilentNodeHoldsNoExit: a node that does not answer, so that the ends of its containers stay unknown, does not keep the
// driver from leaving once the run is over.
func TestSilentNodeHoldsNoExit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act {
			return drivertest.Act{Never: true, Side: []string{}, Stubborn: time.Hour}
		}
		r := drive(t, c, "d1", plan("a"))
		time.Sleep(5 * time.Second)
		c.Cancel(nil)
		time.Sleep(time.Second)
		c.Change(c.PodsOf("a")[0].Name, func(p *run.Pod) { p.NodeSilent, p.DeleteBy = true, time.Now() })
		r.ends(podspec.ExitCancelled)
		if took := time.Since(r.began); took > time.Minute {
			t.Errorf("the driver left after %v", took)
		}
	})
}
