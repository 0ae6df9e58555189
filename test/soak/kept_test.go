package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// seenOf is evidence as a soak sees it.
func seenOf(e evidence) seen {
	var proof strings.Builder
	for _, l := range e.proof {
		fmt.Fprintf(&proof, "%s %s %d %s %s %s %d %s\n", l.what, l.step, l.attempt, l.pod, l.uid, orElse(l.node, "node-1"), l.at.Unix(), l.word)
	}
	return seen{code: e.code, atVerdict: e.run, run: e.run, proof: proof.String()}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// TestKeptIsJudgedAgain: what is judged from the file is what would be judged from memory, with all that the judge goes by.
func TestKeptIsJudgedAgain(t *testing.T) {
	harmed := good(succeeds())
	harmed.before("left2", v1alpha1.ReasonDeleted, saidStart, "term")
	harmed.hit(deletePod, "left2-1")
	unharmed := good(failsLate())
	unharmed.before("left1", v1alpha1.ReasonDeleted, saidStart, "term")
	late := seenOf(good(heals()))
	late.trouble = []string{"it took too long"}
	late.atVerdict.Reason = v1alpha1.ReasonTimeout

	s := sampleStory()
	for i, what := range []seen{seenOf(harmed), seenOf(unharmed), late} {
		s.results[i].seen = what
	}
	s.results[2].order.variant = heals()
	for i, r := range s.results {
		s.results[i].problems, s.results[i].forgotten = judgeAll(r.order.variant, r.seen, harmed.harm)
	}
	folder := t.TempDir()
	if err := keep(folder, s, harmed.harm); err != nil {
		t.Fatal(err)
	}
	again, err := judgeAgain(folder)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := markdown(again), markdown(s); got != want {
		t.Errorf("the report judged again is\n%s\nwant\n%s", got, want)
	}
	for i, want := range []string{"", "for no reason that was given", "it took too long"} {
		if got := strings.Join(again.results[i].problems, "\n"); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("the problems of run %d are %q, want some with %q", i+1, got, want)
		}
	}
	if !slices.ContainsFunc(again.results[2].problems, func(p string) bool { return strings.Contains(p, `the run was "Succeeded"`) }) {
		t.Errorf("the problems of the last run are %q: that its story changed is not among them", again.results[2].problems)
	}
}

func TestNothingKept(t *testing.T) {
	if _, err := judgeAgain(t.TempDir()); err == nil {
		t.Error("a soak that left nothing was judged")
	}
}
