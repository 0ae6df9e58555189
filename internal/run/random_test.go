package run

import (
	"flag"
	"testing"
)

var runs = flag.Int64("runs", 100, "random runs with each kind of fault")

// TestRandomRuns plays random DAGs of up to 60 steps with random fates under all policies against the invariants. The
// first run that breaks one is told in full.
func TestRandomRuns(t *testing.T) {
	for name, f := range map[string]faults{
		"quiet":     {},
		"cancelled": {cancel: true},
		"deleted":   {deletions: true},
		"crashing":  {crashes: true},
		"all":       {crashes: true, deletions: true, cancel: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range *runs {
				if _, err := simulate(seed, 60, f, nil); err != nil {
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
		f.Add(seed, uint8(1<<seed), seed%2 == 0, seed%3 == 0, seed%4 < 2)
	}
	f.Fuzz(func(t *testing.T, seed int64, steps uint8, crashes, deletions, cancel bool) {
		fs := faults{crashes: crashes, deletions: deletions, cancel: cancel}
		if _, err := simulate(seed, 1+int(steps), fs, nil); err != nil {
			t.Fatal(err)
		}
	})
}
