package main

import (
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// line returns the line of that kind that a step wrote.
func (e *evidence) line(step, what string) *line {
	lines := e.of(step)
	return &lines[slices.IndexFunc(lines, func(l line) bool { return l.what == what })]
}

// move moves the lines of a step in front of a place.
func (e *evidence) move(step string, to int) {
	lines := slices.Clone(e.of(step))
	e.unsay(step)
	e.proof = slices.Insert(e.proof, to, lines...)
}

// runs lets a step run that should have been skipped.
func (e *evidence) runs(step string) {
	e.step(step).Phase, e.step(step).Reason = v1alpha1.StepSucceeded, ""
	e.attempt(step, v1alpha1.StepSucceeded, "", saidStart, saidEnd)
}

func (e *evidence) skips(step string, reason v1alpha1.Reason) {
	s := e.step(step)
	s.Phase, s.Reason, s.Attempts = v1alpha1.StepSkipped, reason, nil
	e.unsay(step)
}

func TestJudgeResults(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*evidence)
		want   []string
	}{
		"another Pod's": {func(e *evidence) { e.line("clean1", saidGiven).word = "uid-of-another" },
			[]string{`attempt 1 of step clean1 was given "uid-of-another", want "uid-merge-1"`}},
		"not written down": {func(e *evidence) {
			e.proof = slices.DeleteFunc(e.proof, func(l line) bool { return l.step == "left1" && l.what == saidGiven })
		}, []string{"step left1 came to its end, and wrote down 0 times"}},
		"expanded on its way": {func(e *evidence) {
			l := *e.line("left1", saidGiven)
			l.what, l.word = saidGarbled, base64.StdEncoding.EncodeToString([]byte(`"/nowhere" isn't`))
			e.before("left1", v1alpha1.ReasonError, saidStart)
			l.attempt, l.pod, l.uid = 1, "left1-1", "uid-left1-1"
			e.proof = slices.Insert(e.proof, firstStart(e.proof, "left1")+1, l)
		}, []string{"failed as \"Error\" for no reason that was given", `step left1 was given the result "\"/nowhere\" isn't"`}},
		"another than the run tells": {func(e *evidence) {
			e.step("merge").Results["text"] = resultOf("uid-of-another")
		}, []string{"the result of step merge is "}},
		"not in the run": {func(e *evidence) { e.step("merge").Results = nil }, []string{`the result of step merge is ""`}},
		"of an attempt that was made again": {func(e *evidence) {
			e.before("merge", v1alpha1.ReasonDeleted, saidStart, saidEnd)
			e.hit(deletePod, "merge-1")
		}, []string{"the result of step merge is ", "step clean1 was given \"uid-merge-1\", want \"uid-merge-2\"", "step left1 was given"}},
		"of the attempt that counts": {func(e *evidence) {
			e.before("merge", v1alpha1.ReasonDeleted, saidStart, saidEnd)
			e.hit(deletePod, "merge-1")
			e.step("merge").Results["text"] = resultOf("uid-merge-2")
			e.line("clean1", saidGiven).word, e.line("left1", saidGiven).word = "uid-merge-2", "uid-merge-2"
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e := good(succeeds())
			c.change(&e)
			expectProblems(t, judge(e), c.want)
		})
	}
	e := good(isCancelled())
	e.step("merge").Phase, e.step("merge").Reason = v1alpha1.StepCancelled, v1alpha1.ReasonCancelled
	if got := judge(e); !slices.Contains(got, "step merge is Cancelled and has results") {
		t.Errorf("the problems are %q: that a cancelled step has results is not among them", got)
	}
}

func TestJudgeConditions(t *testing.T) {
	for name, c := range map[string]struct {
		variant variant
		change  func(*evidence)
		want    []string
	}{
		"a branch is taken":          {succeeds(), func(e *evidence) { e.runs("detour") }, []string{`step detour is "Succeeded"`, "step left2 started before the successful attempt of detour"}},
		"a branch failed upstream":   {succeeds(), func(e *evidence) { e.step("detour").Reason = v1alpha1.ReasonUpstreamFailed }, []string{`step detour is "Skipped" with reason "UpstreamFailed"`, "step left2 started before"}},
		"for failures, without one":  {succeeds(), func(e *evidence) { e.runs("salvage") }, []string{`step salvage is "Succeeded"`, "salvage, which is for failures, started before"}},
		"not for a failure":          {failsLate(), func(e *evidence) { e.skips("salvage", v1alpha1.ReasonConditionFalse) }, []string{`step salvage is "Skipped"`}},
		"stopped":                    {failsAside(), func(e *evidence) { e.skips("salvage", v1alpha1.ReasonStopped) }, []string{`step salvage is "Skipped"`}},
		"for a failure to come":      {failsLate(), func(e *evidence) { e.move("salvage", firstStart(e.proof, "gather")+1) }, []string{"salvage, which is for failures, started before a step had failed"}},
		"beside the rest":            {failsAside(), func(e *evidence) { e.move("salvage", firstStart(e.proof, "e2")+2) }, nil},
		"a join before its branch":   {succeeds(), func(e *evidence) { e.move("left2", firstStart(e.proof, "left1")+1) }, []string{"step left2 started before the successful attempt of left1"}},
		"no join":                    {succeeds(), func(e *evidence) { e.skips("left2", v1alpha1.ReasonConditionFalse) }, []string{`step left2 is "Skipped"`, "step gather started before the successful attempt of left2"}},
		"cancelled before it begins": {isCancelled(), func(e *evidence) { e.skips("salvage", v1alpha1.ReasonCancelled) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e := good(c.variant)
			c.change(&e)
			expectProblems(t, judge(e), c.want)
		})
	}
}

