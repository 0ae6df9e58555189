package run

import (
	"math"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// transition checks the way of a step, and of its attempts.
func (c *checker) transition(s *simulation, i int, e Event, was, is v1alpha1.StepStatus) {
	_, began := e.(Restored)
	if began {
		was = s.taken(i)
	}
	for k, a := range is.Attempts {
		switch {
		case a.Number != k+1:
			broken("2: %s has attempt %d in place %d", is.Name, a.Number, k+1)
		case k < len(was.Attempts) && was.Attempts[k].Phase.Ended():
			if b := was.Attempts[k]; a.Phase != b.Phase || a.Reason != b.Reason || a.Message != b.Message {
				broken("4: %s/%d was %s/%s and is %s/%s", is.Name, a.Number, b.Phase, b.Reason, a.Phase, a.Reason)
			}
		case a.Phase.Ended():
			c.attempt(s, i, a, began)
		}
	}
	if len(is.Attempts) < len(was.Attempts) {
		broken("2: %s had %d attempts and has %d", is.Name, len(was.Attempts), len(is.Attempts))
	}
	switch {
	case was.Phase.Ended():
		if was.Phase != is.Phase || was.Reason != is.Reason || was.Message != is.Message {
			broken("4: %s was %s/%s and is %s/%s", is.Name, was.Phase, was.Reason, is.Phase, is.Reason)
		}
	case is.Phase.Ended():
		c.stepEnded(s, i, is)
	default:
		c.openWindow(s, i, is, began)
	}
}

// attempt checks the end of an attempt against the truth (9).
func (c *checker) attempt(s *simulation, i int, a v1alpha1.AttemptStatus, began bool) {
	st := &s.steps[i]
	evidence := false
	switch a.Phase {
	case v1alpha1.StepSucceeded:
		evidence = st.succeeded && a.Reason == ""
	case v1alpha1.StepFailed:
		evidence = c.failure(s, st, a, began)
	case v1alpha1.StepCancelled:
		evidence = c.kills(s, i) || s.end(i).known()
	default:
	}
	if !evidence {
		broken("9: %s/%d became %s/%s (%s)", nodeNamed(i), a.Number, a.Phase, a.Reason, a.Message)
	}
	if a.FinishedAt != nil && !slices.ContainsFunc(st.made, func(p *worldPod) bool { return p.Finished.Equal(a.FinishedAt.Time) }) {
		broken("no Pod of s%d finished at %v", i, a.FinishedAt)
	}
	if a.Transient != (a.Reason == v1alpha1.ReasonImagePull && st.fate(a.Number) == unreachable) {
		broken("9: %s/%d failed with %s, transient: %v", nodeNamed(i), a.Number, a.Reason, a.Transient)
	}
	st.disturbed = st.disturbed || a.Reason == v1alpha1.ReasonInvalidExpression || a.Phase != v1alpha1.StepCancelled && a.Reason != st.fate(a.Number).reason()
}

// failure reports whether there is a reason for an attempt's failure.
func (c *checker) failure(s *simulation, st *worldStep, a v1alpha1.AttemptStatus, began bool) bool {
	if a.Reason == v1alpha1.ReasonQueueTimeout && a.Number <= len(st.noQuota) && passedSince(st.noQuota[a.Number-1], st.policy.QueueTimeout, s.clock()) {
		return true
	}
	for _, p := range st.made {
		if p.Attempt != a.Number {
			// A later attempt proves the end of those before it.
			if began && a.Reason == v1alpha1.ReasonDeleted && p.Attempt > a.Number {
				return true
			}
			continue
		}
		late := false
		switch a.Reason {
		case v1alpha1.ReasonTimeout:
			late = passedSince(p.Started, st.policy.Timeout, s.clock()) || p.awaits > 0 && s.now >= p.awaits+st.policy.SideGrace
		case v1alpha1.ReasonStartTimeout:
			late = passedSince(p.Scheduled, st.policy.StartTimeout, s.clock()) || passedSince(p.initBegan, st.policy.InitTimeout, s.clock())
		case v1alpha1.ReasonQueueTimeout:
			late = passedSince(p.Created, st.policy.QueueTimeout, s.clock())
		case v1alpha1.ReasonNodeLost:
			late = p.mayBeLost()
		default:
		}
		if late || slices.Contains(p.why, a.Reason) {
			return true
		}
	}
	return a.Reason == v1alpha1.ReasonRejected && st.refused || a.Reason == v1alpha1.ReasonInvalidExpression && st.lacked
}

// stepEnded checks the end of a step.
func (c *checker) stepEnded(s *simulation, i int, is v1alpha1.StepStatus) {
	upstream := false
	for _, need := range s.steps[i].needs {
		end := s.end(int(need.node))
		upstream = upstream || need.kind == afterSuccess && (end.phase == v1alpha1.StepFailed || end.reason == v1alpha1.ReasonUpstreamFailed)
	}
	over := c.over(s, i)
	evidence := false
	switch is.Phase {
	case v1alpha1.StepSucceeded:
		evidence = s.steps[i].succeeded && is.Reason == "" && s.handsOn(i, is)
	case v1alpha1.StepFailed:
		if len(is.Attempts) == 0 {
			evidence = is.Reason == v1alpha1.ReasonInvalidExpression && s.conditionFails(i)
			break
		}
		last, own := is.Attempts[len(is.Attempts)-1], 1 // its own failure is counted
		if s.steps[i].finally {
			own = 0
		}
		spent, allowed := s.steps[i].account(is.Attempts)
		evidence = last.Phase == v1alpha1.StepFailed && last.Reason == is.Reason && (spent > allowed || c.stopped(s, i, own))
	case v1alpha1.StepCancelled:
		evidence = c.kills(s, i) && is.Reason == over
	case v1alpha1.StepSkipped:
		switch is.Reason {
		case v1alpha1.ReasonUpstreamFailed:
			evidence = upstream || s.comesAfterFailure(i)
		case v1alpha1.ReasonConditionFalse:
			evidence = s.conditionIsFalse(i)
		default:
			// A need whose condition has no value may fail when the rest has been stopped already.
			evidence = c.stops(s, i) && is.Reason == over && !(upstream && over == v1alpha1.ReasonStopped && s.model == nil)
		}
	default:
	}
	if !evidence {
		broken("s%d became %s/%s (%s); a failed need: %v, what is over: %s", i, is.Phase, is.Reason, is.Message, upstream, over)
	}
}

// openWindow finds out when a step's next attempt is due, where its latest has just ended, or a new driver learns of it.
func (c *checker) openWindow(s *simulation, i int, is v1alpha1.StepStatus, began bool) {
	n := len(is.Attempts)
	if n == 0 || !is.Attempts[n-1].Phase.Ended() {
		return
	}
	if c.again[i].after == n && !began {
		return
	}
	spent, allowed := s.steps[i].account(is.Attempts)
	if spent > allowed {
		broken("2: s%d is open, %d of %d were spent", i, spent, allowed)
	}
	from := s.clock()
	if f := is.Attempts[n-1].FinishedAt; f != nil && f.Time.Before(from) {
		from = f.Time
	}
	b := s.steps[i].policy.Backoff
	wait := min(float64(b.Max), float64(b.Duration)*math.Pow(b.Factor, float64(spent-1)))
	c.again[i] = window{n, from.Add(time.Duration(wait)), from.Add(time.Duration(wait * (1 + b.Jitter)))}
}
