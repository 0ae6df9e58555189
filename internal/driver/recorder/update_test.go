package recorder

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
	"github.com/stepherd/stepherd/internal/run"
)

// stateOf returns the state of a run of steps without needs.
func stateOf(t *testing.T, steps int) run.State {
	t.Helper()
	p := &v1alpha1.Pipeline{}
	for i := range steps {
		p.Steps = append(p.Steps, v1alpha1.Step{Name: nameOf(i)})
	}
	plan, err := run.NewPlan(p, nil, expr.RunInfo{})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := run.Next(plan, run.New(plan), run.Restored{Now: time.Now()})
	return s
}

func nameOf(i int) string { return string(rune('a'+i/26)) + string(rune('a'+i%26)) }

// TestRequire: a create that waits for the record hurries it within the average; a delete does so at once, with the piece of its
// step.
func TestRequire(t *testing.T) {
	s := stateOf(t, 300)
	last := nameOf(299)
	for _, row := range []struct {
		name    string
		action  run.Action
		awaited bool
		want    Update
	}{
		{"a create", run.CreatePod{Step: last}, false, Update{Within: WithinProven}},
		{"a create that waits", run.CreatePod{Step: last, AfterRecord: true}, true, Update{}},
		{"a delete", run.DeletePod{Step: last}, false, Update{Within: WithinProven, Now: true, Pieces: map[int]bool{2: true}}},
		{"a delete that waits", run.DeletePod{Step: last, AfterRecord: true}, false, Update{Within: WithinProven}},
	} {
		u := Turn(s, s, nil)
		awaited := u.Require([]run.Action{row.action})
		if awaited != row.awaited || u.Within != row.want.Within || u.Now != row.want.Now || !maps.Equal(u.Pieces, row.want.Pieces) {
			t.Errorf("%s: awaited %v, %v, now %v, pieces %v", row.name, awaited, u.Within, u.Now, u.Pieces)
		}
	}
}

// TestMergeLosesNothing: the newer of two updates has all that either must tell, and the newer state.
func TestMergeLosesNothing(t *testing.T) {
	saved := make(chan struct{})
	older := Update{Version: 1, Pieces: map[int]bool{1: true}, Logs: map[int]bool{3: true}, Within: Within, Now: true, Saved: saved}
	got := older.merge(Update{Version: 2, Pieces: map[int]bool{2: true}, Within: WithinProven})
	pieces := slices.Sorted(maps.Keys(got.Pieces))
	if got.Version != 2 || !slices.Equal(pieces, []int{1, 2}) || !got.Logs[3] || !got.Now || got.Saved != saved || got.Within != WithinProven {
		t.Errorf("got %+v", got)
	}
	if len(older.Pieces) != 1 {
		t.Errorf("the older update was changed: %v", older.Pieces)
	}
}
