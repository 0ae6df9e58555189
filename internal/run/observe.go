package run

import "time"

// locate finds the step whose latest attempt a Pod is, or would be if the step has none yet.
func (d *draft) locate(pod Pod) (int, bool) {
	i, ok := d.plan.graph.Index(pod.Step)
	if !ok || pod.UID == "" {
		return 0, false
	}
	a := d.latest(i)
	if a == nil {
		return i, pod.Attempt == 1
	}
	return i, pod.Attempt == len(d.steps[i].attempts) && (a.pod.UID == "" || a.pod.UID == pod.UID)
}

// podSeen takes in a Pod as it is now.
func (d *draft) podSeen(pod Pod) {
	i, ok := d.locate(pod)
	if !ok {
		return
	}
	if d.latest(i) == nil {
		d.adopt(i)
	}
	a := d.latest(i)
	if a.stage == released && a.pod.UID != "" {
		return // late news of what is over
	}
	stage := seen
	if pod.Terminal {
		stage = released
	}
	d.know(i, a.with(pod), stage)
}

// podGone takes in that a Pod exists no more.
func (d *draft) podGone(pod Pod) {
	i, ok := d.locate(pod)
	if !ok {
		return
	}
	if a := d.latest(i); a != nil && a.holdsSlot() {
		d.gone(i, a.with(pod))
	}
}

func (d *draft) gone(i int, pod Pod) { d.know(i, pod, released) }

// adopt makes room for a Pod that this driver did not ask for: an earlier one did.
func (d *draft) adopt(i int) {
	if d.isOpen(i) {
		d.proveNeeds(i)
	}
	d.addAttempt(i, attempt{})
	if !d.isOpen(i) {
		d.update(i, closeAttempt)
	}
}

// know writes down what is known of a Pod, and draws the conclusions.
func (d *draft) know(i int, pod Pod, stage stage) {
	a := d.latest(i)
	if pod == a.pod && stage == a.stage {
		return
	}
	d.freed = d.freed || stage == released && a.stage != released
	d.updateAttempt(i, func(a *attempt) {
		switch {
		case pod.Trouble != TroubleGrace:
			a.troubled = time.Time{}
		case a.pod.Trouble != TroubleGrace || a.pod.Reason != pod.Reason:
			a.troubled = d.now
		}
		if pod.End != EndNone && a.mainEnded.IsZero() {
			a.mainEnded = d.now
		}
		a.pod, a.stage = pod, stage
	})
	d.judge(i)
}

// with is what is known of the attempt's Pod after another look. What was known stays known, because the list, the
// watch and the answers to creates may overtake each other; and what is known of an end is not touched by what comes
// after it.
func (a *attempt) with(look Pod) Pod {
	p := a.pod
	p.Name, p.UID = look.Name, look.UID
	p.Terminal = p.Terminal || look.Terminal
	p.Deleting = p.Deleting || look.Deleting
	if look.End == EndNone && (p.End != EndNone || p.Running && !look.Running) {
		return p // an older look
	}
	p.SidesRunning = look.SidesRunning
	if a.end.known() {
		if p.End == EndNone {
			p.End = look.End
		}
		return p
	}
	p.Running, p.End, p.Trouble = look.Running, look.End, look.Trouble
	p.Reason, p.Message = look.Reason, look.Message
	if p.ExitCode == nil {
		p.ExitCode = look.ExitCode
	}
	if p.Node == "" {
		p.Node = look.Node
	}
	learn(&p.Created, look.Created)
	learn(&p.Scheduled, look.Scheduled)
	learn(&p.Started, look.Started)
	learn(&p.Finished, look.Finished)
	return p
}

func learn(known *time.Time, seen time.Time) {
	if known.IsZero() {
		*known = seen
	}
}
