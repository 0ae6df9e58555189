package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// startsLate lets the first of two attempts of left2 start when the second one has.
func startsLate(e *evidence, seconds int) {
	e.before("left2", v1alpha1.ReasonDeleted)
	i := firstStart(e.proof, "left2")
	e.proof = slices.Insert(e.proof, i+1, line{what: saidStart, step: "left2", attempt: 1, pod: "left2-1", uid: "uid-left2-1",
		node: "node-1", at: at(seconds).Time})
}

// TestLateStart: a program starts although its attempt is over.
func TestLateStart(t *testing.T) {
	wrong := []string{"attempt 1 of step left2 started after attempt 2", `attempt 2 of step left2 said "end" when attempt 1 had started`}
	for name, c := range map[string]struct {
		done    kind
		seconds int // of the start, after the deletion
		want    []string
	}{
		"deleted by force":            {removePod, 4, nil},
		"deleted by force long ago":   {removePod, 40, wrong},
		"deleted by force later":      {removePod, -10, wrong},
		"deleted with a grace":        {deletePod, 4, wrong},
		"evicted":                     {evictPod, 4, append([]string{"for no reason that was given"}, wrong...)},
		"another's deletion by force": {"", 4, append([]string{"for no reason that was given"}, wrong...)},
	} {
		t.Run(name, func(t *testing.T) {
			e := good(succeeds())
			startsLate(&e, c.seconds)
			switch c.done {
			case "":
				e.hit(removePod, "left1-1")
			case evictPod: // the reason that the run tells is Deleted
				e.hit(evictPod, "left1-1")
			default:
				e.hit(c.done, "left2-1")
			}
			expectProblems(t, judge(e), c.want)
		})
	}
}

// TestTakenUnseen: the Pod of publish came to its end on node-1 at 100 s, and its attempt was made again at 300 s.
func TestTakenUnseen(t *testing.T) {
	lost := window{Node: "node-1", From: at(120).Time, To: at(280).Time}
	before, after := spell{"r", "d1", "node-2", at(0).Time, at(101).Time}, spell{"r", "d2", "node-2", at(290).Time, at(400).Time}
	with := func(change func(*harm)) harm {
		h := harm{Lost: []window{lost}, Drivers: []spell{before, after}}
		if change != nil {
			change(&h)
		}
		return h
	}
	wrong := []string{"ran twice, and nobody took its first Pod away"}
	for name, c := range map[string]struct {
		harm harm
		want []string
	}{
		"no driver": {with(nil), nil},
		"a driver that ends at once": {with(func(h *harm) {
			h.Drivers = append(h.Drivers, spell{"r", "d3", "node-2", at(150).Time, at(153).Time})
		}), nil},
		"a driver on the lost node": {with(func(h *harm) {
			h.Drivers[0].Node, h.Drivers[0].To = "node-1", at(290).Time
			h.Lost[0].From = at(101).Time
		}), nil},
		"a driver while the API server is away": {with(func(h *harm) {
			h.Drivers[0].To = at(160).Time
			h.Breaks = []window{{From: at(99).Time, To: at(165).Time}}
		}), nil},
		"a driver that was stopped when it saw the end": {with(func(h *harm) {
			h.Drivers[0].To = at(119).Time
			h.Stops = []spell{{"r", "d1", "node-2", at(101).Time, at(119).Time}}
		}), nil},
		"another driver was stopped": {with(func(h *harm) {
			h.Drivers[0].To = at(119).Time
			h.Stops = []spell{{"r", "d3", "node-2", at(101).Time, at(119).Time}}
		}), wrong},
		"a driver behind a proxy that refuses it": {with(func(h *harm) {
			h.Drivers[0].To = at(160).Time
			h.Breaks = []window{{From: at(99).Time, To: at(105).Time}}
		}), nil},
		"the API server was back long before": {with(func(h *harm) {
			h.Drivers[0].To = at(180).Time
			h.Breaks = []window{{From: at(99).Time, To: at(105).Time}}
		}), wrong},
		"a node without a kubelet": {with(func(h *harm) { h.Lost, h.Headless = nil, h.Lost }), nil},
		"a driver on a node without a kubelet": {with(func(h *harm) {
			h.Lost[0].Node, h.Headless = "node-2", []window{{"node-1", at(101).Time, at(290).Time}}
			h.Drivers[0].Node, h.Drivers[0].To = "node-1", at(290).Time
		}), wrong},
		"another run's driver":                   {with(func(h *harm) { h.Drivers = append(h.Drivers, spell{"q", "d3", "node-2", at(0).Time, at(400).Time}) }), nil},
		"a driver saw the end":                   {with(func(h *harm) { h.Drivers[0].To = at(110).Time }), wrong},
		"a driver saw the Pod":                   {with(func(h *harm) { h.Drivers = append(h.Drivers, spell{"r", "d3", "node-2", at(200).Time, at(400).Time}) }), wrong},
		"another node was lost":                  {with(func(h *harm) { h.Lost[0].Node = "node-2" }), wrong},
		"a node was cut off for a moment":        {with(func(h *harm) { h.Lost, h.Breaks = nil, h.Lost }), wrong},
		"a node was lost, and not for so long":   {with(func(h *harm) { h.Lost[0].From = at(200).Time }), wrong},
		"a node that was back before":            {with(func(h *harm) { h.Lost[0].From, h.Lost[0].To = at(-100).Time, at(90).Time }), wrong},
		"nothing was done, and nobody was there": {harm{}, wrong},
	} {
		t.Run(name, func(t *testing.T) {
			e := good(succeeds())
			e.again("uid-of-another-pod")
			e.run.Metadata.Name, e.harm = "r", c.harm
			for i, seconds := range []int{96, 100, 300, 304} {
				l := &e.of("publish")[i]
				l.at = at(seconds).Time
				if i >= 2 {
					l.node = "node-2"
				}
			}
			e.step("publish").Attempts[0].Node = "node-2"
			expectProblems(t, judge(e), c.want)
		})
	}
}

