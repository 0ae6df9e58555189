package run

import (
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func (c *checker) create(s *simulation, a CreatePod) {
	i := s.index(a.Step)
	c.needs(s, i)
	attempts := s.state.steps.at(i).attempts
	own := s.own(i, a.Attempt)
	switch {
	case c.unanswered[i] != 0:
		broken("2: %s is created while a create is unanswered", a.Step)
	case own != nil && !own.deleted:
		broken("2: %s/%d is created although it has a Pod", a.Step, a.Attempt)
	case a.Attempt != len(attempts):
		broken("2: %s gets attempt %d of %d", a.Step, a.Attempt, len(attempts))
	case s.end(i).known():
		broken("4: %s is created although it has ended", a.Step)
	case c.stops(s, i):
		broken("5: %s is created after a cancel, a timeout or a failure", a.Step)
	case !s.late && slices.ContainsFunc(s.told[i], func(t *told) bool { return t.won && !s.followed(i, t) }):
		broken("4: %s/%d is created although it has succeeded", a.Step, a.Attempt)
	}
	c.conditional(s, i, a)
	if held := a.Attempt == 1 && s.dependsOnRecord(i); a.AfterRecord != held {
		broken("12: %s/%d is created, waiting for the record: %v", a.Step, a.Attempt, a.AfterRecord)
	}
	if a.Attempt > 1 {
		c.createNext(s, i, a)
	}
	ooms := 0
	for _, former := range s.state.Step(i).Attempts {
		if former.Reason == v1alpha1.ReasonOOMKilled {
			ooms++
		}
	}
	if a.OOMs != ooms {
		broken("2: %s/%d comes after %d OOMs, not %d", a.Step, a.Attempt, ooms, a.OOMs)
	}
	c.unanswered[i] = a.Attempt
}

// needs must have succeeded, in truth, too, or ended where that is enough (1).
func (c *checker) needs(s *simulation, i int) {
	for _, edge := range s.steps[i].needs {
		need := int(edge.node)
		phase := s.end(need).phase
		if edge.kind == afterSuccess && (!s.steps[need].succeeded || phase != v1alpha1.StepSucceeded) || !phase.Ended() ||
			edge.kind == afterNoFailure && phase != v1alpha1.StepSucceeded && phase != v1alpha1.StepSkipped {
			broken("1: s%d is created, its need s%d is %s", i, need, phase)
		}
		if !s.steps[i].exclusive || !s.steps[need].exclusive || s.late {
			continue
		}
		for _, p := range s.steps[need].pods {
			if p != nil && !p.Terminal && !p.mayBeLost() && !s.givenUp(p) {
				broken("s%d is created while s%d holds its devices", i, need)
			}
		}
	}
}

// createNext checks an attempt that follows another (2).
func (c *checker) createNext(s *simulation, i int, a CreatePod) {
	former := s.state.Step(i).Attempts[:a.Attempt-1]
	if last := former[a.Attempt-2]; last.Phase != v1alpha1.StepFailed {
		broken("2: %s/%d follows one that is %s", a.Step, a.Attempt, last.Phase)
	}
	if spent, allowed := s.steps[i].account(former); spent > allowed {
		broken("2: %s/%d follows although %d of %d were spent", a.Step, a.Attempt, spent, allowed)
	}
	if w := c.again[i]; w.after != a.Attempt-1 || s.clock().Before(w.from) {
		broken("2: %s/%d is created at %v, its back-off after %d ends at %v", a.Step, a.Attempt, s.now, w.after, w.from.Sub(clock(0)))
	}
	if own := s.own(i, a.Attempt-1); own != nil && own.lives() {
		broken("2: %s/%d is created beside %+v", a.Step, a.Attempt, own)
	}
	for _, p := range s.steps[i].pods {
		if p != nil && p.Attempt != a.Attempt && !p.Terminal && !p.mayBeLost() && !s.late {
			broken("2: %s/%d is created beside %s", a.Step, a.Attempt, compact(p.Pod))
		}
	}
}

// account is how much of its budget the last of these attempts has spent, and how much may be.
func (st *worldStep) account(attempts []v1alpha1.AttemptStatus) (spent, allowed int) {
	limits := map[string]int{"own": st.policy.Limit, "infra": st.policy.InfraLimit, "preempt": st.policy.PreemptLimit}
	class := account(attempts[len(attempts)-1])
	if class == "" {
		return 1, 0
	}
	for _, a := range attempts {
		if a.Phase == v1alpha1.StepFailed && account(a) == class {
			spent++
		}
	}
	return spent, limits[class]
}

// account names the budget that pays for an attempt; empty if none does.
func account(a v1alpha1.AttemptStatus) string {
	own := []v1alpha1.Reason{v1alpha1.ReasonError, v1alpha1.ReasonOOMKilled, v1alpha1.ReasonTimeout}
	infra := []v1alpha1.Reason{v1alpha1.ReasonEvicted, v1alpha1.ReasonNodeLost, v1alpha1.ReasonDeleted, v1alpha1.ReasonStartTimeout}
	switch {
	case slices.Contains(own, a.Reason):
		return "own"
	case slices.Contains(infra, a.Reason), a.Reason == v1alpha1.ReasonImagePull && a.Transient:
		return "infra"
	case a.Reason == v1alpha1.ReasonPreempted:
		return "preempt"
	}
	return ""
}

// givenUp reports whether a Pod is of a step that was stopped when it was not known whether the Pod exists.
func (s *simulation) givenUp(p *worldPod) bool {
	a := s.state.steps.at(p.step).latest()
	return s.end(p.step).known() && (a == nil || a.mayExist && a.pod.UID != p.UID)
}

// slots holds parallelism to what is there, not to what the driver thinks (3). What an earlier driver sent late cannot
// be foreseen.
func (c *checker) slots(s *simulation) {
	if s.late || s.pipeline.Parallelism == 0 {
		return
	}
	n := 0
	for p := range s.each {
		if !p.Terminal && !p.mayBeLost() && !s.givenUp(p) {
			n++
		}
	}
	var counted []int
	for _, r := range s.creates {
		if c.unanswered[r.step] == r.attempt && s.steps[r.step].pod(r.attempt) == nil && !slices.Contains(counted, r.step) {
			counted = append(counted, r.step)
			n++
		}
	}
	if n > int(s.pipeline.Parallelism) {
		broken("3: %d live, parallelism is %d", n, s.pipeline.Parallelism)
	}
}

func (c *checker) deletion(s *simulation, a DeletePod) {
	i := s.index(a.Step)
	t := s.find(i, a.UID)
	if t == nil || a.Attempt != t.Attempt || a.Name != t.Name || t.gone {
		broken("6: %v is deleted, known is %+v", a, t)
	}
	if a.AfterRecord {
		c.removal(s, i, a, t)
		return
	}
	grace, kills := c.graceOf(s, i), c.kills(s, i)
	sameGrace := (a.Grace == nil) == (grace == nil) && (a.Grace == nil || *a.Grace == *grace)
	newGrace := c.isCancelled(s, i) && grace != nil && (t.grace == nil || *t.grace != *grace)
	switch {
	case t.Terminal:
		broken("6: %s/%d is deleted although it is at its end", a.Step, a.Attempt)
	case t.deleted && !newGrace:
		broken("6: %s/%d is deleted twice", a.Step, a.Attempt)
	case !sameGrace:
		broken("6: %s/%d is deleted within %v, not %v", a.Step, a.Attempt, a.Grace, grace)
	}
	ended := s.attemptEnded(i, a.Attempt)
	switch {
	case t.deleted:
	case a.AfterLogs && kills && t.End == EndAwaitsSides:
	case a.AfterLogs && !(ended && len(t.SidesRunning) > 0 && s.now >= t.endAt+s.steps[i].policy.SideGrace):
		broken("6: %s is deleted for its side containers: %+v", a.Step, t)
	case !a.AfterLogs && !kills && !ended && !t.stray:
		broken("6: %s/%d is deleted without a reason", a.Step, a.Attempt)
	}
	t.deleted, t.grace = true, a.Grace
}

// removal is the deletion of a Pod that is at its end, which nobody wants to keep.
func (c *checker) removal(s *simulation, i int, a DeletePod, t *told) {
	switch {
	case !t.Terminal || t.Deleting || t.removed || !a.AfterLogs || !s.attemptEnded(i, a.Attempt):
		broken("10: %s/%d is removed, known is %+v", a.Step, a.Attempt, t)
	case s.keeps(s.state.steps.at(i).attempts[a.Attempt-1].end.phase):
		broken("10: %s/%d is removed, and is to be kept", a.Step, a.Attempt)
	}
	t.removed = true
}

// keeps reports whether the Pod of an attempt that ended so is to be kept.
func (s *simulation) keeps(phase v1alpha1.StepPhase) bool {
	return s.keepPods == v1alpha1.KeepAll || s.keepPods == v1alpha1.KeepFailed && phase != v1alpha1.StepSucceeded
}

// checkRecord holds that the record has an end before its proof goes (10).
func (s *simulation) checkRecord(k int) {
	d := s.deletes[k]
	if !d.AfterRecord {
		return
	}
	if !slices.ContainsFunc(s.kept.Steps[s.index(d.Step)].Attempts, func(a v1alpha1.AttemptStatus) bool {
		return a.Number == d.Attempt && a.Phase.Ended()
	}) {
		broken("10: the Pod of %s/%d is removed, and the record has not its end", d.Step, d.Attempt)
	}
}

// attemptEnded says that an attempt has ended, as far as the driver knows.
func (s *simulation) attemptEnded(i, attempt int) bool {
	if i >= s.state.Len() {
		return false // a driver that has just begun has not read of it yet
	}
	attempts := s.state.steps.at(i).attempts
	return attempt <= len(attempts) && attempts[attempt-1].end.known()
}

func passedSince(t time.Time, allowed time.Duration, now time.Time) bool {
	return allowed > 0 && !t.IsZero() && !now.Before(t.Add(allowed))
}
