package driver_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/podspec"
)

const (
	mayRepeat = `[stepherd: the driver was restarted; lines from 1 up to "no more repeats" may have been printed before]`
	noRepeats = "[stepherd: no more repeats]"
)

// talks is a step that writes a line every 100 ms.
func talks(lines int, exit int32) func(string, int) drivertest.Act {
	d := time.Duration(lines) * 100 * time.Millisecond
	return func(string, int) drivertest.Act {
		return drivertest.Act{Lines: numbered(lines), Every: 100 * time.Millisecond, RunsFor: d, Exit: exit}
	}
}

// TestPlacesInLogsAreRecorded: once a second while a log goes on, and not at all for a short step that says little.
func TestPlacesInLogsAreRecorded(t *testing.T) {
	t.Run("a log that goes on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := drivertest.NewCluster()
			c.Play = talks(600, 0)
			r := drive(t, c, "d1", plan("a"))
			time.Sleep(50500 * time.Millisecond)
			if got := len(c.Calls("save")); got < 40 || got > 60 {
				t.Errorf("%d writes in 50 s", got)
			}
			log := c.Kept().Steps[0].Attempts[0].Log
			if log == nil || !log.Open || log.At["main"] == "" {
				t.Errorf("the record has %+v", log)
			}
			r.ends(0)
			if got := c.Kept().Steps[0].Attempts[0].Log; got != nil {
				t.Errorf("the record keeps %+v of a log that is printed", got)
			}
		})
	})
	t.Run("short steps", func(t *testing.T) {
		writes := func(lines []string) int {
			var n int
			synctest.Test(t, func(t *testing.T) {
				c := drivertest.NewCluster()
				c.Play = func(string, int) drivertest.Act { return drivertest.Act{Lines: lines, Every: time.Millisecond} }
				var steps []string
				for i := range 20 {
					need := ""
					if i > 0 {
						need = fmt.Sprintf("s%d", i-1)
					}
					steps = append(steps, fmt.Sprintf("s%d: %s", i, need))
				}
				drive(t, c, "d1", plan(strings.Join(steps, "\n"))).ends(0)
				n = len(c.Calls("save", "check"))
			})
			return n
		}
		if silent, says := writes(nil), writes([]string{"hello", "world"}); says != silent {
			t.Errorf("a chain of steps that say a word costs %d writes, and one of silent steps %d", says, silent)
		}
	})
}

// TestEvictionRepeatsNothing: a driver that is told to go leaves behind exactly how far it was, also of what has said nothing.
func TestEvictionRepeatsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = talks(100, 0)
		p := plan("a\nb: a")
		var out string
		for i, lives := range []time.Duration{400 * time.Millisecond, 3333 * time.Millisecond, time.Second, time.Hour} {
			r := drive(t, c, fmt.Sprint("d", i), p)
			select {
			case <-r.code:
			case <-time.After(lives):
				r.stop()
				r.ends(podspec.ExitTerminated)
			}
			out += r.stdout.String()
		}
		var want strings.Builder
		for _, step := range []string{"a", "b"} {
			for i := range 100 {
				fmt.Fprintf(&want, "%s | %d\n", step, i)
			}
		}
		if out != want.String() {
			t.Errorf("got %s", out)
		}
	})
}

// TestDigestAfterARestart: the last lines are right, whichever driver printed them.
func TestDigestAfterARestart(t *testing.T) {
	for name, lives := range map[string]time.Duration{
		"in the middle": 2 * time.Second, "a little before the end": 4900 * time.Millisecond, "after the end": 8 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := drivertest.NewCluster()
				c.Play = func(step string, attempt int) drivertest.Act {
					if step == "long" {
						return drivertest.Act{RunsFor: time.Minute}
					}
					return talks(45, 1)(step, attempt)
				}
				p := plan("a\nlong", "failurePolicy: ContinueOnFailure")
				first := drive(t, c, "d1", p)
				time.Sleep(lives)
				first.stop()
				first.ends(podspec.ExitTerminated)
				second := drive(t, c, "d2", p)
				second.ends(podspec.ExitFailed)
				var want strings.Builder
				fmt.Fprintln(&want, "a | [stepherd: the last 20 lines of the failed step]")
				for i := 25; i < 45; i++ {
					fmt.Fprintf(&want, "a | %d\n", i)
				}
				fmt.Fprintln(&want, "a | [stepherd: end of the last lines]")
				if got := second.stdout.String(); !strings.HasSuffix(got, want.String()) {
					t.Errorf("got %s", got)
				}
				if got := c.Kept().Steps[0].Attempts[0].Log; got == nil || got.Open || got.Tail != strings.Join(numbered(45)[25:], "\n") {
					t.Errorf("the record has %+v", got)
				}
			})
		})
	}
}

