package run

import (
	"fmt"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// worldPod is a Pod and the truth about it.
type worldPod struct {
	Pod
	step int
	fate fate
	node int // -1 is none yet
	// why are reasons for which its attempt may be said to have failed; times have their own.
	why []v1alpha1.Reason
	// said is what whoever deletes it says of the reason, if anything.
	said v1alpha1.Reason
	// awaits is since when its success waits for a side container.
	awaits time.Duration
	left   bool // it was on its way out on a dead node
	// initBegan is when its init container began, initEnded that it has ended.
	initBegan time.Time
	initEnded bool
}

// mayBeLost says that the run need not wait for it any more: it is on its way out, and its node was dead or main does not
// run.
func (p *worldPod) mayBeLost() bool {
	return p.Deleting && p.node >= 0 && (p.left || p.Started.IsZero() || p.End != EndNone)
}

// look is what an observer says of it: exit 0 on a Pod that is on its way out proves nothing.
func (p *worldPod) look() Pod {
	pod := p.Pod
	if pod.Deleting && (pod.End == EndSucceeded || pod.End == EndAwaitsSides) {
		pod.End, pod.Reason = p.killed()
		pod.Awaited = nil
	}
	return pod
}

// killed is how main ends, or seems to, when it is deleted.
func (p *worldPod) killed() (End, v1alpha1.Reason) {
	switch {
	case p.said != "":
		return EndFailed, p.said
	case p.Terminal:
		return EndFailed, v1alpha1.ReasonDeleted
	}
	return EndUnclear, v1alpha1.ReasonDeleted
}

// stirs says that it will do something by itself.
func (w *world) stirs(p *worldPod) bool {
	switch {
	case p.node >= 0 && w.nodes[p.node] != alive:
		return false
	case p.Deleting:
		return true
	case p.Terminal, p.End != EndNone && w.steps[p.step].sides:
		return false
	case p.End == EndAwaitsSides:
		return w.steps[p.step].must != mustHang
	case p.fate == unplaced:
		return false
	case p.fate == unstarted:
		return p.node < 0
	case p.fate == stuck, p.fate == unreachable, p.fate == hopeless:
		return p.Waiting <= WaitingUnbounded
	case p.fate == hangs:
		return !p.Running
	}
	return true
}

// move lets something happen to a Pod.
func (w *world) move(p *worldPod) {
	switch {
	case p.Deleting:
		w.vanish(p)
		return
	case p.node < 0:
		w.queue(p)
	case p.End == EndNone && !p.Running && w.steps[p.step].inits && !p.initEnded:
		w.prepare(p)
	case p.End == EndNone && !p.Running:
		w.startMain(p)
	case p.End == EndNone:
		w.endMain(p)
	case p.End == EndAwaitsSides:
		w.endSide(p)
	default:
		w.terminal(p)
	}
	w.news(p)
}

func (w *world) queue(p *worldPod) {
	node := w.rng.Intn(len(w.nodes))
	if p.Waiting == WaitingNone && w.oneIn(4) || w.nodes[node] != alive {
		p.Waiting, p.Message = WaitingUnbounded, "no node fits"
		return
	}
	p.Waiting, p.Message = WaitingNone, ""
	p.node, p.Node, p.Scheduled = node, nodeName(node), w.clock()
}

// prepare begins or ends an init container.
func (w *world) prepare(p *worldPod) {
	if p.initBegan.IsZero() {
		p.initBegan, p.Init.Since = w.clock(), w.clock()
		return
	}
	p.Init, p.initEnded = Init{Ran: w.clock().Sub(p.initBegan)}, true
}

func (w *world) startMain(p *worldPod) {
	trouble := func(t Waiting, r v1alpha1.Reason) {
		p.Waiting, p.Reason = t, r
		p.why = append(p.why, r)
	}
	switch p.fate {
	case stuck, unreachable:
		trouble(WaitingGrace, v1alpha1.ReasonImagePull)
		p.Pull = map[fate]Pull{stuck: PullRefused, unreachable: PullUnanswered}[p.fate]
		return
	case hopeless:
		trouble(WaitingFinal, v1alpha1.ReasonConfigError)
		return
	default:
	}
	if p.Waiting == WaitingNone && w.oneIn(25) {
		trouble(WaitingGrace, v1alpha1.ReasonConfigError) // it may last too long
		return
	}
	p.Waiting, p.Reason = WaitingNone, ""
	p.Running, p.Started = true, w.clock()
	if p.fate != hangs && w.oneIn(3) {
		w.endMain(p) // too fast to be seen running
	}
}

func (w *world) endMain(p *worldPod) {
	st := &w.steps[p.step]
	p.Running, p.Finished, p.ExitCode = false, w.clock(), new(int32)
	if st.sides {
		p.SidesRunning = []string{"side"}
	}
	if w.oneIn(12) {
		p.Finished = p.Finished.Add(3 * time.Second) // by its node's clock
	}
	switch p.fate {
	case succeeds, misreports:
		p.report(st)
		if st.must != mustNone {
			p.End, p.Awaited, p.SidesRunning, p.awaits = EndAwaitsSides, []string{"must"}, append(p.SidesRunning, "must"), w.now
			if st.must == mustHang || w.oneIn(2) {
				return
			}
			w.endSide(p)
			return
		}
		p.End = EndSucceeded
		st.succeeded = p.fate == succeeds
	case evicted, preempted:
		p.End, p.Reason, *p.ExitCode = EndUnclear, v1alpha1.ReasonError, 143
		p.why = append(p.why, v1alpha1.ReasonError, p.fate.reason())
		if w.oneIn(2) {
			w.terminal(p)
		}
	default:
		p.End, p.Reason, *p.ExitCode = EndUnclear, p.fate.reason(), 1
		p.why = append(p.why, p.Reason)
	}
	if !st.sides && w.oneIn(3) {
		w.terminal(p)
	}
}

// endSide ends the side container for which a success waits.
func (w *world) endSide(p *worldPod) {
	st := &w.steps[p.step]
	p.Awaited, p.SidesRunning = nil, nil
	if st.sides {
		p.SidesRunning = []string{"side"}
	}
	if st.must == mustFail {
		p.End, p.Reason = EndFailed, v1alpha1.ReasonError
		p.why = append(p.why, p.Reason)
		return
	}
	p.End, st.succeeded = EndSucceeded, p.fate == succeeds
}

// report writes the results.
func (p *worldPod) report(st *worldStep) {
	switch {
	case p.fate == misreports:
		p.Output, p.Containers = `{"n": "none"}`, 1
		p.why = append(p.why, v1alpha1.ReasonInvalidResult)
	case st.result >= 0:
		p.Output, p.Containers = fmt.Sprintf(`{"n": %d}`, st.result), 1
	}
}

func (w *world) terminal(p *worldPod) {
	p.Terminal, p.SidesRunning = true, nil
	if p.End == EndUnclear {
		p.End = EndFailed
		if p.fate == evicted || p.fate == preempted {
			p.Reason = p.fate.reason()
		}
	}
}

// remove begins the deletion of a Pod, or shortens it.
func (w *world) remove(p *worldPod, grace *time.Duration) {
	by := w.clock().Add(time.Duration(w.rng.Intn(30)) * time.Second)
	if grace != nil {
		by = w.clock().Add(*grace)
	}
	if p.Deleting && !by.Before(p.DeleteBy) {
		return
	}
	p.Deleting, p.DeleteBy = true, by
	// A driver that does not learn of an end before its Pod is gone takes it for deleted.
	p.why = append(p.why, v1alpha1.ReasonDeleted, p.said)
	p.left = p.left || p.node >= 0 && w.nodes[p.node] != alive
	w.news(p)
}

// vanish is the rest of a deletion: main is killed, then the Pod is gone.
func (w *world) vanish(p *worldPod) {
	if p.End == EndNone && p.Running {
		p.Running, p.NodeSilent, p.Finished, p.Terminal = false, false, w.clock(), w.oneIn(4)
		p.End, p.Reason = p.killed()
		p.ExitCode = new(int32) // some answer SIGTERM with 0
		if w.oneIn(2) {
			*p.ExitCode = 143
		}
		w.news(p)
		return
	}
	last := p.look()
	if w.oneIn(3) { // of a 404 little is known
		last = Pod{Step: p.Step, Attempt: p.Attempt, Name: p.Name, UID: p.UID}
	}
	pods := w.steps[p.step].pods
	pods[slices.Index(pods, p)] = nil
	w.watch = append(w.watch, PodGone{Pod: last})
}
