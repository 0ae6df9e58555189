package logs_test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"testing/synctest"
)

var (
	worlds = flag.Int("worlds", 300, "how many random worlds to follow")
	seed   = flag.Uint64("seed", 1, "of the first of them")
)

// TestRandomWorlds: as FuzzWorld, with worlds of a length that a fuzzer seldom comes to.
func TestRandomWorlds(t *testing.T) {
	gaps := 0
	for n := range *worlds {
		random := rand.New(rand.NewPCG(*seed+uint64(n), 7))
		data := make([]byte, 4*(1+random.IntN(150)))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		rotations := byte(200 + random.IntN(56)) // from many to none
		for i := 0; i < len(data); i += 4 {
			if data[i] >= 200 && data[i] < rotations {
				data[i] -= 200
			}
		}
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, data)
			w.check()
			gaps += w.gaps
		})
		if t.Failed() {
			t.Fatalf("with -seed %d", *seed+uint64(n))
		}
	}
	if *worlds >= 300 && gaps == 0 {
		t.Error("no world had a gap: they are too tame to show anything")
	}
}
