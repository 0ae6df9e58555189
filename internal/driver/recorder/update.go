package recorder

import (
	"maps"
	"time"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/run"
)

const (
	// Within is how long an end may wait for others before it is written: a failure or a skip, which must not be forgotten. A
	// cancel and the verdict do not wait.
	Within = 200 * time.Millisecond
	// WithinSuccess is the same for a success, which its Pod tells, too, as long as it exists. Writing a piece for each step
	// that ends would cost more than two KiB and one request a step.
	WithinSuccess = time.Second
	// withinLast is the same for the last success of a run: the verdict, which follows the Pod's terminal phase by a second or
	// two, takes it along.
	withinLast = 2 * time.Second
	// WithinProven is the same for a success that a successor's Pod proves (package run, prove). It is below fenceAge, so that
	// a chain of short steps is never held up by the fence.
	WithinProven = 4 * time.Second
)

// Update is a state and what of it the record lacks.
type Update struct {
	State run.State
	// Version grows with each update.
	Version int
	// Pieces are those that the record lacks, by number; the head is part of piece 0.
	Pieces map[int]bool
	// Logs are pieces in which nothing is new but how far logs are.
	Logs map[int]bool
	// Within is how long the update may wait for others. If Now is set it must not wait, not even for the average.
	Within time.Duration
	Now    bool
	// Saved is closed when the record has all of it; may be nil.
	Saved chan struct{}
}

// Turn returns the update for one turn of the loop: the nodes that have joined the state, and the steps that have ended.
func Turn(before, after run.State, ended []int) Update {
	u := Update{State: after, Pieces: map[int]bool{}, Within: WithinProven}
	for i := before.Len(); i < after.Len(); i++ {
		u.Pieces[0] = true // the head tells how many there are
		u.Add(i, Within)
	}
	for _, i := range ended {
		u.Add(i, endWithin(after, i))
	}
	return u
}

// Add adds the piece of a node, which may wait for that long.
func (u *Update) Add(node int, within time.Duration) {
	u.Pieces[node/record.StepsPerPiece] = true
	u.Within = min(u.Within, within)
}

// Require adds and hurries what the record must have before the actions are carried out. It reports whether a create waits for
// everything that the record lacks.
func (u *Update) Require(actions []run.Action) (awaited bool) {
	for _, a := range actions {
		switch a := a.(type) {
		case run.DeletePod:
			// A Pod is the only proof of its attempt, and that its step's needs have succeeded, until the record has them.
			if i, _ := u.State.Index(a.Step); !a.AfterRecord {
				u.Pieces[i/record.StepsPerPiece], u.Now = true, true
			}
		case run.CreatePod:
			if a.AfterRecord { // within the average: there may be many
				u.Within, awaited = 0, true
			}
		case run.SetTimer, run.Finish:
		}
	}
	return awaited
}

// merge returns the newer of two updates with what either must tell.
func (u Update) merge(newer Update) Update {
	newer.Pieces = union(u.Pieces, newer.Pieces)
	newer.Logs = union(u.Logs, newer.Logs)
	newer.Now = newer.Now || u.Now
	if newer.Saved == nil {
		newer.Saved = u.Saved
	}
	return newer
}

func union(a, b map[int]bool) map[int]bool {
	all := map[int]bool{}
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}

// endWithin returns how long the end of a step may wait for others before it is written.
func endWithin(s run.State, i int) time.Duration {
	if s.Step(i).Phase != v1alpha1.StepSucceeded {
		return Within
	}
	if s.AllEnded() {
		return withinLast
	}
	if s.Proven(i) {
		return WithinProven
	}
	return WithinSuccess
}

// Unrecorded returns the pieces with ends that a record lacks.
func Unrecorded(r record.Record, s run.State, ended []int) map[int]bool {
	pieces := map[int]bool{}
	for _, i := range ended {
		if i >= len(r.Steps) || r.Steps[i].Phase != s.Step(i).Phase || containersOf(r.Steps[i]) != containersOf(s.Step(i)) {
			pieces[i/record.StepsPerPiece] = true
		}
	}
	return pieces
}

// containersOf counts the containers that the attempts of a step mention.
func containersOf(s v1alpha1.StepStatus) int {
	n := 0
	for _, a := range s.Attempts {
		n += len(a.Containers)
	}
	return n
}
