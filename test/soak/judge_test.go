package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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
		s := v1alpha1.StepStatus{Name: n.name, Phase: v1alpha1.StepSucceeded, Finally: n.finally}
		if want, special := v.ends[n.name]; special {
			s.Phase, s.Reason = want.phase, want.reason
		}
		if n.results != "" {
			s.Results = map[string]v1alpha1.Value{"text": resultOf("uid-merge-1")}
		}
		e.run.Steps = append(e.run.Steps, s)
		does := v.does[n.name]
		if does == failsOnce || does == fails {
			e.attempt(n.name, v1alpha1.StepFailed, v1alpha1.ReasonError, saidStart, "fail")
		}
		if s.Phase == v1alpha1.StepSucceeded {
			e.attempt(n.name, v1alpha1.StepSucceeded, "", says(n, v)...)
		}
	}
	return e
}

// says are the lines of a program that comes to its end.
func says(n node, v variant) []string {
	switch n.does {
	case takes:
		return []string{saidStart, saidGiven + " uid-merge-1", saidEnd}
	case tells:
		return []string{saidStart, saidOutcome + " " + string(v.phase), saidEnd}
	}
	return []string{saidStart, saidEnd}
}

// resultOf is what the Pod of that UID gives, as the run tells it.
func resultOf(uid string) v1alpha1.Value {
	text, _ := json.Marshal(riddle + " " + uid)
	return v1alpha1.Value(text)
}

func (e *evidence) step(name string) *v1alpha1.StepStatus {
	i := slices.IndexFunc(e.run.Steps, func(s v1alpha1.StepStatus) bool { return s.Name == name })
	return &e.run.Steps[i]
}

// hit notes that something was done to a Pod.
func (e *evidence) hit(k kind, pod string) {
	e.harm.Blows = append(e.harm.Blows, blow{Kind: k, Pod: pod, At: noon})
}

// say adds lines at the end, in front of those of finally.
func (e *evidence) say(lines ...line) {
	place := firstStart(e.proof, "tidy")
	if place < 0 || lines[0].step == "tidy" {
		place = len(e.proof)
	}
	e.proof = slices.Insert(e.proof, place, lines...)
}

// of are the lines of a step that follow each other from its first start.
func (e *evidence) of(step string) []line {
	from := firstStart(e.proof, step)
	to := from
	for to < len(e.proof) && e.proof[to].step == step {
		to++
	}
	return e.proof[from:to]
}

// unsay removes the lines of a step.
func (e *evidence) unsay(step string) {
	e.proof = slices.DeleteFunc(e.proof, func(l line) bool { return l.step == step })
}

// attempt adds one to a step, at the end of all that is known. What it says may have a word behind it.
func (e *evidence) attempt(step string, phase v1alpha1.StepPhase, reason v1alpha1.Reason, says ...string) {
	s, code := e.step(step), int32(3)
	a := v1alpha1.AttemptStatus{Number: len(s.Attempts) + 1, Phase: phase, Reason: reason, Node: "node-1",
		CreatedAt: at(10 * len(e.proof)), FinishedAt: at(10*len(e.proof) + 5)}
	a.Pod = fmt.Sprintf("%s-%d", step, a.Number)
	if reason == v1alpha1.ReasonError {
		a.ExitCode = &code
	}
	s.Attempts = append(s.Attempts, a)
	for _, text := range says {
		what, word, _ := strings.Cut(text, " ")
		e.say(line{what: what, step: step, attempt: a.Number, pod: a.Pod, uid: "uid-" + a.Pod, node: a.Node, word: word})
	}
}

// again lets the only attempt of publish run a second time in another Pod of the same name.
func (e *evidence) again(uid string) {
	for _, l := range slices.Clone(e.of("publish")) {
		l.uid = uid
		e.say(l)
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
	for i, text := range says {
		what, word, _ := strings.Cut(text, " ")
		e.proof = slices.Insert(e.proof, place+i, line{what: what, step: step, attempt: 1, pod: step + "-1", uid: "uid-" + step + "-1", node: "node-1", word: word})
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
			e.unsay("publish")
		}},
		"wrong exit code":   {variant: succeeds(), change: func(e *evidence) { e.code = 1 }, want: []string{"ended with 1, want 0"}},
		"wrong verdict":     {variant: succeeds(), change: func(e *evidence) { e.run.Phase = v1alpha1.RunFailed }, want: []string{`the run is "Failed"`, `step tidy was given "Succeeded", want "Failed"`}},
		"a step is missing": {variant: succeeds(), change: func(e *evidence) { e.run.Steps = e.run.Steps[:22] }, want: []string{"has 22 steps", "does not know it"}},
		"a step is skipped": {variant: succeeds(), change: func(e *evidence) {
			s := e.step("publish")
			s.Phase, s.Attempts = v1alpha1.StepSkipped, nil
			e.unsay("publish")
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
			e.say(line{what: saidEnd, step: "left2", attempt: 1, pod: "left2-1", uid: "uid-left2-1", node: "node-1"})
		}},
		"a late end where no node was lost": {variant: succeeds(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonDeleted, saidStart)
			e.hit(deletePod, "left2-1")
			e.say(line{what: "term", step: "left2", attempt: 1, pod: "left2-1", uid: "uid-left2-1", node: "node-1"})
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
			e.say(slices.Clone(e.of("publish"))...)
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
			p := e.of("publish")
			p[0], p[1], p[2], p[3] = p[2], p[3], p[0], p[1]
		}, want: []string{"attempt 1 of step publish started after attempt 2"}},
		"success without an end": {variant: succeeds(), change: func(e *evidence) {
			i := firstStart(e.proof, "publish") + 1
			e.proof = slices.Delete(e.proof, i, i+1)
		}, want: []string{"succeeded, but its program did not come to its end"}},
		"a gap": {variant: succeeds(), change: func(e *evidence) {
			e.before("left2", v1alpha1.ReasonDeleted, saidStart)
			e.hit(deletePod, "left2-1")
			e.step("left2").Attempts = e.step("left2").Attempts[1:]
		}, want: []string{"attempt 1 of step left2 has number 2", "does not know it"}},
		"a stranger": {variant: succeeds(), change: func(e *evidence) {
			e.say(line{what: saidStart, step: "load", attempt: 2, pod: "load-2", uid: "uid-load-2"})
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
