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
	succeeded := map[int]bool{}
	d.expected = map[int]int{}
	for _, pod := range pods {
		if i, ok := d.owner(pod); ok && pod.Attempt >= d.expected[i] {
			d.expected[i], succeeded[i] = pod.Attempt, pod.End == EndSucceeded
		}
	}
	sorted := slices.SortedStableFunc(slices.Values(pods), func(a, b Pod) int {
		i, _ := d.owner(a)
		j, _ := d.owner(b)
		return cmp.Or(cmp.Compare(rank[i], rank[j]), cmp.Compare(a.Attempt, b.Attempt))
	})
	for _, pod := range sorted {
		switch i, ok := d.owner(pod); {
		case ok && succeeded[i]:
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
		i, _ := d.owner(pod)
		if pod.Attempt < d.expected[i] && !mayBeFormer(pod) {
			d.straySeen(pod)
			continue
		}
		d.proveFormer(i, pod)
		d.podSeen(pod)
	}
}

// mayBeFormer says that an attempt whose Pod looks like this may have been followed by another: it has failed, or is lost.
// What lives or has succeeded is the Pod of a create that came late, and counts for nothing.
func mayBeFormer(pod Pod) bool { return pod.Deleting || pod.Terminal && pod.End != EndSucceeded }

// proveFormer ends the attempts before that of a Pod which an earlier driver made: it made it only after their ends. What
// was not seen of an end was the end of a Pod that is gone.
func (d *draft) proveFormer(i int, pod Pod) {
	if a := d.latest(i); a != nil && a.pod.Attempt < pod.Attempt && !a.isOver() {
		d.updateAttempt(i, endUnseen)
	}
	for len(d.steps.at(i).attempts) < pod.Attempt-1 {
		d.addAttempt(i, attempt{})
		d.updateAttempt(i, endUnseen)
	}
}

func endUnseen(a *attempt) {
	switch {
	case a.end.known():
	case a.pod.Deleting && a.pod.End == EndNone:
		a.end = nodeLost(a.pod)
	default:
		a.end = failure(v1alpha1.ReasonDeleted, "its end was not seen; that another attempt followed shows that it failed")
	}
	a.stage, a.again = released, time.Time{}
}

// formerSeen takes in a Pod of an attempt that others have followed. Its end is known; if it lives, it has to go. One that
// is on its way out is left alone: it may be on a node that does not answer.
func (d *draft) formerSeen(i int, pod Pod) {
	switch former := &d.steps.at(i).attempts[pod.Attempt-1]; {
	case pod.Terminal:
		d.strayGone(pod)
		d.removeFormer(i, pod)
	case pod.Deleting, former.pod.UID == pod.UID:
	default:
		d.straySeen(pod)
	}
}
