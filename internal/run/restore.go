package run

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/results"
)

// restore is the transition with which a driver begins.
type restore struct{ *transition }

// begin begins the run, or takes it up where an earlier driver left it: first the record, then the Pods.
func (d *restore) begin(e Restored) {
	head := e.Record.Head
	d.begun = true
	d.startedAt, d.cancelledAt, d.finishedAt = timeOf(head.StartedAt), timeOf(head.CancelledAt), timeOf(head.FinishedAt)
	learn(&d.startedAt, e.Now)
	d.scheduledAt, d.undrawn = e.ScheduledAt, true
	fits := d.fits(e.Record)
	if fits {
		d.load(e.Record.Steps)
		d.resumeFinally(head)
	}
	switch {
	case head.Phase.Ended():
		d.finish(Finish{Phase: head.Phase, Reason: head.Reason, Message: head.Message})
		return
	case !fits:
		d.finish(Finish{
			Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonInvalidPlan,
			Message: "the record belongs to another plan; delete the run and submit it again",
		})
		return
	}
	// Before the Pods: what is on its way out because of the cancel, or of the run's timeout, was not deleted from outside.
	d.grace = e.Grace
	if e.Cancelled {
		d.cancelAsked(CancelAsked{Now: e.Now, Grace: e.Grace, Deleted: e.Deleted})
	}
	if e.FinallyCancelled {
		d.cancelFinally(e.Grace)
	}
	d.timeOut()
	own, others := d.sortPods(e.Pods)
	d.restorePods(own)
	d.prove(e)
	d.restorePods(others)
	d.expected = nil
	d.missing()
	for i := range d.open.all() {
		d.retryEnded(i)
	}
}

// fits reports whether the record is of this plan, and lets the steps join that had joined the run. A piece that was never
// written leaves steps without a name; one with steps that the pipeline does not list always is written.
func (d *restore) fits(r record.Record) bool {
	n := d.count()
	if len(r.Steps) == 0 {
		return r.Head.StepCount == 0 || r.Head.StepCount == n
	}
	if len(r.Steps) < n || r.Head.StepCount != 0 && r.Head.StepCount != len(r.Steps) {
		return false
	}
	for i, st := range r.Steps[:n] {
		if st.Name != d.Name(i) && (st.Name != "" || st.Phase != "" || len(st.Attempts) != 0) {
			return false
		}
	}
	if len(r.Steps) == n {
		return true
	}
	more, err := d.additions(r.Steps)
	return err == nil && d.extend(more) == nil
}

// load takes what the record says of steps.
func (d *restore) load(steps []v1alpha1.StepStatus) {
	for i, status := range steps {
		ended := status.Phase.Ended()
		if !ended && len(status.Attempts) == 0 {
			continue
		}
		d.update(i, func(st *step) {
			for k, a := range status.Attempts {
				st.attempts = append(st.attempts, loadAttempt(a))
				st.attempts[k].pod.Step, st.attempts[k].pod.Attempt = status.Name, k+1
			}
			if ended {
				st.end = outcome{phase: status.Phase, reason: status.Reason, message: status.Message, results: status.Results}
				closeAttempt(st)
			}
		})
		if ended {
			d.resultBytes += results.Size(status.Results)
			d.ended = append(d.ended, i)
		}
	}
}

// loadAttempt makes an attempt of what the record knows. One that has not ended stays without a UID until its Pod is
// seen; one that has ended holds nothing, unless its Pod is seen.
func loadAttempt(s v1alpha1.AttemptStatus) attempt {
	a := attempt{stage: seen, pod: Pod{
		Name: s.Pod, Node: s.Node, ExitCode: s.ExitCode,
		Created: timeOf(s.CreatedAt), Scheduled: timeOf(s.ScheduledAt), Started: timeOf(s.StartedAt), Finished: timeOf(s.FinishedAt),
	}}
	a.told = s.Containers
	if s.Phase.Ended() {
		a.stage = released
		a.end = outcome{phase: s.Phase, reason: s.Reason, message: s.Message, transient: s.Transient}
	}
	return a
}

// prove finds successes that the record has not got: a Pod is created only when the needs whose success its step waits for
// have succeeded (invariant 1), so that its existence, then or now, proves that they have, even if their own Pods are gone.
// Of a need that must only have ended it proves nothing; such an end is in the record before the Pod is created.
func (d *restore) prove(e Restored) {
	for i := range d.count() {
		if st := d.steps.at(i); st.end.phase != v1alpha1.StepSkipped && (st.end.known() || len(st.attempts) > 0) {
			d.proveNeeds(i)
		}
	}
	for _, pod := range e.Pods {
		if i, ok := d.owner(pod); ok && d.isOpen(i) {
			d.proveNeeds(i)
		}
	}
}

func (d *graphTxn) proveNeeds(i int) {
	for _, edge := range d.needs(i) {
		need := int(edge.node)
		if edge.kind != afterSuccess || !d.isOpen(need) {
			continue
		}
		d.endStep(need, outcome{
			phase:   v1alpha1.StepSucceeded,
			message: fmt.Sprintf("its end was not seen; the Pod of step %q shows that it succeeded", d.Name(i)),
		})
		d.proveNeeds(need)
	}
}

// missing ends the attempts that had a Pod which is not there any more.
func (d *restore) missing() {
	for i := range d.live.all() {
		if a := d.latest(i); a.pod.UID == "" {
			d.gone(i, a.pod)
		}
	}
}

// sortPods sorts the Pods that a driver finds: those of steps that show their own success come first, because what they tell
// is more than what a successor's Pod proves; the others may be on their way out, and then the proof is worth more. Within
// each, needs come before what needs them and attempts before those that followed them.
//
// A step that has succeeded, as is proven, and whose latest Pod has failed had another attempt, whose Pod is gone: what is
// there is told first, so that the proof is not taken to speak of it.
func (d *restore) sortPods(pods []Pod) (own, others []Pod) {
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

// restorePods applies the Pods that an earlier driver left.
func (d *restore) restorePods(pods []Pod) {
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
	a.stage, a.retryAt = released, time.Time{}
}

// formerSeen applies a Pod of an attempt that others have followed. Its end is known; if it lives, it has to go. One that
// is on its way out is left alone: it may be on a node that does not answer.
func (d *transition) formerSeen(i int, pod Pod) {
	switch former := &d.steps.at(i).attempts[pod.Attempt-1]; {
	case pod.Terminal:
		d.strayGone(pod)
		d.cleanUpFormer(i, pod)
	case pod.Deleting, former.pod.UID == pod.UID:
	default:
		d.straySeen(pod)
	}
}
