package run

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
	"github.com/stepherd/stepherd/internal/retry"
)

// start creates the Pods that may be created, in the order of the file.
func (d *transition) start() {
	for i := range d.ready.and(d.held).all() {
		d.createPod(i) // again; it has kept its slot
	}
	free := d.count()
	if d.plan.parallelism > 0 {
		free = d.plan.parallelism - d.held.len()
	}
	for i := range d.ready.all() {
		if free <= 0 {
			return
		}
		if !d.awaitsRelease(i) {
			d.createPod(i)
			free--
		}
	}
}

// awaitsRelease reports whether a step asks for devices or ports which one of its needs still holds, although it has
// succeeded: the scheduler would find no room yet, and an autoscaler would buy a node for it.
func (d *txn) awaitsRelease(i int) bool {
	if !d.template(i).exclusive {
		return false
	}
	return slices.ContainsFunc(d.needs(i), func(need edge) bool {
		return d.template(int(need.node)).exclusive && d.live.has(int(need.node))
	})
}

// createBackoff is how long a failed create waits before it is tried again.
var createBackoff = retry.Backoff{First: time.Second, Max: 30 * time.Second}

// quotaTries is how many creates are tried again when one of our Pods lets go of its share of the quota: a large Pod may
// make room for several small ones, but a thousand refusals for each Pod that ends would be of no use.
const quotaTries = 8

// create is what an attempt's creates have come to.
type create struct {
	// mayExist: a create failed in a way that may have left a Pod, so that the slot is kept.
	mayExist  bool
	refusals  int
	refusedAt time.Time
	class     CreateClass // of the last refusal
	message   string      // likewise
	notBefore time.Time   // when to try again
	// noQuota is when quota first refused it.
	noQuota time.Time
}

// mayBeMade reports whether the time has come to try an attempt's create again.
func (a *attempt) mayBeMade() bool {
	return a.stage == refused && !a.end.known() && a.notBefore.IsZero()
}

// createPod asks for the Pod of a step's latest attempt, or of the one that follows it.
func (d *transition) createPod(i int) {
	if a := d.latest(i); a == nil || a.end.known() {
		d.addAttempt(i, attempt{})
	}
	d.updateAttempt(i, func(a *attempt) { a.stage, a.notBefore = creating, time.Time{} })
	st := d.steps.at(i)
	var values *expr.Values
	if d.template(i).evaluates {
		values = (&knowledge{d.State}).values()
	}
	d.do(CreatePod{
		Step: d.Name(i), Attempt: len(st.attempts), OOMs: st.count(v1alpha1.ReasonOOMKilled),
		// A later attempt's former Pod is younger than what the record had to have.
		AfterRecord: len(st.attempts) == 1 && d.dependsOnRecord(i),
		Values:      values,
	})
}

// dependsOnRecord reports whether a step depends on what no Pod proves (invariant 12).
func (s *State) dependsOnRecord(i int) bool {
	t, n := s.template(i), &s.table.nodes[i]
	return t.decides() || t.finally && len(n.needs) == 0 || n.dependsOnRecord() || s.plan.handsOn &&
		slices.ContainsFunc(n.needs, func(need edge) bool { return len(s.template(int(need.node)).results) > 0 })
}

func (d *transition) createFailed(e CreateFailed) {
	i, ok := d.Index(e.Step)
	if !ok {
		return
	}
	a := d.latest(i)
	if a == nil || a.stage != creating || a.pod.Attempt != e.Attempt {
		return
	}
	d.updateAttempt(i, func(a *attempt) { a.refuse(e) })
	reason, _ := d.halted(i)
	switch {
	case !d.isOpen(i):
		d.update(i, closeAttempt)
	case e.Class == CreateRejected:
		d.endAttempt(i, failure(cmp.Or(e.Reason, v1alpha1.ReasonRejected), e.Message))
	case reason != "":
		d.stop(i)
	default:
		d.quotaTimeout(i)
	}
}

// quotaTimeout fails an attempt whose time in the queue is over before there was quota for its Pod.
func (d *graphTxn) quotaTimeout(i int) {
	a := d.latest(i)
	if l := d.template(i).limit(a); l.phase == queueing && passed(l.at, d.now) {
		allowed := v1alpha1.Duration(l.allowed)
		d.endAttempt(i, failure(v1alpha1.ReasonQueueTimeout, fmt.Sprintf("there was no quota for its Pod for %s (queueTimeout): %s", allowed, a.message)))
	}
}

// refuse notes a failed create and when to try again.
func (a *attempt) refuse(e CreateFailed) {
	wait := createBackoff.Delay(a.refusals)
	a.stage = refused
	// Once a Pod may exist, a later refusal proves nothing: quota is looked at before names are, and it may be that very
	// Pod which uses it up.
	a.mayExist = a.mayExist || e.Class == CreateTransient
	a.refusals++
	if e.Class == CreateQuota {
		learn(&a.noQuota, e.Now)
	}
	a.refusedAt, a.class, a.message = e.Now, e.Class, e.Message
	a.notBefore = e.Now.Add(max(wait, e.RetryAfter))
}

// retryCreate lets a create that waits be tried again by start.
func (d *txn) retryCreate(i int) {
	d.updateAttempt(i, func(a *attempt) { a.notBefore = time.Time{} })
}

// retryQuota tries creates that quota refused when one of our Pods has let go, those first that have waited longest.
// Their back-off begins anew, because the quota controller takes a moment to see what is free again.
func (d *transition) retryQuota() {
	if !d.freed {
		return
	}
	var waiting []int
	for i := range d.timed.all() {
		if a := d.latest(i); a.stage == refused && a.class == CreateQuota {
			waiting = append(waiting, i)
		}
	}
	slices.SortStableFunc(waiting, func(i, j int) int { return d.latest(i).refusedAt.Compare(d.latest(j).refusedAt) })
	for _, i := range waiting[:min(quotaTries, len(waiting))] {
		d.updateAttempt(i, func(a *attempt) { a.refusals = 0 })
		d.retryCreate(i)
	}
}
