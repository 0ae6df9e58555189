package run

import (
	"fmt"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// limit is the end of the time that an attempt has for what it is about; its time is zero if there is none.
type limit struct {
	at      time.Time
	phase   phase
	allowed time.Duration
}

// phase is what an attempt is about, as far as its time is bounded.
type phase int

const (
	finding   phase = iota // a node
	queueing               // for quota
	starting               // what Kubernetes does on the node before main runs
	preparing              // init containers run
	running                // main runs
)

// limit is the next limit of an attempt. While an init container runs the clock of startTimeout stands still.
func (t *template) limit(a *attempt) limit {
	pod := &a.pod
	switch {
	case a.stage == refused && a.class == CreateQuota && !a.end.known():
		return limitFrom(a.noQuota, t.QueueTimeout, queueing)
	case a.stage != seen || a.end.known() || a.deleted || pod.End != EndNone:
		return limit{}
	case !pod.Started.IsZero():
		return limitFrom(pod.Started, t.Timeout, running)
	case !pod.Init.Since.IsZero():
		return limitFrom(pod.Init.Since.Add(-pod.Init.Ran), t.InitTimeout, preparing)
	case !pod.Scheduled.IsZero():
		return limitFrom(pod.Scheduled.Add(pod.Init.Ran), t.StartTimeout, starting)
	}
	return limitFrom(earliest(pod.Created, a.noQuota), t.QueueTimeout, finding)
}

func limitFrom(start time.Time, allowed time.Duration, of phase) limit {
	if allowed == 0 || start.IsZero() {
		return limit{}
	}
	return limit{start.Add(allowed), of, allowed}
}

// limitOutcome fails an attempt that has used up its time.
func (d *txn) limitOutcome(i int, a *attempt) outcome {
	l := d.template(i).limit(a)
	if !passed(l.at, d.now) {
		return outcome{}
	}
	allowed := v1alpha1.Duration(l.allowed)
	switch l.phase {
	case preparing:
		return failure(v1alpha1.ReasonStartTimeout, because(fmt.Sprintf("the init containers had not ended after %s (initTimeout)", allowed), a))
	case starting:
		after := "after its Pod got a node"
		if a.pod.Init.Ran > 0 {
			after += ", without the time of its init containers"
		}
		return failure(v1alpha1.ReasonStartTimeout, because(fmt.Sprintf("main had not started %s %s (startTimeout)", allowed, after), a))
	case finding:
		return failure(v1alpha1.ReasonQueueTimeout, because(fmt.Sprintf("no node had taken its Pod after %s (queueTimeout)", allowed), a))
	case queueing: // it has no Pod; quotaTimeout looks after it
		return outcome{}
	default:
		return failure(v1alpha1.ReasonTimeout, fmt.Sprintf("main ran for longer than %s (timeout)", allowed))
	}
}

// because adds what a Pod was waiting for, where that is known.
func because(message string, a *attempt) string {
	if why := a.why(); why != "" {
		return message + ": " + why
	}
	return message
}

// runEnds is when the run's own time is over; zero if it has no such time, or it does not matter any more.
func (s *State) runEnds() time.Time {
	if s.plan.timeout == 0 || s.timedOut || !s.cancelledAt.IsZero() || s.open.empty() || s.startedAt.IsZero() {
		return time.Time{}
	}
	return s.startedAt.Add(s.plan.timeout)
}

// timeOut ends the run when its own time is over: halt deletes what lives and skips the rest.
func (d *graphTxn) timeOut() { d.timedOut = d.timedOut || passed(d.runEnds(), d.now) }

func (s *State) timeoutMessage() string {
	return fmt.Sprintf("the run took longer than %s (timeout)", v1alpha1.Duration(s.plan.timeout))
}