// TestStranded: the Pod of left2 was given up on node-1, as one whose node does not answer.
func TestStranded(t *testing.T) {
	cut := func(node string, from, to int) window {
		return window{Node: node, From: at(from).Time, To: at(to).Time}
	}
	deleted := func(k kind, seconds int) []blow { return []blow{{k, "left2-1", at(seconds).Time}} }
	lost := []string{"failed as \"NodeLost\" for no reason that was given"}
	for name, c := range map[string]struct {
		blows  []blow
		breaks []window
		want   []string
	}{
		"deleted while its node was cut off":          {deleted(deletePod, 10), []window{cut("node-1", 0, 46)}, nil},
		"evicted while its node was cut off":          {deleted(evictPod, 10), []window{cut("node-1", 0, 46)}, nil},
		"deleted right before":                        {deleted(deletePod, -2), []window{cut("node-1", 0, 46)}, nil},
		"deleted long before":                         {deleted(deletePod, -20), []window{cut("node-1", 0, 46)}, lost},
		"deleted after":                               {deleted(deletePod, 50), []window{cut("node-1", 0, 46)}, lost},
		"deleted by force":                            {deleted(removePod, 10), []window{cut("node-1", 0, 46)}, lost},
		"not deleted":                                 {nil, []window{cut("node-1", 0, 46)}, lost},
		"another one was deleted":                     {[]blow{{deletePod, "left1-1", at(10).Time}}, []window{cut("node-1", 0, 46)}, lost},
		"cut off for too short":                       {deleted(deletePod, 10), []window{cut("node-1", 0, 30)}, lost},
		"another node was cut off":                    {deleted(deletePod, 10), []window{cut("node-2", 0, 46)}, lost},
		"the API server was away, and no node cut":    {deleted(deletePod, 10), []window{cut("", 0, 46)}, lost},
		"deleted, and nothing happened to its node":   {deleted(deletePod, 10), nil, lost},
		"cut off twice for a moment, deleted between": {deleted(deletePod, 30), []window{cut("node-1", 0, 25), cut("node-1", 35, 60)}, lost},
	} {
		t.Run(name, func(t *testing.T) {
			e := good(succeeds())
			e.before("left2", v1alpha1.ReasonNodeLost, saidStart)
			e.harm = harm{Blows: c.blows, Breaks: c.breaks}
			first := &e.step("left2").Attempts[0]
			first.Message, first.StartedAt = "node node-1 does not answer", at(-8)
			expectProblems(t, judge(e), c.want)

			// When its node is back it ends, perhaps while the next attempt runs.
			i := firstStart(e.proof, "left2") + 2
			e.proof = slices.Insert(e.proof, i, line{what: "term", step: "left2", attempt: 1, pod: "left2-1", uid: "uid-left2-1", node: "node-1"})
			if c.want != nil && !e.harm.hit("left2-1", removePod) { // of a container of those nobody waits
				c.want = append(c.want, "when attempt 2 had started")
			}
			expectProblems(t, judge(e), c.want)
		})
	}
}

// expectProblems holds that there are those, each with a part that is wanted.
func expectProblems(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("the problems are %q, want %d: %q", got, len(want), want)
	}
	for i, part := range want {
		if !strings.Contains(got[i], part) {
			t.Errorf("problem %d is %q, want one with %q", i+1, got[i], part)
		}
	}
}

func TestDriven(t *testing.T) {
	h := harm{Drivers: []spell{{"r", "d", "node-1", at(0).Time, at(100).Time}}, Breaks: []window{{"node-1", at(90).Time, time.Time{}}, {"", at(10).Time, at(20).Time}, {"node-2", at(0).Time, at(100).Time}}}
	h.Stops = []spell{{"r", "d", "node-1", at(6).Time, at(8).Time}, {"r", "d", "node-1", at(70).Time, at(92).Time}, {"q", "e", "node-1", at(5).Time, at(95).Time}}
	// From 5 to 95 without 6 to 8, 10 to 20 and a minute more, 70 to 92, and 90 on.
	if got := h.driven("r", at(5).Time, at(95).Time); got != 3*time.Second {
		t.Errorf("the run was driven for %s, want 3 s", got)
	}
	h.Breaks = h.Breaks[2:]
	if got := h.driven("r", at(5).Time, at(95).Time); got != 66*time.Second {
		t.Errorf("the run was driven for %s, want 66 s", got)
	}
}
