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
		former := pod.Attempt < d.expected[i]
		switch {
		case former && !pod.Terminal && !pod.Deleting: // a create that came late
			d.straySeen(pod)
		case former && pod.End == EndSucceeded: // that another followed shows that this was not how it ended
			d.endFormer(i, pod.Attempt)
			d.podSeen(pod)
		default:
			d.endFormer(i, pod.Attempt-1)
			d.podSeen(pod)
		}
	}
}

// endFormer ends attempts that an earlier driver has had followed by others: it made those only after the ends of these.
// What was not seen of an end was the end of a Pod that is gone.
func (d *draft) endFormer(i, upTo int) {
	if a := d.latest(i); a != nil && a.pod.Attempt <= upTo && !a.isOver() {
		d.updateAttempt(i, endUnseen)
	}
	for len(d.steps.at(i).attempts) < upTo {
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
