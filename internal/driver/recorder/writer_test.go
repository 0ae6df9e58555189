package recorder

import (
	"slices"
	"testing"

	"github.com/stepherd/stepherd/internal/api/record"
)

// TestHeadGoesWithItsSteps: the record's head never tells of steps that the pieces do not hold.
func TestHeadGoesWithItsSteps(t *testing.T) {
	w := writer{headSteps: record.StepsPerPiece + 1}
	grown := 3*record.StepsPerPiece + 1
	for _, row := range []struct {
		which map[int]bool
		want  []int
	}{
		{map[int]bool{2: true}, []int{2}},
		{map[int]bool{0: true}, []int{0, 1, 2, 3}},
		{map[int]bool{0: true, 2: true}, []int{0, 1, 2, 3}},
	} {
		if got := w.withNewSteps(row.which, grown); !slices.Equal(got, row.want) {
			t.Errorf("%v: got %v, want %v", row.which, got, row.want)
		}
	}
	if got := w.withNewSteps(map[int]bool{0: true}, w.headSteps); !slices.Equal(got, []int{0}) {
		t.Errorf("without new steps: %v", got)
	}
}
