package run

import (
	"fmt"
	"math/rand"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// world is a cluster with one run in it, played by dice: answers to creates are lost, late or refusals; Pods end as it
// befits their step, are deleted from outside, get into trouble and out of it; nodes die and come back; news comes late,
// twice, or in another order.
type world struct {
	rng      *rand.Rand
	pipeline *v1alpha1.Pipeline
	keepPods v1alpha1.KeepPods // of the pipeline as it was submitted
	now      time.Duration
	quota    int // Pods that hold something at most; 0 is no limit
	steps    []worldStep
	nodes    []nodeState
	uids     int

	creates []request
	orphans []request // creates that dead drivers have sent
	deletes []queuedDelete
	answers []Event // to creates
	watch   []Event // in the order of what happened
	late    bool    // a create came through, or may yet, that nobody could reckon with
}

// worldStep is the truth about a step.
type worldStep struct {
	needs     []edge // with their kinds; modelStep has the same needs
	grown     bool   // has joined the run
	exclusive bool
	sides     bool // has a side container that does not end
	inits     bool // has an init container
	must      must // how one ends that must succeed
	modelStep
	policy v1alpha1.Policy
	fates  []fate // of its attempts; the last is that of all which follow
	// pods are those that exist, by attempt; nil where there is none. made are all that ever did.
	pods []*worldPod
	made []*worldPod
	// refused: an attempt was rejected. succeeded: main ended with 0, and not because it was asked to end. disturbed: an
	// attempt has ended otherwise than by its fate.
	refused, succeeded, disturbed bool
	lacked                        bool        // an expression had no value
	noQuota                       []time.Time // by attempt: when quota first refused it, as a driver was told
}

// must is how a side container ends that must succeed; mustNone where there is none.
type must int

const (
	mustNone must = iota
	mustSucceed
	mustFail
	mustHang
)

// fate is how an attempt's Pod ends, if nobody interferes.
type fate int

const (
	succeeds fate = iota
	fails
	outOfMemory
	evicted
	preempted
	rejected    // by an admission
	stuck       // its registry has not got its image
	unreachable // its registry does not answer
	hopeless
	hangs      // main does not end
	unplaced   // no node takes it
	unstarted  // main does not start
	misreports // main succeeds, and its results are not what the step declares
)

// reason is the reason of an attempt that has this fate.
func (f fate) reason() v1alpha1.Reason {
	return []v1alpha1.Reason{
		"", v1alpha1.ReasonError, v1alpha1.ReasonOOMKilled, v1alpha1.ReasonEvicted, v1alpha1.ReasonPreempted, v1alpha1.ReasonRejected,
		v1alpha1.ReasonImagePull, v1alpha1.ReasonImagePull, v1alpha1.ReasonConfigError, v1alpha1.ReasonTimeout, v1alpha1.ReasonQueueTimeout, v1alpha1.ReasonStartTimeout,
		v1alpha1.ReasonInvalidResult,
	}[f]
}

// fate is that of an attempt.
func (st *worldStep) fate(attempt int) fate { return st.fates[min(attempt, len(st.fates))-1] }

// pod is the Pod of an attempt; nil if there is none.
func (st *worldStep) pod(attempt int) *worldPod {
	if attempt > len(st.pods) {
		return nil
	}
	return st.pods[attempt-1]
}

type request struct {
	step, attempt int
	afterRecord   bool
	version       int  // of the state that asked for it
	lacks         bool // an expression has no value
}

// queuedDelete is a delete that may have to wait for the record.
type queuedDelete struct {
	DeletePod
	version int // of the state that asked for it
}

// nodeNamed is the name of the nth step.
func nodeNamed(n int) string { return fmt.Sprintf("s%d", n) }

// uid is the nth; their order is that of the Pods' creation.
func uid(n int) string { return fmt.Sprintf("uid-%05d", n) }

func (w *world) oneIn(n int) bool { return w.rng.Intn(n) == 0 }

func (w *world) clock() time.Time { return clock(w.now) }

// each gives the Pods that exist.
func (w *world) each(yield func(*worldPod) bool) {
	for i := range w.steps {
		for _, p := range w.steps[i].pods {
			if p != nil && !yield(p) {
				return
			}
		}
	}
}

// anyPod is some Pod that exists; nil if the dice find none.
func (w *world) anyPod() *worldPod {
	pods := w.steps[w.rng.Intn(len(w.steps))].pods
	if len(pods) == 0 {
		return nil
	}
	return pods[w.rng.Intn(len(pods))]
}

// holding counts the Pods that hold a node or a share of a quota.
func (w *world) holding() int {
	n := 0
	for p := range w.each {
		if !p.Terminal {
			n++
		}
	}
	return n
}

// serve answers one create. Quota is looked at before names are, as in Kubernetes.
func (w *world) serve(r request) Event {
	st := &w.steps[r.step]
	refuse := func(class CreateClass) Event {
		e := CreateFailed{Step: nodeNamed(r.step), Attempt: r.attempt, Class: class, Message: "no"}
		if w.oneIn(4) {
			e.RetryAfter = time.Duration(w.rng.Intn(5)) * time.Second
		}
		return e
	}
	p := st.pod(r.attempt)
	switch {
	case r.lacks:
		st.lacked = true
		e := refuse(CreateRejected).(CreateFailed)
		e.Reason = v1alpha1.ReasonInvalidExpression
		return e
	case w.oneIn(12):
		return refuse(CreateTransient)
	case w.quota > 0 && w.holding() >= w.quota:
		return refuse(CreateQuota)
	case st.fate(r.attempt) == rejected:
		st.refused = true
		return refuse(CreateRejected)
	case p == nil && w.oneIn(20):
		return refuse(CreateBlocked)
	case p == nil:
		p = w.place(r)
		if w.oneIn(8) {
			return refuse(CreateTransient) // the answer got lost
		}
	}
	return PodSeen{Pod: p.look()}
}

// serveOrphan serves a create of a dead driver: it came through late.
func (w *world) serveOrphan() {
	k := w.rng.Intn(len(w.orphans))
	w.serve(w.orphans[k])
	w.orphans = slices.Delete(w.orphans, k, k+1)
}

func (w *world) place(r request) *worldPod {
	w.uids++
	st := &w.steps[r.step]
	for len(st.pods) < r.attempt {
		st.pods = append(st.pods, nil)
	}
	w.late = w.late || slices.ContainsFunc(st.made, func(p *worldPod) bool { return p.Attempt >= r.attempt })
	name := nodeNamed(r.step)
	p := &worldPod{step: r.step, fate: st.fate(r.attempt), node: -1, Pod: Pod{
		Step: name, Attempt: r.attempt, Name: fmt.Sprintf("pod-%s-%d", name, r.attempt), UID: uid(w.uids), Created: w.clock(),
	}}
	st.pods[r.attempt-1] = p
	st.made = append(st.made, p)
	w.news(p)
	return p
}

func (w *world) news(p *worldPod) { w.watch = append(w.watch, PodSeen{Pod: p.look()}) }

// serveDelete answers one delete.
func (w *world) serveDelete(k int) {
	d := w.deletes[k]
	w.deletes = slices.Delete(w.deletes, k, k+1)
	for p := range w.each {
		if p.UID == d.UID {
			w.remove(p, d.Grace)
			return
		}
	}
	w.watch = append(w.watch, PodGone{Pod: Pod{Step: d.Step, Attempt: d.Attempt, Name: d.Name, UID: d.UID}})
}
