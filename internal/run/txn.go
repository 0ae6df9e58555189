package run

import (
	"slices"
	"time"
)

// txn is a State in the making: the one place where steps are written, on copies.
type txn struct {
	State
	before  State
	owned   bool // the slices of the State are copies
	now     time.Time
	actions []Action
	stops   stops // those that have been drawn
}

// graphTxn is a txn in which steps end, and in which that has its consequences along the edges of the graph.
type graphTxn struct {
	txn
	// ended are the steps that ended in this event and whose consequences have not been drawn.
	ended []int
	// undrawn reports whether a step has ended, or begun to wait, since conditions were decided.
	undrawn bool
	// expected are, while a run is restored, the latest attempts of steps of which there is a Pod.
	expected map[int]int
}

// transition is what one event makes of a State: it applies what happened to Pods, and asks for what is to be done.
type transition struct {
	graphTxn
	// freed reports whether a Pod of ours has let go of what it held.
	freed bool
}

func newTransition(s State, now time.Time) *transition {
	return &transition{graphTxn: graphTxn{txn: txn{State: s, before: s, now: now, stops: s.allStops()}}}
}

func (d *txn) do(a Action) { d.actions = append(d.actions, a) }

// own makes the slices of the State ours to write.
func (d *txn) own() {
	if d.owned {
		return
	}
	d.owned = true
	d.steps = d.steps.clone()
	for _, s := range d.sets() {
		*s = s.clone()
	}
}

// update changes a step.
func (d *txn) update(i int, change func(*step)) {
	d.own()
	change(d.steps.ownStep(i, d.before.steps))
	d.reindex(i)
}

// updateAttempt changes a step's latest attempt.
func (d *txn) updateAttempt(i int, change func(*attempt)) {
	d.update(i, func(st *step) {
		st.attempts = slices.Clone(st.attempts)
		change(&st.attempts[len(st.attempts)-1])
	})
}

// addAttempt gives a step its next attempt.
func (d *txn) addAttempt(i int, a attempt) {
	d.update(i, func(st *step) {
		a.pod.Step, a.pod.Attempt = d.Name(i), len(st.attempts)+1
		st.attempts = append(slices.Clip(st.attempts), a)
	})
}

func (d *txn) latest(i int) *attempt { return d.steps.at(i).latest() }

func (d *txn) isOpen(i int) bool { return !d.steps.at(i).end.known() }
