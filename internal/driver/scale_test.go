package driver_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stepherd/stepherd/internal/driver/drivertest"
)

// TestTwoThousandSteps: 20 layers of 100 steps, each needing one of the layer before, as wide as they come.
func TestTwoThousandSteps(t *testing.T) {
	var steps []string
	for layer := range 20 {
		for i := range 100 {
			need := ""
			if layer > 0 {
				need = fmt.Sprintf("l%d-%d", layer-1, i)
			}
			steps = append(steps, fmt.Sprintf("l%d-%d: %s", layer, i, need))
		}
	}
	p := plan(strings.Join(steps, "\n"))
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{Lines: []string{"a line"}} }
		r := drive(t, c, "d1", p)
		r.ends(0)
		if got := len(c.Calls("create")); got != 2000 {
			t.Errorf("%d creates", got)
		}
		if got := r.at("create")[1999]; !strings.HasPrefix(got, "28.5s ") {
			t.Errorf("the last create came at %s; 19 layers take 1.5 s each", got)
		}
	})
}