// TestDigest: of many failed steps those that come first are shown; for one without lines a mark stands.
func TestDigest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, attempt int) drivertest.Act {
			a := drivertest.Act{Exit: 1, Lines: []string{"attempt " + fmt.Sprint(attempt), "10%\r20%\rdone"}}
			if step == "s1" {
				a.Lines = nil
			}
			return a
		}
		var steps []string
		for i := range 13 {
			steps = append(steps, fmt.Sprintf("s%d", i))
		}
		r := drive(t, c, "d1", plan(strings.Join(steps, "\n"), "failurePolicy: ContinueOnFailure", "settings: {image: img, retry: {limit: 1, backoff: {duration: 1s, jitter: 0}}}"))
		r.ends(podspec.ExitFailed)
		var want strings.Builder
		for i := range 10 {
			if i == 1 {
				fmt.Fprintln(&want, "s1#2 | [stepherd: the failed step has logged nothing]")
				continue
			}
			fmt.Fprintf(&want, "s%d#2 | [stepherd: the last 2 lines of the failed step]\ns%d#2 | attempt 2\ns%d#2 | done\ns%d#2 | [stepherd: end of the last lines]\n", i, i, i, i)
		}
		fmt.Fprintln(&want, "s10#2 | [stepherd: and 3 more]")
		if got := r.stdout.String(); !strings.HasSuffix(got, want.String()) {
			t.Errorf("got %s", got)
		}
	})
}

// TestLogOfAPodThatIsGone: what can no longer be printed is marked, once.
func TestLogOfAPodThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, attempt int) drivertest.Act {
			if attempt > 1 {
				return drivertest.Act{RunsFor: 10 * time.Second}
			}
			return talks(100, 0)(step, attempt)
		}
		p := plan("a")
		first := drive(t, c, "d1", p)
		time.Sleep(5450 * time.Millisecond) // main began after half a second
		first.stop()
		first.ends(podspec.ExitTerminated)
		c.Remove(c.PodsOf("a")[0].Name)
		second := drive(t, c, "d2", p)
		time.Sleep(2 * time.Second)
		second.stop()
		second.ends(podspec.ExitTerminated)
		third := drive(t, c, "d3", p)
		third.ends(0)
		at := first.began.Add(500*time.Millisecond + 49*100*time.Millisecond).UTC().Format("2006-01-02T15:04:05.000Z07:00")
		equal(t, "stdout of the second", second.stdout.lines(), []string{"a | [stepherd: lines after " + at + " may be missing: the pod is gone]"})
		equal(t, "stdout of the third", third.stdout.lines(), []string{""})
	})
}

// TestPlaceThatIsNone: one that this build has not written is the log's beginning.
func TestPlaceThatIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = talks(30, 0)
		p := plan("a")
		first := drive(t, c, "d1", p)
		time.Sleep(2 * time.Second)
		first.stop()
		first.ends(podspec.ExitTerminated)
		record := c.Kept()
		record.Steps[0].Attempts[0].Log = &v1alpha1.LogStatus{Open: true, At: map[string]string{"main": record.Steps[0].Attempts[0].Log.At["main"][1:]}}
		if _, err := c.Record("d1").Save(t.Context(), record, []int{0}); err != nil {
			t.Fatal(err)
		}
		second := drive(t, c, "d2", p)
		second.ends(0)
		got := second.stdout.String()
		if !strings.HasPrefix(got, "a | "+mayRepeat+"\na | 0\na | 1\n") || strings.Count(got, "\n") != 32 || !strings.Contains(got, noRepeats) {
			t.Errorf("got %s", got)
		}
	})
}

// TestRepeatsEndInSilence: where a log is silent behind what may come twice, the mark behind it does not wait for the next
// line.
func TestRepeatsEndInSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act {
			return drivertest.Act{Lines: numbered(3), Every: time.Hour, RunsFor: 150 * time.Minute}
		}
		p := plan("a")
		first := &pipe{}
		r := drive(t, c, "d1", p, func(config *driver.Config) {
			config.Stdout = first
			config.Record = func(string) recorder.Record { return deadRecord{c.Record("d1"), first} }
		})
		time.Sleep(time.Second) // the first line is half a second old
		first.die()
		r.stop()
		<-r.code
		second := drive(t, c, "d2", p)
		time.Sleep(5 * time.Second)
		want := "a | " + mayRepeat + "\na | 0\na | " + noRepeats + "\n"
		if got := second.stdout.String(); got != want {
			t.Errorf("got %s", got)
		}
		second.ends(0)
		if got := second.stdout.String(); got != want+"a | 1\na | 2\n" {
			t.Errorf("in the end %s", got)
		}
	})
}
