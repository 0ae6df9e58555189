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
//
// A step that has succeeded, as is proven, and whose latest Pod has failed had another attempt, whose Pod is gone: what is
// there is told first, so that the proof is not taken to speak of it.
func (d *restore) arrange(pods []Pod) (own, others []Pod) {
	rank := make([]int, d.count())
	for place, i := range d.table.order() {
		rank[i] = place
	}
	latest := map[int]Pod{}
	for _, pod := range pods {
		if i, ok := d.owner(pod); ok && pod.Attempt >= latest[i].Attempt {
			latest[i] = pod
		}
	}
	proven := d.proven(latest)
	first := map[int]bool{}
	d.expected = map[int]int{}
	for i, pod := range latest {
		d.expected[i], first[i] = pod.Attempt, pod.End == EndSucceeded
		if proven[i] && pod.Terminal && pod.End == EndFailed && !pod.Deleting {
			d.expected[i], first[i] = pod.Attempt+1, true
		}
	}
	sorted := slices.SortedStableFunc(slices.Values(pods), func(a, b Pod) int {
		i, _ := d.owner(a)
		j, _ := d.owner(b)
		return cmp.Or(cmp.Compare(rank[i], rank[j]), cmp.Compare(a.Attempt, b.Attempt))
	})
	for _, pod := range sorted {
		switch i, ok := d.owner(pod); {
		case ok && first[i]:
			own = append(own, pod)
		case ok:
			others = append(others, pod)
		}
	}
	return own, others
}

// proven are the steps of which the record or a Pod of a step that needs them proves that they have succeeded.
func (d *restore) proven(pods map[int]Pod) map[int]bool {
	proven := map[int]bool{}
	for i := range d.count() {
		_, hasPod := pods[i]
		if st := d.steps.at(i); hasPod || len(st.attempts) > 0 {
			for _, need := range d.needs(i) {
				if need.kind == afterSuccess {
					proven[int(need.node)] = true
				}
			}
		}
	}
	return proven
}

// takeIn takes in Pods that an earlier driver left.
func (d *restore) takeIn(pods []Pod) {
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
func (d *restore) endFormer(i, upTo int) {
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
	case a.pod.Deleting && a.pod.End == EndNone && a.pod.Node != "":
		a.end = nodeLost(a.pod)
	default:
		a.end = failure(v1alpha1.ReasonDeleted, "its end was not seen; that another attempt followed shows that it failed")
	}
	a.stage, a.again = released, time.Time{}
}

// formerSeen takes in a Pod of an attempt that others have followed. Its end is known; if it lives, it has to go. One that
// is on its way out is left alone: it may be on a node that does not answer.
func (d *transition) formerSeen(i int, pod Pod) {
	switch former := &d.steps.at(i).attempts[pod.Attempt-1]; {
	case pod.Terminal:
		d.strayGone(pod)
		d.removeFormer(i, pod)
	case pod.Deleting, former.pod.UID == pod.UID:
	default:
		d.straySeen(pod)
	}
}
