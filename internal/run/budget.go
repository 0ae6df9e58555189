package run

import (
	"fmt"
	"unicode/utf8"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

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
