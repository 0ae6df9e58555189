package run

import (
	"fmt"
	"time"
)

// Next is the whole of the driver's policy: the state after the event, and what is to be done now, in order. Before
// Restored and after the verdict nothing happens any more.
func Next(p *Plan, s State, e Event) (State, []Action) {
	if s.plan != p {
		panic("run: a state goes with the plan that it was made of")
	}
	d := newTransition(s, when(e))
	if _, first := e.(Restored); first == s.begun || s.verdict != nil {
		return s, nil
	}
	switch e := e.(type) {
	case Restored:
		(&restore{d}).begin(e)
	case PodSeen:
		d.podSeen(e.Pod)
	case PodGone:
		d.podGone(e.Pod)
	case CreateFailed:
		d.createFailed(e)
	case CancelAsked:
		d.cancelAsked(e)
	case PodWarned:
		d.podWarned(e)
	case TimerFired: // what is due is done after every event
	}
	if d.verdict == nil {
		d.conclude(e)
	}
	return d.State, d.actions
}

// conclude does what follows from what an event has changed.
func (d *transition) conclude(e Event) {
	d.doDue()
	d.settle()
	if d.finallyIsDue() {
		d.beginFinally(d.judgement(), d.now)
		d.settle()
	}
	d.retryQuota()
	d.start()
	d.finishOrWait(e)
}

// when is the event's time. It knows every event.
func when(e Event) time.Time {
	switch e := e.(type) {
	case Restored:
		return e.Now
	case PodSeen:
		return e.Now
	case PodGone:
		return e.Now
	case CreateFailed:
		return e.Now
	case CancelAsked:
		return e.Now
	case PodWarned:
		return e.Now
	case TimerFired:
		return e.Now
	}
	panic(fmt.Sprintf("run: unknown event %T", e))
}
