package driver_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/podspec"
)

// firstLines are the first lines that the record has of each attempt, as `a#1/main +13s`, with the time since main's start.
func firstLines(r record.Record) []string {
	var out []string
	for _, s := range r.Steps {
		for _, a := range s.Attempts {
			if a.Log == nil {
				continue
			}
			for _, container := range slices.Sorted(maps.Keys(a.Log.First)) {
				out = append(out, fmt.Sprintf("%s#%d/%s +%v", s.Name, a.Number, container, a.Log.First[container].Sub(a.StartedAt.Time)))
			}
		}
	}
	return out
}

// TestFirstLineIsRecorded: the record has the first line of a log that the driver has followed from its beginning, where that
// line is so late that a reader could doubt whether it was the first, and of no other.
func TestFirstLineIsRecorded(t *testing.T) {
	tests := []struct {
		name string
		act  drivertest.Act
		want []string
	}{
		{"silent for long, and one line at the end", drivertest.Act{RunsFor: 13 * time.Second, Lines: []string{"42"}, WritesAfter: 13 * time.Second}, []string{"a#1/main +13s"}},
		{"silent for long, and many lines", drivertest.Act{RunsFor: time.Minute, Lines: []string{"1", "2", "3"}, Every: time.Second, WritesAfter: 30 * time.Second}, []string{"a#1/main +30s"}},
		{"not silent for long", drivertest.Act{RunsFor: time.Minute, Lines: []string{"1", "2", "3"}, Every: 20 * time.Second, WritesAfter: 9 * time.Second}, nil},
		{"silent for ever", drivertest.Act{RunsFor: time.Minute}, nil},
		{"a failure", drivertest.Act{RunsFor: 13 * time.Second, Exit: 1, Lines: []string{"42"}, WritesAfter: 12 * time.Second}, []string{"a#1/main +12s"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := drivertest.NewCluster()
				c.Play = func(step string, _ int) drivertest.Act {
					if step == "a" {
						return tt.act
					}
					return drivertest.Act{RunsFor: time.Minute}
				}
				r := drive(t, c, "d1", plan("a\nb: a", "failurePolicy: ContinueOnFailure"))
				<-r.code
				equal(t, "first lines", firstLines(c.Kept()), tt.want)
			})
		})
	}
}

// TestFirstLineIsRecordedSoon: those who read a log while its step runs learn of its first line from the record.
func TestFirstLineIsRecordedSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act {
			return drivertest.Act{RunsFor: time.Hour, Lines: []string{"1"}, Every: time.Second, WritesAfter: 30 * time.Second}
		}
		drive(t, c, "d1", plan("a"))
		time.Sleep(30*time.Second + 500*time.Millisecond + time.Second)
		equal(t, "first lines", firstLines(c.Kept()), []string{"a#1/main +30s"})
	})
}

// TestFirstLineOutlivesDrivers: a driver that takes the run up keeps what the record has, and does not take for the first
// what comes first to it.
func TestFirstLineOutlivesDrivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act {
			act := drivertest.Act{RunsFor: 2 * time.Minute, Lines: slices.Repeat([]string{"x"}, 20), Every: 5 * time.Second, WritesAfter: 15 * time.Second}
			if step == "b" {
				act.WritesAfter = time.Second
			}
			return act
		}
		first := drive(t, c, "d1", plan("a\nb"))
		time.Sleep(time.Minute)
		first.stop()
		first.ends(podspec.ExitTerminated)
		drive(t, c, "d2", plan("a\nb")).ends(0)
		equal(t, "first lines", firstLines(c.Kept()), []string{"a#1/main +15s"})
	})
}
