package run

import (
	"flag"
	"sync/atomic"
	"testing"
)

var runs = flag.Int64("runs", 80, "random runs with each kind of fault")

// TestRandomRuns plays random DAGs of up to 60 steps with random fates, settings and policies against the invariants. The
// first run that breaks one is told in full.
func TestRandomRuns(t *testing.T) {
	t.Parallel() // thus it begins after all cheaper tests, and not at all if -failfast has stopped
	var broken atomic.Bool
	for name, f := range map[string]faults{
		"quiet":      {},
		"cancelled":  {cancel: true},
		"deleted":    {deletions: true},
		"crashing":   {crashes: true},
		"nodes":      {nodes: true},
		"timeouts":   {timeouts: true},
		"growing":    {grows: true},
		"regrowing":  {grows: true, crashes: true, cancel: true, deletions: true, nodes: true},
		"deciding":   {decides: true},
		"redeciding": {decides: true, crashes: true, cancel: true, deletions: true},
		"all decide": {decides: true, crashes: true, deletions: true, cancel: true, nodes: true, timeouts: true},
		"all":        {crashes: true, deletions: true, cancel: true, nodes: true, timeouts: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range *runs {
				if broken.Load() {
					t.Skip("another kind of fault has broken an invariant")
				}
				if _, err := simulate(seed, 60, f, nil); err != nil {
					broken.Store(true)
					_, _ = simulate(seed, 60, f, t.Logf)
					t.Fatal(err)
				}
			}
		})
	}
}

// FuzzRun does the same for what the fuzzer makes up.
func FuzzRun(f *testing.F) {
	for seed := range int64(8) {
		f.Add(seed, uint8(1<<seed), uint8(37*seed))
	}
	f.Fuzz(func(t *testing.T, seed int64, steps, kinds uint8) {
		fs := faults{
			crashes: kinds&1 > 0, deletions: kinds&2 > 0, cancel: kinds&4 > 0, nodes: kinds&8 > 0, timeouts: kinds&16 > 0, grows: kinds&32 > 0 && kinds&64 == 0, decides: kinds&64 > 0,
		}
		if _, err := simulate(seed, 1+int(steps), fs, nil); err != nil {
			t.Fatal(err)
		}
	})
}
