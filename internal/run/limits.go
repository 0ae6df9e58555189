package run

import (
	"fmt"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// limit is the end of the time that an attempt has for what it is about; its time is zero if there is none.
type limit struct {
	at      time.Time
	reason  v1alpha1.Reason
	allowed time.Duration
}

// limit is the next limit of an attempt: for a node, then for main's start, then for main itself.
func (p *Plan) limit(i int, a *attempt) limit {
	policy, pod := &p.steps[i], &a.pod
	switch {
	case a.stage != seen || a.end.known() || a.deleted || pod.End != EndNone:
		return limit{}
	case !pod.Started.IsZero():
		return limitFrom(pod.Started, policy.Timeout, v1alpha1.ReasonTimeout)
	case !pod.Scheduled.IsZero():
		return limitFrom(pod.Scheduled, policy.StartTimeout, v1alpha1.ReasonStartTimeout)
	}
	return limitFrom(pod.Created, policy.QueueTimeout, v1alpha1.ReasonQueueTimeout)
}

func limitFrom(start time.Time, allowed time.Duration, reason v1alpha1.Reason) limit {
	if allowed == 0 || start.IsZero() {
		return limit{}
	}
	return limit{start.Add(allowed), reason, allowed}
}

// limitOutcome fails an attempt that has used up its time.
func (d *draft) limitOutcome(i int, a *attempt) outcome {
	l := d.plan.limit(i, a)
	if !passed(l.at, d.now) {
		return outcome{}
	}
	allowed := v1alpha1.Duration(l.allowed)
	switch l.reason {
	case v1alpha1.ReasonStartTimeout:
		return failure(l.reason, because(fmt.Sprintf("main had not started %s after its Pod got a node (startTimeout)", allowed), a.pod))
	case v1alpha1.ReasonQueueTimeout:
		return failure(l.reason, because(fmt.Sprintf("no node had taken its Pod after %s (queueTimeout)", allowed), a.pod))
	default:
		return failure(l.reason, fmt.Sprintf("main ran for longer than %s (timeout)", allowed))
	}
}

// because adds what a Pod was waiting for, where that is known.
func because(message string, pod Pod) string {
	if pod.Trouble == TroubleNone || pod.Message == "" {
		return message
	}
	return message + ": " + pod.Message
}

// runEnds is when the run's own time is over; zero if it has no such time, or it does not matter any more.
func (s *State) runEnds() time.Time {
	if s.plan.timeout == 0 || s.timedOut || !s.cancelledAt.IsZero() || s.open.empty() || s.startedAt.IsZero() {
		return time.Time{}
	}
	return s.startedAt.Add(s.plan.timeout)
}

// timeOut ends the run when its own time is over: halt deletes what lives and skips the rest.
func (d *draft) timeOut() { d.timedOut = d.timedOut || passed(d.runEnds(), d.now) }

func (s *State) timeoutMessage() string {
	return fmt.Sprintf("the run took longer than %s (timeout)", v1alpha1.Duration(s.plan.timeout))
}
