package run

import (
	"cmp"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// arrange sorts the Pods that a driver finds: those of steps that show their own success come first, because what they tell
// is more than what a successor's Pod proves; the others may be on their way out, and then the proof is worth more. Within
// each, needs come before what needs them and attempts before those that followed them.
func (d *draft) arrange(pods []Pod) (own, others []Pod) {
	rank := make([]int, d.count())
	for place, i := range d.plan.graph.Order() {
		rank[i] = place
	}
	succeeded := map[string]bool{}
	d.expected = map[int]int{}
	for _, pod := range pods {
		if i, ok := d.plan.graph.Index(pod.Step); ok {
			d.expected[i] = max(d.expected[i], pod.Attempt)
			succeeded[pod.Step] = succeeded[pod.Step] || pod.End == EndSucceeded
		}
	}
	sorted := slices.SortedStableFunc(slices.Values(pods), func(a, b Pod) int {
		i, _ := d.plan.graph.Index(a.Step)
		j, _ := d.plan.graph.Index(b.Step)
		return cmp.Or(cmp.Compare(rank[i], rank[j]), cmp.Compare(a.Attempt, b.Attempt))
	})
	for _, pod := range sorted {
		switch _, ok := d.plan.graph.Index(pod.Step); {
		case ok && succeeded[pod.Step]:
			own = append(own, pod)
		case ok:
			others = append(others, pod)
		}
	}
	return own, others
}

// takeIn takes in Pods that an earlier driver left.
func (d *draft) takeIn(pods []Pod) {
	for _, pod := range pods {
		d.proveFormer(pod)
		d.podSeen(pod)
	}
}

// proveFormer ends the attempts before that of a Pod which an earlier driver made: it made it only after their ends. What
// was not seen of an end was the end of a Pod that is gone.
func (d *draft) proveFormer(pod Pod) {
	i, ok := d.plan.graph.Index(pod.Step)
	if !ok || pod.UID == "" || !d.isOpen(i) {
		return
	}
	for len(d.steps.at(i).attempts) < pod.Attempt-1 {
		d.addAttempt(i, attempt{})
		d.updateAttempt(i, endUnseen)
	}
	if a := d.latest(i); a != nil && a.pod.Attempt < pod.Attempt && (!a.end.known() || a.stage != released) {
		d.updateAttempt(i, endUnseen)
	}
}

func endUnseen(a *attempt) {
	if !a.end.known() {
		a.end = failure(v1alpha1.ReasonDeleted, "its end was not seen; that another attempt followed shows that it failed")
	}
	a.stage, a.again = released, time.Time{}
}
