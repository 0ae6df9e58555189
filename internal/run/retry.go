package run

import (
	"hash/fnv"
	"math"
	"strconv"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// follow decides, when a step's latest attempt has ended, whether another one follows, and ends the step if none does.
// It is called again when the run is stopped before that other one was made.
func (d *graphTxn) follow(i int) {
	st := d.steps.at(i)
	o := st.latest().end
	switch reason, _ := d.halted(); {
	case len(st.attempts) < d.expected[i]: // another one has followed already
	case o.phase != v1alpha1.StepFailed || !d.template(i).allowsAnother(st):
		d.endStep(i, o)
	case reason == "":
		at := d.template(i).backoff(st, d.now)
		d.updateAttempt(i, func(a *attempt) { a.again = at })
	default:
		d.stopAfter(i, o)
	}
}

// stopAfter ends a step between two attempts, because the run is stopped: a cancel or the run's timeout has kept it from
// the next one, which might have succeeded; after another step's failure there was to be none.
func (d *graphTxn) stopAfter(i int, failed outcome) {
	if reason, _ := d.halted(); reason != v1alpha1.ReasonStopped {
		failed = outcome{phase: v1alpha1.StepCancelled, reason: reason, message: d.haltMessage()}
	}
	d.endStep(i, failed)
}

// stop ends a step that has no Pod, as far as we know, because the run is stopped.
func (d *graphTxn) stop(i int) {
	if st := d.steps.at(i); len(st.attempts) > 1 {
		d.stopAfter(i, st.attempts[len(st.attempts)-2].end)
		return
	}
	reason, _ := d.halted()
	d.skip(i, reason, d.haltMessage())
}

// mayBeFollowed says that the time has come for the next attempt, and that the Pod of this one is out of its way: a step
// never has two live attempts.
func (a *attempt) mayBeFollowed() bool {
	return a.isOver() && a.again.IsZero()
}

// followUndecided does so for the steps whose latest attempt has ended and whose next one was not made: after a restart
// because the record does not know when it is due, and when the run is stopped.
func (d *graphTxn) followUndecided() {
	for i := range d.open.all() {
		if a := d.latest(i); a != nil && a.end.known() {
			d.follow(i)
		}
	}
}

// count counts the attempts that ended for a reason.
func (st *step) count(r v1alpha1.Reason) int {
	n := 0
	for k := range st.attempts {
		if st.attempts[k].end.reason == r {
			n++
		}
	}
	return n
}

// backoff is when the next attempt may be made: the wait grows with each attempt paid from the same budget. It counts
// from main's end, so that a driver that takes the run up comes to the same time; a node's clock that runs ahead does
// not make it longer.
func (t *template) backoff(st *step, now time.Time) time.Time {
	a, b := st.latest(), &t.Backoff
	from := now
	if f := a.pod.Finished; !f.IsZero() && f.Before(now) {
		from = f
	}
	n := st.paid(budgetOf(a.end))
	wait := math.Min(float64(b.Max), float64(b.Duration)*math.Pow(b.Factor, float64(n-1)))
	return from.Add(time.Duration(wait * (1 + b.Jitter*chance(a.pod.Name+"/"+strconv.Itoa(len(st.attempts))))))
}

// chance is a number from 0 to 1 that is always the same for the same name.
func chance(name string) float64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never errs
	return float64(h.Sum32()) / math.MaxUint32
}
