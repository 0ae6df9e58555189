package recorder

import (
	"maps"
	"slices"
	"testing"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
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
		if got := numbers(w.withNewSteps(row.which, grown)); !slices.Equal(got, row.want) {
			t.Errorf("%v: got %v, want %v", row.which, got, row.want)
		}
	}
	if got := numbers(w.withNewSteps(map[int]bool{0: true}, w.headSteps)); !slices.Equal(got, []int{0}) {
		t.Errorf("without new steps: %v", got)
	}
}

func numbers(pieces map[int]bool) []int { return slices.Sorted(maps.Keys(pieces)) }

// TestHeadTellsOfResults: the head is written with the first results, and not again for the next.
func TestHeadTellsOfResults(t *testing.T) {
	r := record.Record{Steps: make([]v1alpha1.StepStatus, 300)}
	w := &writer{}
	if got := numbers(w.withResults(map[int]bool{2: true}, &r)); !slices.Equal(got, []int{2}) || r.Head.HasResults {
		t.Errorf("without results: pieces %v, the head %+v", got, r.Head)
	}
	r.Steps[299].Results = map[string]v1alpha1.Value{"a": v1alpha1.Value(`1`)}
	if got := numbers(w.withResults(map[int]bool{2: true}, &r)); !slices.Equal(got, []int{0, 2}) || !r.Head.HasResults {
		t.Errorf("the first results: pieces %v, the head %+v", got, r.Head)
	}
	w.headResults, r.Head.HasResults = true, false
	if got := numbers(w.withResults(map[int]bool{2: true}, &r)); !slices.Equal(got, []int{2}) || !r.Head.HasResults {
		t.Errorf("more results: pieces %v, the head %+v", got, r.Head)
	}
}
