package run

import (
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// owner finds the step that a Pod is of.
func (d *txn) owner(pod Pod) (int, bool) {
	i, ok := d.Index(pod.Step)
	return i, ok && pod.UID != "" && pod.Attempt >= 1
}

// podSeen applies a Pod as it is now.
func (d *transition) podSeen(pod Pod) {
	i, ok := d.owner(pod)
	if !ok {
		return
	}
	switch n := len(d.steps.at(i).attempts); {
	case pod.Attempt < n:
		d.formerSeen(i, pod)
	case pod.Attempt == n:
		d.latestSeen(i, pod)
	case pod.Attempt == n+1 && (n == 0 || d.latest(i).isOver()):
		d.adopt(i)
		d.latestSeen(i, pod)
	default: // an earlier driver knew more than this one; there is another Pod in its place
		d.straySeen(pod)
	}
}

// latestSeen applies the Pod of a step's latest attempt, or one of its name.
func (d *transition) latestSeen(i int, pod Pod) {
	a := d.latest(i)
	switch {
	case a.isAnother(pod):
		d.straySeen(pod)
	case d.isStray(pod):
		d.straySeen(pod)
		d.nameTaken(pod)
	case a.stage == released && a.pod.UID != "": // late news of what is over
	case pod.Terminal:
		d.recordPod(i, a.with(pod), released)
		d.regainResults(i, pod)
	default:
		d.recordPod(i, a.with(pod), seen)
		d.regainResults(i, pod)
	}
}

// podGone applies that a Pod exists no more.
func (d *transition) podGone(pod Pod) {
	i, ok := d.owner(pod)
	if !ok || d.strayGone(pod) {
		return
	}
	if a := d.latest(i); a != nil && a.pod.Attempt == pod.Attempt && !a.isAnother(pod) && a.holdsSlot() {
		d.gone(i, a.with(pod))
	}
}

// isOver reports whether it has ended and its Pod is out of the way.
func (a *attempt) isOver() bool { return a.end.known() && a.stage == released }

// isAnother reports whether a Pod of the attempt's name is not the attempt's. The record knows Pods by their times alone.
func (a *attempt) isAnother(pod Pod) bool {
	if a.pod.UID != "" || !a.end.known() || a.pod.Created.IsZero() || pod.Created.IsZero() {
		return a.pod.UID != "" && a.pod.UID != pod.UID
	}
	return !a.pod.Created.Equal(pod.Created)
}

// podWarned applies what events tell of a Pod that has not started.
func (d *transition) podWarned(e PodWarned) {
	i, ok := d.Index(e.Step)
	if !ok {
		return
	}
	a := d.latest(i)
	if a == nil || a.stage != seen || a.end.known() || a.pod.UID != e.UID || !a.pod.waits() || a.warned == e.Message {
		return
	}
	d.updateAttempt(i, func(a *attempt) { a.warned = e.Message })
}

// waits reports whether main has not started, for a reason that may pass.
func (p Pod) waits() bool {
	return !p.Running && p.Started.IsZero() && p.End == EndNone && p.Waiting <= WaitingUnbounded
}

// why is what a Pod that has not started waits for: what its status says, and what events do. Empty if neither says anything.
func (a *attempt) why() string {
	switch {
	case a.pod.Waiting == WaitingNone:
		return a.warned
	case a.warned == "":
		return a.pod.Message
	case a.pod.Message == "":
		return a.warned
	}
	return a.pod.Message + ": " + a.warned
}

func (d *transition) gone(i int, pod Pod) { d.recordPod(i, pod, released) }

// adopt makes room for a Pod that this driver did not ask for: an earlier one did.
func (d *transition) adopt(i int) {
	if d.isOpen(i) {
		d.proveNeeds(i)
	}
	d.addAttempt(i, attempt{})
	if !d.isOpen(i) {
		d.update(i, closeAttempt)
	}
}

// recordPod writes down what is known of a Pod, and draws the conclusions.
func (d *transition) recordPod(i int, pod Pod, stage stage) {
	a := d.latest(i)
	if len(d.template(i).results) == 0 {
		pod.Output, pod.Containers = "", 0
	}
	if pod.Equal(a.pod) && stage == a.stage {
		return
	}
	d.freed = d.freed || stage == released && a.stage != released
	d.updateAttempt(i, func(a *attempt) {
		switch {
		case pod.Waiting != WaitingGrace:
			a.waitingSince = time.Time{}
		case a.pod.Waiting != WaitingGrace || a.pod.Reason != pod.Reason:
			a.waitingSince = d.now
		}
		if pod.End != EndNone && a.mainEnded.IsZero() {
			a.mainEnded = d.now
		}
		if pod.Deleting && a.deletedAt.IsZero() {
			a.deletedAt = d.now
		}
		if pod.Waiting != a.pod.Waiting || !pod.Scheduled.Equal(a.pod.Scheduled) || pod.Init != a.pod.Init {
			a.warned = "" // it was told of another wait
		}
		a.learnEnds(pod)
		a.pod, a.stage = pod, stage
	})
	d.evaluate(i)
}

// with is what is known of the attempt's Pod after another look. What was known stays known, because the list, the
// watch and the answers to creates may overtake each other; and what is known of an end is not touched by what comes
// after it.
func (a *attempt) with(look Pod) Pod {
	p := a.pod
	if p.UID == "" && !a.end.known() && !p.Created.Equal(look.Created) {
		p = Pod{Step: p.Step, Attempt: p.Attempt} // the record tells of another Pod, in whose place this one is
	}
	p.Name, p.UID = look.Name, look.UID
	p.Terminal = p.Terminal || look.Terminal
	if look.Deleting {
		p.Deleting, p.DeleteBy = true, look.DeleteBy
	}
	if p.isNewerThan(look) {
		return p
	}
	p.SidesRunning, p.NodeSilent, p.Queued, p.Init, p.Ends = look.SidesRunning, look.NodeSilent, look.Queued, look.Init, look.Ends
	if p.Node == "" {
		p.Node = look.Node
	}
	learn(&p.Created, look.Created)
	learn(&p.Scheduled, look.Scheduled)
	learn(&p.Started, look.Started)
	if a.end.known() {
		if p.End == EndNone {
			p.End = look.End
		}
		return p
	}
	pull := p.pullOf(look)
	p.Awaited = look.Awaited
	p.Running, p.End, p.Waiting = look.Running, look.End, look.Waiting
	p.Output, p.Containers = look.Output, look.Containers
	p.Reason, p.Message, p.Pull = look.Reason, look.Message, pull
	if p.ExitCode == nil {
		p.ExitCode = look.ExitCode
	}
	learn(&p.Finished, look.Finished)
	return p
}

// pullOf is what the pulls of an image have told so far. A kubelet older than 1.32 gives a failed pull's words, and by turns
// with them a pause without any.
func (p Pod) pullOf(look Pod) Pull {
	if look.Pull == PullUntold && look.Reason == v1alpha1.ReasonImagePull && p.Reason == v1alpha1.ReasonImagePull {
		return p.Pull
	}
	return look.Pull
}

// isNewerThan reports whether p knows of something that cannot be undone and that look does not know yet, such as when the
// answer to a create is overtaken by the watch.
func (p Pod) isNewerThan(look Pod) bool {
	if look.End != EndNone {
		return false
	}
	return p.End != EndNone || p.Running && !look.Running || p.Node != "" && look.Node == ""
}

func learn(known *time.Time, seen time.Time) {
	if known.IsZero() {
		*known = seen
	}
}
