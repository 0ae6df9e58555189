package main

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
	"github.com/stepherd/stepherd/internal/run"
)

func TestOrdersArePipelinesOf23Steps(t *testing.T) {
	names := map[string]int{}
	for _, o := range makeOrders(3, 50, "/proof-of-this-machine") {
		p, err := pipelinefile.Decode(o.name, []byte(o.file))
		if err != nil {
			t.Fatalf("%s: %v\n%s", o.name, err, o.file)
		}
		if len(p.Steps) != 22 || len(p.Finally) != 1 || p.FailurePolicy != o.variant.policy {
			t.Errorf("%s has %d steps, %d under finally, and the policy %s, want 22, 1 and %s",
				o.name, len(p.Steps), len(p.Finally), p.FailurePolicy, o.variant.policy)
		}
		for i := range p.Steps {
			does, policy := o.variant.does[p.Steps[i].Name], v1alpha1.EffectivePolicy(p, &p.Steps[i])
			if (policy.Limit == 1) != (does == failsOnce) || policy.InfraLimit != 100 {
				t.Errorf("%s: step %s, which does %q, has the limits %d and %d", o.name, p.Steps[i].Name, does, policy.Limit, policy.InfraLimit)
			}
		}
		names[o.variant.name]++
	}
	for name, want := range map[string]int{"succeeds": 25, "heals": 10, "fails": 5, "fails, and goes on": 5, "is cancelled": 5} {
		if names[name] != want {
			t.Errorf("%d of 50 runs are of the kind %q, want %d", names[name], name, want)
		}
	}
}

func TestOrdersAreTheSameForTheSameSeed(t *testing.T) {
	text := func(seed uint64) (all string) {
		for _, o := range makeOrders(seed, 10, "/p") {
			all += o.name + o.variant.name + o.file
		}
		return all
	}
	if first, again := text(1), text(1); first != again || first == text(2) {
		t.Error("the runs do not follow their seed")
	}
}

func TestTwoOrdersHealAndFail(t *testing.T) {
	two := makeOrders(9, 2, "/p")
	if len(two) != 2 || two[0].variant.name != "heals" || two[1].variant.name != "fails" {
		t.Errorf("two runs are %+v", two)
	}
}

// TestEndsFollowFromTheFile: what a variant says of its end is what the driver's policy makes of its file, when nothing is harmed.
func TestEndsFollowFromTheFile(t *testing.T) {
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			verdict, ends := played(t, v)
			if verdict.Phase != v.phase || verdict.Reason != v.reason {
				t.Errorf("the run is %q with reason %q, want %q with %q", verdict.Phase, verdict.Reason, v.phase, v.reason)
			}
			for name, got := range ends {
				want, special := v.ends[name]
				if !special {
					want = end{phase: v1alpha1.StepSucceeded}
				}
				cancelled := v.cancelAt != "" && name != "tidy" && got.reason == v1alpha1.ReasonCancelled
				if got != want && !cancelled {
					t.Errorf("step %s is %q with reason %q, want %q with %q", name, got.phase, got.reason, want.phase, want.reason)
				}
			}
		})
	}
}

// played returns how a run of the variant ends where each Pod does at once what its step does.
func played(t *testing.T, v variant) (verdict run.Finish, ends map[string]end) {
	t.Helper()
	p, err := pipelinefile.Decode(v.name, []byte(pipelineText(v, "all", "/proof-of-this-machine", rand.New(rand.NewPCG(1, 1)))))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := run.NewPlan(p, nil, expr.RunInfo{Name: "r"})
	if err != nil {
		t.Fatal(err)
	}
	state, now := run.New(plan), noon
	for events := []run.Event{run.Restored{Now: now}}; len(events) > 0; events = events[1:] {
		var actions []run.Action
		state, actions = run.Next(plan, state, events[0])
		for _, a := range actions {
			now = now.Add(time.Second)
			switch a := a.(type) {
			case run.CreatePod:
				if a.Step == v.cancelAt {
					events = append(events, run.CancelAsked{Now: now})
				}
				events = append(events, run.PodSeen{Now: now, Pod: podOf(v, a)})
			case run.DeletePod:
				gone := run.Pod{Step: a.Step, Attempt: a.Attempt, Name: a.Name, UID: a.UID, Deleting: true}
				events = append(events, run.PodGone{Now: now, Pod: gone})
			case run.SetTimer:
				events = append(events, run.TimerFired{Now: a.At})
			case run.Finish:
				verdict = a
			}
		}
	}
	ends = map[string]end{}
	for i := range state.Len() {
		s := state.Step(i)
		ends[s.Name] = end{s.Phase, s.Reason}
	}
	return verdict, ends
}

// podOf is the Pod of a step when it has done what it does.
func podOf(v variant, a run.CreatePod) run.Pod {
	pod := run.Pod{Step: a.Step, Attempt: a.Attempt, Name: fmt.Sprintf("%s-%d", a.Step, a.Attempt), Node: "node-1", Created: noon, Started: noon}
	pod.UID = "uid-" + pod.Name
	three, none := int32(3), int32(0)
	switch does := v.does[a.Step]; {
	case does == lasts:
		pod.Running = true
	case does == fails || does == failsOnce && a.Attempt == 1:
		pod.Terminal, pod.End, pod.Reason, pod.ExitCode = true, run.EndFailed, v1alpha1.ReasonError, &three
	default:
		pod.Terminal, pod.End, pod.ExitCode, pod.Containers = true, run.EndSucceeded, &none, 1
		if a.Step == "merge" {
			pod.Output = riddle + " " + pod.UID
		}
	}
	return pod
}