func TestJudgeFinally(t *testing.T) {
	// cutOff lets publish be cancelled, and its program end when that of tidy has begun.
	cutOff := func(e *evidence) {
		s := e.step("publish")
		s.Phase, s.Reason = v1alpha1.StepCancelled, v1alpha1.ReasonCancelled
		s.Attempts[0].Phase, s.Attempts[0].CreatedAt, s.Attempts[0].FinishedAt = v1alpha1.StepCancelled, at(-60), nil
		e.line("publish", saidEnd).what = "term"
		i := firstStart(e.proof, "tidy")
		e.proof[i-1], e.proof[i] = e.proof[i], e.proof[i-1]
	}
	for name, c := range map[string]struct {
		variant variant
		change  func(*evidence)
		want    []string
	}{
		"skipped by the cancel": {isCancelled(), func(e *evidence) { e.skips("tidy", v1alpha1.ReasonCancelled) }, []string{`step tidy is "Skipped"`}},
		"cancelled itself": {isCancelled(), func(e *evidence) {
			s := e.step("tidy")
			s.Phase, s.Reason, s.Attempts[0].Phase = v1alpha1.StepCancelled, v1alpha1.ReasonCancelled, v1alpha1.StepCancelled
		}, []string{`step tidy is "Cancelled"`}},
		"not under finally": {succeeds(), func(e *evidence) { e.step("tidy").Finally = false }, []string{`step 23 is "tidy" (under finally: false)`}},
		"twice": {succeeds(), func(e *evidence) {
			e.attempt("tidy", v1alpha1.StepSucceeded, "", says(graph()[22], succeeds())...)
		}, []string{"is Succeeded, but another one follows"}},
		"taken away, and again": {succeeds(), func(e *evidence) {
			e.before("tidy", v1alpha1.ReasonEvicted, saidStart, "term")
			e.hit(evictPod, "tidy-1")
		}, nil},
		"another verdict":        {failsLate(), func(e *evidence) { e.line("tidy", saidOutcome).word = "Succeeded" }, []string{`step tidy was given "Succeeded", want "Failed"`}},
		"no verdict":             {heals(), func(e *evidence) { e.line("tidy", saidOutcome).word = "" }, []string{`step tidy was given "", want "Succeeded"`}},
		"before the rest starts": {succeeds(), func(e *evidence) { e.move("tidy", firstStart(e.proof, "publish")) }, []string{`step publish said "end" when tidy had started`}},
		"before the rest ends": {failsLate(), func(e *evidence) { e.move("tidy", firstStart(e.proof, "salvage")+1) },
			[]string{`step salvage said "end" when tidy had started`}},
		"before one that is cancelled": {isCancelled(), cutOff, []string{`step publish said "term" when tidy had started`}},
		"on a node that was lost": {isCancelled(), func(e *evidence) {
			cutOff(e)
			e.harm.Lost = []window{{"node-1", noon, time.Time{}}}
		}, nil},
		"on a node that was given up": {isCancelled(), func(e *evidence) {
			cutOff(e)
			e.harm.Breaks = []window{{"node-1", noon, at(46).Time}}
		}, nil},
		"on a node that was not": {isCancelled(), func(e *evidence) {
			cutOff(e)
			e.harm.Breaks = []window{{"node-1", noon, at(20).Time}}
		}, []string{`step publish said "term" when tidy had started`}},
		"another node was given up": {isCancelled(), func(e *evidence) {
			cutOff(e)
			e.harm.Breaks = []window{{"node-2", noon, at(46).Time}}
		}, []string{`step publish said "term" when tidy had started`}},
		"a node was given up before": {isCancelled(), func(e *evidence) {
			cutOff(e)
			e.harm.Breaks = []window{{"node-1", at(-120).Time, at(-70).Time}}
		}, []string{`step publish said "term" when tidy had started`}},
	} {
		t.Run(name, func(t *testing.T) {
			e := good(c.variant)
			c.change(&e)
			expectProblems(t, judge(e), c.want)
		})
	}
}
