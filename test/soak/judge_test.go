package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// at is a moment of an attempt, in seconds after noon.
func at(seconds int) *metav1.Time {
	return &metav1.Time{Time: noon.Add(time.Duration(seconds) * time.Second)}
}

// good is the evidence of a run that went as its variant says, undisturbed.
func good(v variant) evidence {
	e := evidence{variant: v, code: v.code, run: v1alpha1.Run{Phase: v.phase, Reason: v.reason}}
	for _, n := range graph() {
		s := v1alpha1.StepStatus{Name: n.name, Phase: v1alpha1.StepSucceeded}
		if want, special := v.ends[n.name]; special {
			s.Phase, s.Reason = want.phase, want.reason
		}
		e.run.Steps = append(e.run.Steps, s)
		does := v.does[n.name]
		if does == failsOnce || does == fails {
			e.attempt(n.name, v1alpha1.StepFailed, v1alpha1.ReasonError, saidStart, "fail")
		}
		if s.Phase == v1alpha1.StepSucceeded {
			e.attempt(n.name, v1alpha1.StepSucceeded, "", saidStart, saidEnd)
		}
	}
	return e
}

func (e *evidence) step(name string) *v1alpha1.StepStatus {
	i := slices.IndexFunc(e.run.Steps, func(s v1alpha1.StepStatus) bool { return s.Name == name })
	return &e.run.Steps[i]
}

// hit notes that something was done to a Pod.
func (e *evidence) hit(k kind, pod string) {
	e.harm.Blows = append(e.harm.Blows, blow{Kind: k, Pod: pod, At: noon})
}

// attempt adds one to a step, at the end of all that is known.
func (e *evidence) attempt(step string, phase v1alpha1.StepPhase, reason v1alpha1.Reason, says ...string) {
	s, code := e.step(step), int32(3)
	a := v1alpha1.AttemptStatus{Number: len(s.Attempts) + 1, Phase: phase, Reason: reason, Node: "node-1",
		CreatedAt: at(10 * len(e.proof)), FinishedAt: at(10*len(e.proof) + 5)}
	a.Pod = fmt.Sprintf("%s-%d", step, a.Number)
	if reason == v1alpha1.ReasonError {
		a.ExitCode = &code
	}
	s.Attempts = append(s.Attempts, a)
	for _, w := range says {
		e.proof = append(e.proof, line{what: w, step: step, attempt: a.Number, pod: a.Pod, uid: "uid-" + a.Pod, node: a.Node})
	}
}

// again lets the last step's only attempt run a second time in another Pod of the same name.
func (e *evidence) again(uid string) {
	for _, l := range e.proof[len(e.proof)-2:] {
		l.uid = uid
		e.proof = append(e.proof, l)
	}
}

// before puts an attempt that was taken away in front of a step's only one.
func (e *evidence) before(step string, reason v1alpha1.Reason, says ...string) {
	s := e.step(step)
	last := &s.Attempts[0]
	place := slices.IndexFunc(e.proof, func(l line) bool { return l.step == step })
	for i := range e.proof {
		if e.proof[i].step == step {
			e.proof[i].attempt, e.proof[i].pod, e.proof[i].uid = 2, step+"-2", "uid-"+step+"-2"
		}
	}
	for i, w := range says {
		e.proof = slices.Insert(e.proof, place+i, line{what: w, step: step, attempt: 1, pod: step + "-1", uid: "uid-" + step + "-1", node: "node-1"})
	}
	first := *last
	first.Phase, first.Reason = v1alpha1.StepFailed, reason
	last.Number, last.Pod = 2, step+"-2"
	s.Attempts = []v1alpha1.AttemptStatus{first, *last}
}

