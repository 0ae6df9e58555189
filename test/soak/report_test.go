package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func sampleStory() story {
	lost := good(succeeds())
	lost.before("left2", v1alpha1.ReasonNodeLost, saidStart)
	return story{
		about: about{date: "2026-01-02", machine: "2 cores, 24 GiB", kubernetes: "v1.35.4", runs: 3, parallel: 2, seed: 42},
		took:  90 * time.Second,
		results: []result{
			{order: order{name: "soak-01", variant: succeeds()}, took: time.Minute, seen: seen{run: good(succeeds()).run}},
			{order: order{name: "soak-02", variant: failsLate()}, took: time.Minute, seen: seen{run: good(failsLate()).run}},
			{order: order{name: "soak-03", variant: succeeds()}, took: 2 * time.Minute, seen: seen{run: lost.run}},
		},
		deeds: []deed{
			{what: killDriver, target: "soak-01", outcome: "another was at work", after: 10 * time.Second},
			{what: killDriver, target: "soak-02", outcome: "another was at work", after: 20 * time.Second},
			{what: killDriver, target: "soak-03", outcome: "another was at work", after: 30 * time.Second},
			{what: killDriver, target: "a driver", outcome: nothingThere},
			{what: renewKubelet, target: "node-1", outcome: "it was healthy again", after: 4 * time.Second},
			{what: deletePod, target: "p"},
		},
	}
}

func TestMarkdown(t *testing.T) {
	s := sampleStory()
	s.results[0].forgotten = []string{"a successor's Pod proved the success"}
	s.note = "The second run was unlucky."
	got := markdown(s)
	for _, part := range []string{
		"right verdict.**\n\nThe second run was unlucky.\n\n## Results by pipeline\n",
		"on 2026-01-02", "2 cores, 24 GiB", "v1.35.4", "3 runs of 23 steps each, 2 at a time, in 2 minutes", "seed 42",
		"**All 3 runs ended with the right verdict",
		"| succeeds | 2 | Succeeded, 0 | 2 | 43 | 1 | 120 s | 120 s |\n",
		"| fails | 1 | Failed, 1 | 1 | 19 | 0 | 60 s | 60 s |\n",
		"| driver killed (SIGKILL) | 4 | another was at work 3 (median 20 s, longest 30 s); there was none 1 |\n",
		"| kubelet restarted | 1 | it was healthy again 1 (4 s) |\n",
		"| step Pod deleted | 1 | it is not known 1 |\n",
		"before a driver had written it down | 1 | a successor's Pod proved the success 1 |\n",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("the report lacks %q:\n%s", part, got)
		}
	}
}

func TestProblems(t *testing.T) {
	s := sampleStory()
	if got := s.problems(); len(got) != 0 {
		t.Errorf("a good story has the problems %q", got)
	}
	s.results[1].problems = []string{"it is wrong"}
	s.deeds = append(s.deeds, deed{what: blinkNode, target: "node-1", outcome: itFailed})
	got := s.problems()
	if len(got) != 2 || got[0] != "soak-02 (fails): it is wrong" || !strings.Contains(got[1], "node cut off for a moment: node-1: it could not be done") {
		t.Errorf("the problems are %q", got)
	}
	s.results[1].problems = strings.Split("1 2 3 4\n4 5 6 7", " ")
	if got := s.problems()[0]; got != "soak-02 (fails): 1; 2; 3; 4: 4; 5; and 2 more" {
		t.Errorf("many problems are told as %q", got)
	}
	if text := markdown(s); !strings.Contains(text, "**2 things went wrong:**") || strings.Contains(text, "**All ") {
		t.Errorf("the report hides that something went wrong:\n%s", text)
	}
}

// TestShortSoakMissesNothing: each quick disturbance must really have been made.
func TestShortSoakMissesNothing(t *testing.T) {
	s := sampleStory()
	s.short = true
	if got := s.problems(); len(got) != 3 {
		t.Errorf("the problems are %q, want that nothing was stopped, evicted, and no API server was", got)
	}
	for _, a := range shortPlan(0) {
		s.deeds = append(s.deeds, deed{what: a.kind, outcome: "something"})
	}
	if got := s.problems(); len(got) != 0 {
		t.Errorf("a whole short soak has the problems %q", got)
	}
	for i := range s.deeds {
		s.deeds[i].outcome = nothingThere
	}
	if got := s.problems(); len(got) != 6 {
		t.Errorf("a short soak that met nobody has the problems %q, want 6", got)
	}
}
