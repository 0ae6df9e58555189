package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// takenWithNode is a run whose driver was gone at 102 s and whose node-1 was lost at 120 s.
func takenWithNode() harm {
	return harm{
		Lost:    []window{{"node-1", at(120).Time, at(280).Time}},
		Drivers: []spell{{"r", "d1", "node-2", at(0).Time, at(102).Time}, {"r", "d2", "node-2", at(290).Time, at(400).Time}},
	}
}

// timed lets what a step's first program wrote be from 96 to 100 s, on node-1.
func (e *evidence) timed(step string) {
	e.run.Metadata.Name = "r"
	lines := e.of(step)
	for i := range lines {
		if lines[i].uid == lines[0].uid {
			lines[i].at = at(100).Time
		}
	}
	lines[0].at = at(96).Time
}

// forgotten is a run in which report came to its end, its Pod was gone before that was written down, and the Pod of publish
// showed that it had succeeded.
func forgotten(e *evidence) {
	e.timed("report")
	s := e.step("report")
	s.Attempts, s.Message = nil, `its end was not seen; the Pod of step "publish" shows that it succeeded`
}

// repeated is a run in which a step came to its end, the next one ran, and the Pods of both were gone before either was written
// down: that of the first with its node, that of the next because it was deleted by force. Both ran again.
func repeated(e *evidence, step, next string) {
	var all []string
	for _, l := range e.of(step) {
		all = append(all, strings.TrimSpace(l.what+" "+l.word))
	}
	e.before(step, v1alpha1.ReasonDeleted, all...)
	e.hit(removePod, next+"-1")
	e.timed(step)
	taken := &e.step(step).Attempts[0]
	taken.CreatedAt, taken.FinishedAt = at(95), nil
	i := firstStart(e.proof, step) + len(all)
	for n, what := range []string{saidStart, saidEnd} {
		e.proof = slices.Insert(e.proof, i+n, line{what: what, step: next, attempt: 1, pod: next + "-1", uid: "uid-of-another-pod", node: "node-2"})
	}
}

func TestForgottenSuccess(t *testing.T) {
	wrong := []string{"step report is Succeeded and has 0 attempts", "Pod report-1 (attempt 1 of step report) ran, but the run does not know it",
		"step publish started before the successful attempt of report"}
	for name, c := range map[string]struct {
		change func(*evidence)
		want   []string
	}{
		"taken with its node":     {nil, nil},
		"its node was not lost":   {func(e *evidence) { e.harm.Lost = nil }, wrong},
		"a driver was there":      {func(e *evidence) { e.harm.Drivers[0].To = at(400).Time }, wrong},
		"it was on another node":  {func(e *evidence) { e.harm.Lost[0].Node = "node-2" }, wrong},
		"the run does not say so": {func(e *evidence) { e.step("report").Message = "" }, wrong},
		"the program did not come to its end": {func(e *evidence) {
			i := firstStart(e.proof, "report")
			e.proof = slices.Delete(e.proof, i+1, i+2)
		}, wrong},
		"it was not the next attempt": {func(e *evidence) {
			i := firstStart(e.proof, "report")
			e.proof[i].attempt, e.proof[i+1].attempt = 2, 2
		}, []string{wrong[0], "Pod report-1 (attempt 2 of step report) ran", wrong[2]}},
	} {
		t.Run(name, func(t *testing.T) {
			e := good(succeeds())
			forgotten(&e)
			e.harm = takenWithNode()
			if c.change != nil {
				c.change(&e)
			}
			j := judged(e)
			expectProblems(t, j.problems, c.want)
			if (len(j.forgotten) == 1) != (c.want == nil) {
				t.Errorf("forgotten are %v", j.forgotten)
			}
		})
	}
}

// TestForgottenAfterAFailure: the run knows the attempt before, which failed.
func TestForgottenAfterAFailure(t *testing.T) {
	e := good(succeeds())
	e.before("report", v1alpha1.ReasonDeleted, saidStart, "term")
	forgotten(&e)
	e.harm = takenWithNode()
	e.hit(deletePod, "report-1")
	s := e.step("report")
	s.Attempts = []v1alpha1.AttemptStatus{{Number: 1, Pod: "report-1", Phase: v1alpha1.StepFailed, Reason: v1alpha1.ReasonDeleted}}
	e.proof[firstStart(e.proof, "report")+2].at = at(98).Time
	e.proof[firstStart(e.proof, "report")+3].at = at(101).Time
	expectProblems(t, judge(e), nil)
	e.harm.Lost = nil
	expectProblems(t, judge(e), []string{"succeeded, but its last attempt failed", "Pod report-2", "step publish started before"})
}

func TestRepeatedNeed(t *testing.T) {
	wrong := []string{"step publish started before the successful attempt of report"}
	for name, c := range map[string]struct {
		change func(*evidence)
		want   []string
	}{
		"taken with its node":            {nil, nil},
		"a driver was there":             {func(e *evidence) { e.harm.Drivers[0].To = at(400).Time }, wrong},
		"it was deleted, its node there": {func(e *evidence) { e.harm.Lost = nil; e.hit(deletePod, "report-1") }, wrong},
		"it had not come to its end": {func(e *evidence) {
			i := firstStart(e.proof, "report")
			e.proof[i+1], e.proof[i+2] = e.proof[i+2], e.proof[i+1]
		}, wrong},
	} {
		t.Run(name, func(t *testing.T) {
			e := good(succeeds())
			repeated(&e, "report", "publish")
			h := takenWithNode()
			h.Blows = e.harm.Blows
			e.harm = h
			if c.change != nil {
				c.change(&e)
			}
			j := judged(e)
			expectProblems(t, j.problems, c.want)
			if (j.forgotten["uid-report-1"] == "the successor had started, and both ran again") != (c.want == nil) {
				t.Errorf("forgotten are %v", j.forgotten)
			}
		})
	}
}

// TestRecordedNeed: left1 was written down before the Pod of left2 was created, whatever happened to its own, because left2 has a
// condition. So it is not repeated.
func TestRecordedNeed(t *testing.T) {
	e := good(succeeds())
	repeated(&e, "left1", "left2")
	h := takenWithNode()
	h.Blows = e.harm.Blows
	e.harm = h
	expectProblems(t, judge(e), []string{"step left2 started before the successful attempt of left1"})
}
