package run

import (
	"slices"
	"time"
)

// draft is a State in the making: the one place where steps are written, on copies.
type draft struct {
	State
	before  State
	owned   bool // the slices of the State are copies
	now     time.Time
	actions []Action
	// ended are the steps that ended in this event and whose consequences have not been drawn.
	ended []int
	// expected are, while a run is taken up, the latest attempts of steps of which there is a Pod.
	expected map[int]int
	// freed says that a Pod of ours has let go of what it held.
	freed bool
}

func newDraft(s State, now time.Time) *draft { return &draft{State: s, before: s, now: now} }

func (d *draft) do(a Action) { d.actions = append(d.actions, a) }

// own makes the slices of the State ours to write.
func (d *draft) own() {
	if d.owned {
		return
	}
	d.owned = true
	d.steps = d.steps.clone()
	for _, s := range []*set{&d.open, &d.failed, &d.ready, &d.held, &d.live, &d.timed} {
		*s = s.clone()
	}
}

// update changes a step.
func (d *draft) update(i int, change func(*step)) {
	d.own()
	change(d.steps.ownStep(i, d.before.steps))
	d.file(i)
}

// updateAttempt changes a step's latest attempt.
func (d *draft) updateAttempt(i int, change func(*attempt)) {
	d.update(i, func(st *step) {
		st.attempts = slices.Clone(st.attempts)
		change(&st.attempts[len(st.attempts)-1])
	})
}

// addAttempt gives a step its next attempt.
func (d *draft) addAttempt(i int, a attempt) {
	d.update(i, func(st *step) {
		a.pod.Step, a.pod.Attempt = d.Name(i), len(st.attempts)+1
		st.attempts = append(slices.Clip(st.attempts), a)
	})
}

func (d *draft) latest(i int) *attempt { return d.steps.at(i).latest() }

func (d *draft) isOpen(i int) bool { return !d.steps.at(i).end.known() }
