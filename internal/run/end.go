package run

import (
	"fmt"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/results"
)

// evaluate draws the conclusions from all that is known of a step's Pod. It looks at levels, not at changes: it may be
// called at any time, and twice.
func (d *transition) evaluate(i int) {
	if a := d.latest(i); !a.end.known() {
		if o := d.outcome(i, a); o.known() {
			d.endAttempt(i, o)
		}
	}
	d.deleteUnwanted(i)
	d.cleanUp(i)
}

// outcome says how an attempt whose Pod was seen has ended; zero while that is not known. An end that is seen on a Pod
// that is not being deleted is its own, even if we have asked for its deletion in the meantime.
func (d *txn) outcome(i int, a *attempt) outcome {
	p := a.pod
	over := a.stage == released
	reason, kills := d.halted(i)
	switch {
	case p.End == EndNone && !over:
		if o := d.limitOutcome(i, a); o.known() {
			return o
		}
		return d.waitingOutcome(i, a)
	case p.End == EndUnclear && !over && !passed(a.settles(), d.now):
		return outcome{}
	case kills && (p.Deleting || p.End == EndNone && !p.Terminal || p.End == EndAwaitsSides):
		return outcome{phase: v1alpha1.StepCancelled, reason: reason}
	case p.End == EndAwaitsSides:
		return d.awaited(i, a)
	case a.lost && p.End == EndNone:
		return nodeLost(p)
	case p.End == EndSucceeded:
		return d.success(i, p)
	case p.End == EndNone:
		return vanished(p)
	}
	return failure(p.Reason, p.Message)
}

// vanished is the end of a Pod of which no end was seen.
func vanished(p Pod) outcome {
	switch {
	case p.Terminal:
		return failure(p.Reason, p.Message)
	case p.Waiting == WaitingNone && p.Reason != "": // evicted, preempted, node lost
		return failure(p.Reason, p.Message)
	}
	return failure(v1alpha1.ReasonDeleted, fmt.Sprintf("Pod %s was deleted from outside", p.Name))
}

func failure(reason v1alpha1.Reason, message string) outcome {
	if reason == "" {
		reason = v1alpha1.ReasonError
	}
	return outcome{phase: v1alpha1.StepFailed, reason: reason, message: message}
}

// settles is when an unclear end will be believed.
func (a *attempt) settles() time.Time {
	if a.end.known() || a.pod.End != EndUnclear {
		return time.Time{}
	}
	return a.mainEnded.Add(SettleTime)
}

// endAttempt ends a step's latest attempt, and the step with it unless another attempt follows.
func (d *graphTxn) endAttempt(i int, o outcome) {
	d.updateAttempt(i, func(a *attempt) { a.end, a.pod.Output, a.pod.Containers = o, "", 0 })
	message := d.template(i).explainEnd(d.steps.at(i))
	d.updateAttempt(i, func(a *attempt) { a.end.message = message })
	d.retryOrEnd(i)
}

// endStep ends a step. What it means for the others is left to propagate and halt.
func (d *graphTxn) endStep(i int, o outcome) {
	d.update(i, func(st *step) {
		st.end = o
		closeAttempt(st)
	})
	d.resultBytes += results.Size(o.results)
	d.ended, d.undrawn = append(d.ended, i), true
}

// skip ends a step that has no Pod, as far as we know.
func (d *graphTxn) skip(i int, reason v1alpha1.Reason, message string) {
	d.endStep(i, outcome{phase: v1alpha1.StepSkipped, reason: reason, message: message})
}

// closeAttempt makes the step's end that of its latest attempt, which is not tried again. If its Pod turns up
// nevertheless, it has to go (deleteUnwanted).
func closeAttempt(st *step) {
	a := st.latest()
	if a == nil || a.end.known() && a.stage != refused && a.retryAt.IsZero() {
		return
	}
	closed := *a
	closed.retryAt = time.Time{}
	if closed.stage == refused {
		closed.stage = released
	}
	if !closed.end.known() {
		closed.end = st.end
	}
	if closed.end.phase == v1alpha1.StepSkipped || closed.end.phase == v1alpha1.StepFailed && !a.end.known() && closed.pod.Name == "" {
		closed.end.phase = v1alpha1.StepCancelled
	}
	st.attempts = slices.Clone(st.attempts)
	st.attempts[len(st.attempts)-1] = closed
}

// deleteUnwanted asks once for the end of a Pod that is not needed any more: of a step that has ended otherwise or is to be
// stopped, or one whose side containers do not end.
func (d *transition) deleteUnwanted(i int) {
	a := d.latest(i)
	if a.stage != seen || a.killAsked {
		return
	}
	_, kills := d.halted(i)
	mainRuns := a.pod.End == EndNone
	cutOff := !mainRuns && passed(d.template(i).sidesEnd(a), d.now)
	afterLogs := cutOff || a.pod.End == EndAwaitsSides && kills
	if mainRuns && (kills || a.end.known()) || afterLogs {
		d.updateAttempt(i, func(a *attempt) {
			if cutOff {
				a.cutOff(d.template(i).SideGrace)
			}
			a.killAsked = true
		})
		d.do(d.deletion(a.pod, afterLogs))
	}
}

func (s *State) deletion(pod Pod, afterLogs bool) DeletePod {
	grace := s.grace
	if i, known := s.Index(pod.Step); known && s.template(i).finally {
		grace = s.final.grace
	}
	return DeletePod{Step: pod.Step, Attempt: pod.Attempt, Name: pod.Name, UID: pod.UID, AfterLogs: afterLogs, Grace: grace}
}
