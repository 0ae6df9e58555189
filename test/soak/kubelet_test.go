package main

import (
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// TestDeafKubelet: left2 never started on node-1, and its deletion was not carried out.
func TestDeafKubelet(t *testing.T) {
	wrong := []string{"failed as \"NodeLost\" for no reason that was given"}
	started := func(a *v1alpha1.AttemptStatus) { a.StartedAt = at(8) }
	for name, c := range map[string]struct {
		blow   blow
		breaks []window
		change func(*v1alpha1.AttemptStatus)
		want   []string
	}{
		"the API server had been away": {blow{deletePod, "left2-1", at(10).Time}, []window{{"", at(-30).Time, at(0).Time}}, nil, nil},
		"its node had been cut off":    {blow{evictPod, "left2-1", at(10).Time}, []window{{"node-1", at(-30).Time, at(0).Time}}, nil, nil},
		"another node had been":        {blow{deletePod, "left2-1", at(10).Time}, []window{{"node-2", at(-30).Time, at(0).Time}}, nil, wrong},
		"that was long ago":            {blow{deletePod, "left2-1", at(70).Time}, []window{{"", at(-30).Time, at(0).Time}}, nil, wrong},
		"nothing had been":             {blow{deletePod, "left2-1", at(10).Time}, nil, nil, wrong},
		"another one was deleted":      {blow{deletePod, "left1-1", at(10).Time}, []window{{"", at(-30).Time, at(0).Time}}, nil, wrong},
		"deleted by force":             {blow{removePod, "left2-1", at(10).Time}, []window{{"", at(-30).Time, at(0).Time}}, nil, wrong},
		"it had started":               {blow{deletePod, "left2-1", at(10).Time}, []window{{"", at(-30).Time, at(0).Time}}, started, wrong},
	} {
		t.Run(name, func(t *testing.T) {
			e := good(succeeds())
			e.before("left2", v1alpha1.ReasonNodeLost)
			first := &e.step("left2").Attempts[0]
			first.Message, first.CreatedAt, first.StartedAt, first.FinishedAt = "node node-1 does not answer", at(5), nil, nil
			if c.change != nil {
				c.change(first)
			}
			e.harm = harm{Blows: []blow{c.blow}, Breaks: c.breaks}
			expectProblems(t, judge(e), c.want)
		})
	}
}

// TestEndedBeforeItsNodeWasLost: left2 was deleted and ended at -4 s, and the taint manager reported that it went with its node,
// because that it had ended could not be reported any more.
func TestEndedBeforeItsNodeWasLost(t *testing.T) {
	wrong := []string{"failed as \"NodeLost\" for no reason that was given"}
	for name, c := range map[string]struct {
		deleted string
		at      int
		lost    string
		want    []string
	}{
		"right before":          {"left2-1", -4, "node-1", nil},
		"long before":           {"left2-1", -20, "node-1", wrong},
		"another one":           {"left1-1", -4, "node-1", wrong},
		"another node was lost": {"left2-1", -4, "node-2", wrong},
		"no node was lost":      {"left2-1", -4, "", wrong},
	} {
		t.Run(name, func(t *testing.T) {
			e := good(succeeds())
			e.before("left2", v1alpha1.ReasonNodeLost, saidStart, "term")
			first := &e.step("left2").Attempts[0]
			first.Message, first.CreatedAt, first.FinishedAt = "Taint manager: deleting due to NoExecute taint", at(-9), at(-4)
			e.harm.Blows = []blow{{deletePod, c.deleted, at(c.at).Time}}
			e.harm.Breaks = []window{{"node-1", at(-45).Time, at(0).Time}} // it was cut off before, and the Pod is not of that time
			if c.lost != "" {
				e.harm.Lost = []window{{c.lost, at(0).Time, at(160).Time}}
			}
			expectProblems(t, judge(e), c.want)
		})
	}
}

// TestStartBrokenOff: left2 was not started on node-1, between 10 and 20 s.
func TestStartBrokenOff(t *testing.T) {
	wrong := []string{"failed as \"NodeLost\" for no reason that was given"}
	for name, c := range map[string]struct {
		restart window
		change  func(*v1alpha1.AttemptStatus)
		want    []string
	}{
		"its kubelet was restarted":     {window{"node-1", at(15).Time, at(16).Time}, nil, nil},
		"another kubelet was":           {window{"node-2", at(15).Time, at(16).Time}, nil, wrong},
		"the API server was away":       {window{"", at(15).Time, at(16).Time}, nil, wrong},
		"it was before":                 {window{"node-1", at(5).Time, at(6).Time}, nil, wrong},
		"it was after":                  {window{"node-1", at(25).Time, at(26).Time}, nil, wrong},
		"it had started":                {window{"node-1", at(15).Time, at(16).Time}, func(a *v1alpha1.AttemptStatus) { a.StartedAt = at(12) }, wrong},
		"the run says something else":   {window{"node-1", at(15).Time, at(16).Time}, func(a *v1alpha1.AttemptStatus) { a.Message = "node node-1 does not answer" }, wrong},
		"it failed, and was not broken": {window{"node-1", at(15).Time, at(16).Time}, func(a *v1alpha1.AttemptStatus) { a.Reason = v1alpha1.ReasonStartFailed }, []string{`failed as "StartFailed"`}},
	} {
		t.Run(name, func(t *testing.T) {
			e := good(succeeds())
			e.before("left2", v1alpha1.ReasonNodeLost)
			first := &e.step("left2").Attempts[0]
			first.StartedAt = nil
			first.Message, first.CreatedAt, first.FinishedAt = "main was not started, because the kubelet was restarted", at(10), at(20)
			if c.change != nil {
				c.change(first)
			}
			e.harm.Breaks = []window{c.restart}
			expectProblems(t, judge(e), c.want)
		})
	}
}
