package run

import (
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// retryOrEnd decides, when a step's latest attempt has ended, whether another one follows, and ends the step if none does.
// It is called again when the run is stopped before that other one was made.
func (d *graphTxn) retryOrEnd(i int) {
	st := d.steps.at(i)
	o := st.latest().end
	switch reason, _ := d.halted(i); {
	case len(st.attempts) < d.expected[i]: // another one has followed already
	case o.phase != v1alpha1.StepFailed || !d.template(i).allowsAnother(st):
		d.endStep(i, o)
	case reason == "":
		at := d.template(i).backoff(st, d.now)
		d.updateAttempt(i, func(a *attempt) { a.retryAt = at })
	default:
		d.stopAfter(i, o)
	}
}

// stopAfter ends a step between two attempts, because the run is stopped: a cancel or the run's timeout has kept it from
// the next one, which might have succeeded; after another step's failure there was to be none.
func (d *graphTxn) stopAfter(i int, failed outcome) {
	if reason, _ := d.halted(i); reason != v1alpha1.ReasonStopped {
		failed = outcome{phase: v1alpha1.StepCancelled, reason: reason, message: d.haltMessage(i)}
	}
	d.endStep(i, failed)
}

// stop ends a step that has no Pod, as far as we know, because the run is stopped.
func (d *graphTxn) stop(i int) {
	if st := d.steps.at(i); len(st.attempts) > 1 {
		d.stopAfter(i, st.attempts[len(st.attempts)-2].end)
		return
	}
	reason, _ := d.halted(i)
	d.skip(i, reason, d.haltMessage(i))
}

// mayBeRetried reports whether the time has come for the next attempt and the Pod of this one is out of its way: a step
// never has two live attempts.
func (a *attempt) mayBeRetried() bool {
	return a.isOver() && a.retryAt.IsZero()
}

// retryEnded does so for a step whose latest attempt has ended and whose next one was not made: after a restart, because the
// record does not know when it is due, and when the step is stopped.
func (d *graphTxn) retryEnded(i int) {
	if a := d.latest(i); a != nil && a.end.known() {
		d.retryOrEnd(i)
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

// budget is what an attempt's end is paid from.
type budget int

const (
	unpaid budget = iota // never tried again
	ownFault
	infrastructure
	preemption
)

// budgetOf returns the budget that pays for another attempt after an end: the program's own fault, the infrastructure's, a
// preemption, or none.
func budgetOf(o outcome) budget {
	switch o.reason {
	case v1alpha1.ReasonError, v1alpha1.ReasonOOMKilled, v1alpha1.ReasonTimeout:
		return ownFault
	case v1alpha1.ReasonEvicted, v1alpha1.ReasonNodeLost, v1alpha1.ReasonDeleted, v1alpha1.ReasonStartTimeout:
		return infrastructure
	case v1alpha1.ReasonPreempted:
		return preemption
	case v1alpha1.ReasonImagePull:
		if o.transient {
			return infrastructure
		}
		return unpaid
	default: // nothing changes by trying again
		return unpaid
	}
}

// allows is how many attempts may be paid from a budget beside the step's first.
func (t *template) allows(b budget) int {
	switch b {
	case ownFault:
		return t.Limit
	case infrastructure:
		return t.InfraLimit
	case preemption:
		return t.PreemptLimit
	case unpaid:
	}
	return 0
}

// allowsAnother reports whether the budget from which the latest attempt was paid allows another one.
func (t *template) allowsAnother(st *step) bool {
	b := budgetOf(st.latest().end)
	return b != unpaid && st.paid(b) <= t.allows(b)
}

// paid counts the attempts that were paid from a budget.
func (st *step) paid(b budget) int {
	n := 0
	for k := range st.attempts {
		if a := &st.attempts[k]; a.end.phase == v1alpha1.StepFailed && budgetOf(a.end) == b {
			n++
		}
	}
	return n
}

// explainEnd adds to a failure that no other attempt follows why there is none, where the user has asked for retries and
// may expect one.
func (t *template) explainEnd(st *step) string {
	o := st.latest().end
	if o.phase != v1alpha1.StepFailed || !t.AsksRetries || t.allowsAnother(st) {
		return o.message
	}
	var advice string
	switch b := budgetOf(o); {
	case b == unpaid && o.reason == v1alpha1.ReasonImagePull:
		advice = "retry does not apply: the registry has answered"
	case b == unpaid:
		advice = "retry does not apply to " + string(o.reason)
	case b == infrastructure:
		advice = fmt.Sprintf("retry.infraLimit (%d) is used up", t.allows(b))
	case b == preemption:
		advice = fmt.Sprintf("retry.preemptLimit (%d) is used up", t.allows(b))
	case t.allows(b) == 0:
		advice = "retry.limit is 0"
	default:
		return o.message
	}
	if o.message == "" {
		return advice
	}
	advice = "; " + advice
	return cut(o.message, record.MaxMessage-len(advice)) + advice
}

// cut keeps the beginning of a text, of so many bytes at most.
func cut(text string, most int) string {
	const dots = "..."
	if len(text) <= most {
		return text
	}
	end := most - len(dots)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + dots
}
