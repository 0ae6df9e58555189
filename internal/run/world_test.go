package run

import (
	"fmt"
	"math/rand"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// world is a cluster with one run in it, played by dice: answers to creates are lost, late or refusals; Pods end as it
// befits their step, are deleted from outside, get into trouble and out of it; news comes late, twice, or in
// another order.
type world struct {
	rng      *rand.Rand
	pipeline *v1alpha1.Pipeline
	now      time.Duration
	quota    int // Pods that hold something at most; 0 is no limit
	steps    []worldStep
	pods     []*worldPod // by step; nil where there is none
	uids     int

	creates []request
	deletes []DeletePod
	answers []Event // to creates
	watch   []Event // in the order of what happened
	late    bool    // a create came through, or may yet, that nobody could reckon with
}

// worldStep is the truth about a step.
type worldStep struct {
	needs     []int
	pods      int // how many it has had
	exclusive bool
	fate      fate
	sides     bool // has a side container that does not end
	// mayFail: there is a reason for it to fail. succeeded: main ended with 0, and not because it was asked to end.
	mayFail, succeeded bool
}

// fate is how a step's Pod ends, if nobody interferes.
type fate int

const (
	succeeds fate = iota
	fails
	rejected // by an admission
	stuck    // its image cannot be pulled
	hopeless
)

type request struct {
	step     int
	orphaned bool // its driver is dead
}

type worldPod struct {
	Pod
	step int
}

func (w *world) oneIn(n int) bool { return w.rng.Intn(n) == 0 }

func (w *world) clock() time.Time { return clock(w.now) }

// holding counts the Pods that hold a node or a share of a quota.
func (w *world) holding() int {
	n := 0
	for _, p := range w.pods {
		if p != nil && !p.Terminal {
			n++
		}
	}
	return n
}

// serve answers one create. Quota is looked at before names are, as in Kubernetes.
func (w *world) serve(k int) {
	r := w.creates[k]
	w.creates = slices.Delete(w.creates, k, k+1)
	refuse := func(class CreateClass) {
		e := CreateFailed{Step: w.pipeline.Steps[r.step].Name, Attempt: 1, Class: class, Message: "no"}
		if w.oneIn(4) {
			e.RetryAfter = time.Duration(w.rng.Intn(5)) * time.Second
		}
		w.answer(r, e)
	}
	switch {
	case w.oneIn(12):
		refuse(CreateTransient)
	case w.quota > 0 && w.holding() >= w.quota:
		refuse(CreateQuota)
	case w.steps[r.step].fate == rejected:
		refuse(CreateRejected)
	case w.pods[r.step] != nil:
		w.answer(r, PodSeen{Pod: w.look(r.step)})
	case w.oneIn(20):
		refuse(CreateBlocked)
	default:
		w.place(r.step)
		if w.oneIn(8) {
			refuse(CreateTransient) // the answer got lost
		} else {
			w.answer(r, PodSeen{Pod: w.look(r.step)})
		}
	}
}

func (w *world) answer(r request, e Event) {
	if !r.orphaned {
		w.answers = append(w.answers, e)
	}
}

func (w *world) place(step int) {
	w.uids++
	w.steps[step].pods++
	w.late = w.late || w.steps[step].pods > 1
	name := w.pipeline.Steps[step].Name
	w.pods[step] = &worldPod{step: step, Pod: Pod{
		Step: name, Attempt: 1, Name: "pod-" + name, UID: fmt.Sprintf("uid-%d", w.uids), Created: w.clock(),
	}}
	w.news(step)
}

func (w *world) look(step int) Pod { return w.pods[step].Pod }

func (w *world) news(step int) { w.watch = append(w.watch, PodSeen{Pod: w.look(step)}) }

// moving are the steps whose Pods will do something by themselves.
func (w *world) moving() []int {
	var steps []int
	for i, p := range w.pods {
		if p == nil {
			continue
		}
		st := w.steps[i]
		waits := p.Terminal || p.End != EndNone && st.sides || p.Trouble > TroubleWaiting && (st.fate == stuck || st.fate == hopeless)
		if p.Deleting || !waits {
			steps = append(steps, i)
		}
	}
	return steps
}

// move lets something happen to a Pod.
func (w *world) move(step int) {
	p := w.pods[step]
	switch {
	case p.Deleting:
		w.vanish(step)
		return
	case p.Node == "":
		w.queue(p)
	case p.End == EndNone && !p.Running:
		w.startMain(p)
	case p.End == EndNone:
		w.endMain(p)
	default:
		w.terminal(p)
	}
	w.news(step)
}

func (w *world) queue(p *worldPod) {
	if p.Trouble == TroubleNone && w.oneIn(4) {
		p.Trouble, p.Message = TroubleWaiting, "no node fits"
		return
	}
	p.Trouble, p.Message = TroubleNone, ""
	p.Node = "node"
}

func (w *world) startMain(p *worldPod) {
	switch w.steps[p.step].fate {
	case stuck:
		p.Trouble, p.Reason = TroubleGrace, v1alpha1.ReasonImagePull
		return
	case hopeless:
		p.Trouble, p.Reason = TroubleFinal, v1alpha1.ReasonConfigError
		return
	default:
	}
	if p.Trouble == TroubleNone && w.oneIn(10) {
		p.Trouble, p.Reason = TroubleGrace, v1alpha1.ReasonConfigError
		w.steps[p.step].mayFail = true // it may last too long
		return
	}
	p.Trouble, p.Reason = TroubleNone, ""
	p.Running, p.Started = true, w.clock()
	if w.oneIn(3) {
		w.endMain(p) // too fast to be seen running
	}
}

func (w *world) endMain(p *worldPod) {
	st := &w.steps[p.step]
	p.Running, p.Finished, p.ExitCode, p.SidesRunning = false, w.clock(), new(int32), st.sides
	if st.fate == succeeds {
		p.End = EndSucceeded
		st.succeeded = true
	} else {
		p.End, p.Reason, *p.ExitCode = EndUnclear, v1alpha1.ReasonError, 1
	}
	if !st.sides && w.oneIn(3) {
		w.terminal(p)
	}
}

func (w *world) terminal(p *worldPod) {
	p.Terminal = true
	if p.End == EndUnclear {
		p.End = EndFailed
		if w.oneIn(4) {
			p.Reason = v1alpha1.ReasonEvicted
		}
	}
}

// remove begins the deletion of a Pod.
func (w *world) remove(step int) {
	p := w.pods[step]
	if p.Deleting {
		return
	}
	// A driver that does not learn of an end before its Pod is gone takes it for deleted.
	w.steps[step].mayFail = true
	p.Deleting = true
	w.news(step)
}

// vanish is the rest of a deletion: main is killed, then the Pod is gone.
func (w *world) vanish(step int) {
	p := w.pods[step]
	if p.End == EndNone && p.Running {
		p.Running, p.End, p.Reason, p.Finished = false, EndUnclear, v1alpha1.ReasonDeleted, w.clock()
		p.ExitCode = new(int32) // some answer SIGTERM with 0
		if w.oneIn(2) {
			*p.ExitCode = 143
		}
		w.news(step)
		return
	}
	last := p.Pod
	if w.oneIn(3) { // of a 404 little is known
		last = Pod{Step: p.Step, Attempt: p.Attempt, Name: p.Name, UID: p.UID}
	}
	w.pods[step] = nil
	w.watch = append(w.watch, PodGone{Pod: last})
}

// serveDelete answers one delete.
func (w *world) serveDelete(k int) {
	d := w.deletes[k]
	w.deletes = slices.Delete(w.deletes, k, k+1)
	for i, p := range w.pods {
		if p != nil && p.UID == d.UID {
			w.remove(i)
			return
		}
	}
	w.watch = append(w.watch, PodGone{Pod: Pod{Step: d.Step, Attempt: d.Attempt, Name: d.Name, UID: d.UID}})
}