func TestJudge(t *testing.T) {
	for name, c := range map[string]struct {
		variant variant
		change  func(*evidence)
		want    []string // a part of each problem; nil for none
	}{
		"succeeds":         {variant: succeeds()},
		"heals":            {variant: heals()},
		"fails":            {variant: failsLate()},
		"fails, goes on":   {variant: failsAside()},
		"cancelled at end": {variant: isCancelled()},
		"cancelled": {variant: isCancelled(), change: func(e *evidence) {
			e.step("report").Phase, e.step("report").Reason = v1alpha1.StepCancelled, v1alpha1.ReasonCancelled
			e.step("report").Attempts[0].Phase = v1alpha1.StepCancelled
			e.step("publish").Phase, e.step("publish").Reason, e.step("publish").Attempts = v1alpha1.StepSkipped, v1alpha1.ReasonCancelled, nil
			e.proof = e.proof[:len(e.proof)-2]
		}},
		"wrong exit code":   {variant: succeeds(), change: func(e *evidence) { e.code = 1 }, want: []string{"ended with 1, want 0"}},
		"wrong verdict":     {variant: succeeds(), change: func(e *evidence) { e.run.Phase = v1alpha1.RunFailed }, want: []string{`the run is "Failed"`}},
		"a step is missing": {variant: succeeds(), change: func(e *evidence) { e.run.Steps = e.run.Steps[:19] }, want: []string{"has 19 steps", "does not know it"}},
		"a step is skipped": {variant: succeeds(), change: func(e *evidence) {
			s := e.step("publish")
			s.Phase, s.Attempts = v1alpha1.StepSkipped, nil
			e.proof = e.proof[:len(e.proof)-2]
		}, want: []string{`step publish is "Skipped"`}},
		"a failed step in a cancelled run": {variant: isCancelled(), change: func(e *evidence) {
			e.step("publish").Phase = v1alpha1.StepFailed
			e.step("publish").Attempts[0].Phase = v1alpha1.StepFailed
		}, want: []string{"cannot be of a run that is cancelled", "for no reason", "but its program came to its end"}},
		"deleted by us": {variant: succeeds(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonDeleted, saidStart, "term")
			e.hit(deletePod, "left2-1")
		}},
		"deleted by nobody": {variant: succeeds(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonDeleted, saidStart, "term")
		}, want: []string{"for no reason that was given"}},
		"evicted by us": {variant: succeeds(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonEvicted, saidStart, "term")
			e.hit(evictPod, "left2-1")
		}},
		"deleted is not evicted": {variant: succeeds(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonEvicted, saidStart, "term")
			e.hit(deletePod, "left2-1")
		}, want: []string{"for no reason that was given"}},
		"an error of an outage": {variant: succeeds(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonError, saidStart)
		}, want: []string{"for no reason that was given"}},
		"deleted at the last moment": {variant: succeeds(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonDeleted, saidStart, saidEnd)
			e.hit(deletePod, "left2-1")
		}},
		"a lost node's late end": {variant: succeeds(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonNodeLost, saidStart)
			e.harm.Lost = []window{{"node-1", noon, time.Time{}}}
			e.proof = append(e.proof, line{what: saidEnd, step: "left2", attempt: 1, pod: "left2-1", uid: "uid-left2-1", node: "node-1"})
		}},
		"a late end where no node was lost": {variant: succeeds(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonDeleted, saidStart)
			e.hit(deletePod, "left2-1")
			e.proof = append(e.proof, line{what: "term", step: "left2", attempt: 1, pod: "left2-1", uid: "uid-left2-1", node: "node-1"})
		}, want: []string{"when attempt 2 had started"}},
		"a node without a kubelet": {variant: succeeds(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonNodeLost, saidStart)
			e.harm.Headless = []window{{"node-1", noon, time.Time{}}}
		}},
		"a node lost at another time": {variant: succeeds(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonNodeLost, saidStart)
			e.harm.Lost = []window{{"node-1", noon.Add(-hour), noon.Add(-hour / 2)}, {"node-2", noon, time.Time{}}}
		}, want: []string{"for no reason that was given"}},
		"two successes": {variant: succeeds(), change: func(e *evidence) {
			e.attempt("publish", v1alpha1.StepSucceeded, "", saidStart, saidEnd)
		}, want: []string{"is Succeeded, but another one follows"}},
		"a program ran twice": {variant: succeeds(), change: func(e *evidence) {
			e.proof = append(e.proof, e.proof[len(e.proof)-2:]...)
		}, want: []string{"succeeded, but its program did not", "started 2 times and came to its end 2 times"}},
		"an attempt that no driver saw": {variant: succeeds(), change: func(e *evidence) {
			e.again("uid-of-another-pod")
			e.hit(evictPod, "publish-1")
		}},
		"an attempt made twice for nothing": {variant: succeeds(), change: func(e *evidence) {
			e.again("uid-of-another-pod")
		}, want: []string{"ran twice, and nobody took its first Pod away"}},
		"an earlier attempt after a later one": {variant: succeeds(), change: func(e *evidence) {
			e.before("publish", v1alpha1.ReasonDeleted, saidStart, "term")
			e.hit(deletePod, "publish-1")
			n := len(e.proof)
			e.proof = append(e.proof[:n-4], e.proof[n-2], e.proof[n-1], e.proof[n-4], e.proof[n-3])
		}, want: []string{"attempt 1 of step publish started after attempt 2"}},
		"success without an end": {variant: succeeds(), change: func(e *evidence) {
			e.proof = e.proof[:len(e.proof)-1]
		}, want: []string{"succeeded, but its program did not come to its end"}},
		"a gap": {variant: succeeds(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonDeleted, saidStart)
			e.hit(deletePod, "left2-1")
			e.step("left2").Attempts = e.step("left2").Attempts[1:]
		}, want: []string{"attempt 1 of step left2 has number 2", "does not know it"}},
		"a stranger": {variant: succeeds(), change: func(e *evidence) {
			e.proof = append(e.proof, line{what: saidStart, step: "load", attempt: 2, pod: "load-2", uid: "uid-load-2"})
		}, want: []string{"the run does not know it"}},
		"a step before its needs": {variant: succeeds(), change: func(e *evidence) {
			i := firstStart(e.proof, "publish")
			e.proof[i-1], e.proof[i] = e.proof[i], e.proof[i-1]
		}, want: []string{"step publish started before the successful attempt of report"}},
		"another exit code": {variant: failsLate(), change: func(e *evidence) {
			one := int32(1)
			e.step("gather").Attempts[0].ExitCode = &one
		}, want: []string{"failed with exit code 1, want 3"}},
		"healing without a reason": {variant: heals(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonError, saidStart)
		}, want: []string{"for no reason that was given"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := good(c.variant)
			if c.change != nil {
				c.change(&e)
			}
			expectProblems(t, judge(e), c.want)
		})
	}
}

func TestChanged(t *testing.T) {
	e := good(succeeds())
	if got := changed(e.run, e.run); len(got) != 0 {
		t.Errorf("the same story has changed: %q", got)
	}
	later := good(succeeds())
	later.run.Phase = v1alpha1.RunFailed
	later.step("load").Phase = v1alpha1.StepFailed
	later.attempt("publish", v1alpha1.StepSucceeded, "")
	if got := changed(e.run, later.run); len(got) != 3 {
		t.Errorf("three changes give %q", got)
	}
}
