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
	case a.stage != seen || a.end.known() || a.killAsked || pod.End != EndNone:
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
	if s.plan.timeout == 0 || s.timedOut || !s.cancelledAt.IsZero() || s.stepsEnded() || s.startedAt.IsZero() {
		return time.Time{}
	}
	return s.startedAt.Add(s.plan.timeout)
}

// timeOut ends the run, or the steps under finally, when their own time is over: halt deletes what lives and skips the rest.
func (d *graphTxn) timeOut() {
	d.timedOut = d.timedOut || passed(d.runEnds(), d.now)
	d.final.timedOut = d.final.timedOut || passed(d.finallyEnds(), d.now)
}

func (s *State) timeoutMessage() string {
	return fmt.Sprintf("the run took longer than %s (timeout)", v1alpha1.Duration(s.plan.timeout))
}

// doDue does what was waiting for a time that has come.
func (d *transition) doDue() {
	d.timeOut()
	for i := range d.timed.all() {
		if passed(d.latest(i).lostAt(), d.now) {
			d.lose(i)
		}
		switch a := d.latest(i); {
		case !passed(d.template(i).due(a), d.now):
		case a.stage == refused:
			if d.quotaTimeout(i); d.latest(i).stage == refused && passed(a.notBefore, d.now) {
				d.retryCreate(i)
			}
		case a.stage == released:
			d.updateAttempt(i, func(a *attempt) { a.retryAt = time.Time{} })
		default:
			d.evaluate(i)
		}
	}
}

// nextTimer is the earliest time that anything waits for.
func (s *State) nextTimer() time.Time {
	first := earliest(s.runEnds(), s.finallyEnds())
	for i := range s.timed.all() {
		first = earliest(first, s.template(i).due(s.steps.at(i).latest()))
	}
	return first
}

// sidesEnd is when side containers that still run after main's end will have had their time. Kubernetes would leave
// such a Pod, and what it holds, running for ever. An end that is unclear settles first: the deletion would become its reason.
func (t *template) sidesEnd(a *attempt) time.Time {
	if a.killAsked || a.pod.End == EndNone || len(a.pod.SidesRunning) == 0 {
		return time.Time{}
	}
	end := a.mainEnded.Add(t.SideGrace)
	if settles := a.settles(); settles.After(end) {
		return settles
	}
	return end
}

// awaited is the outcome of an attempt whose main has ended with 0 and whose success waits for side containers; zero while
// they have time.
func (d *txn) awaited(i int, a *attempt) outcome {
	switch {
	case a.lost, a.stage != released && a.pod.NodeSilent && passed(d.template(i).sidesEnd(a), d.now):
		return nodeLost(a.pod)
	case a.stage == released:
		return vanished(a.pod)
	case !passed(d.template(i).sidesEnd(a), d.now):
		return outcome{}
	}
	return failure(v1alpha1.ReasonTimeout, fmt.Sprintf("main ended with exit code 0, but %s had not ended %s later (sideContainers.grace)",
		sidesNamed(a.pod.Awaited), v1alpha1.Duration(d.template(i).SideGrace)))
}

// waitingOutcome is the failure of a Pod that has waited too long to start; zero while it has not. The Pod itself still lives: it is
// deleted then, and holds its slot until it is gone.
func (d *txn) waitingOutcome(i int, a *attempt) outcome {
	if a.killAsked || a.pod.Waiting != WaitingFinal && !passed(d.template(i).waitingEnds(a), d.now) {
		return outcome{}
	}
	o := failure(a.pod.Reason, a.pod.Message)
	o.transient = o.reason == v1alpha1.ReasonImagePull && a.pod.Pull == PullUnanswered
	return o
}

// waitingEnds is when it will have waited too long. The grace counts from when it was first seen; another
// reason starts it again.
func (t *template) waitingEnds(a *attempt) time.Time {
	switch {
	case a.end.known() || a.killAsked || a.pod.Waiting != WaitingGrace:
		return time.Time{}
	case a.pod.Reason == v1alpha1.ReasonImagePull:
		return a.waitingSince.Add(t.ImagePullGrace)
	}
	return a.waitingSince.Add(ConfigGrace)
}

// lostAt is when a Pod that is on its way out will be waited for no more, because its kubelet, the only one who can end
// it, does not answer. Zero as long as there is hope.
//
// That the node is silent is the node controller's word, which it leaves only on Pods that were ready. Main may still run
// there, cut off: that cannot be known. When the node comes back, its kubelet finds the Pod deleted and ends it.
// Of a Pod whose main does not run, that it outlasts its deletion says enough.
func (a *attempt) lostAt() time.Time {
	p := &a.pod
	switch {
	case a.stage != seen || !p.Deleting || p.Terminal || a.deletedAt.IsZero():
		return time.Time{}
	case p.NodeSilent:
		return a.deletedAt.Add(LostGrace)
	case p.Node != "" && (p.Started.IsZero() || p.End != EndNone) && !p.DeleteBy.IsZero():
		return p.DeleteBy.Add(IdleGrace)
	}
	return time.Time{}
}

// lose gives up a Pod: it holds nothing any more that the run has to wait for.
func (d *transition) lose(i int) {
	d.freed = true
	d.updateAttempt(i, func(a *attempt) { a.lost, a.stage = true, released })
	d.evaluate(i)
}

func nodeLost(p Pod) outcome {
	return failure(v1alpha1.ReasonNodeLost, fmt.Sprintf("node %s does not answer", p.Node))
}
