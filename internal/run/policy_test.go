package run

import (
	"slices"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
)

// theRun is a run in which steps are in every place that they can be in when the step "bad" fails.
type theRun struct {
	t     *testing.T
	plan  *Plan
	state State
}

func newRun(t *testing.T, policy v1alpha1.FailurePolicy) *theRun {
	t.Helper()
	p := &v1alpha1.Pipeline{FailurePolicy: policy, Steps: []v1alpha1.Step{
		{Name: "bad"}, {Name: "running"}, {Name: "pending"}, {Name: "asked"}, {Name: "weather"}, {Name: "quota"}, {Name: "done"},
		{Name: "independent", Needs: []string{"running"}},
		{Name: "child", Needs: []string{"bad"}},
		{Name: "grandchild", Needs: []string{"child"}},
		{Name: "both", Needs: []string{"running", "grandchild"}},
	}}
	plan, err := NewPlan(p, nil, expr.RunInfo{})
	if err != nil {
		t.Fatal(err)
	}
	r := &theRun{t: t, plan: plan, state: New(plan)}
	r.feed(0, Restored{})
	r.feed(1, PodSeen{Pod: aPod("bad", func(p *Pod) { p.Running = true })})
	r.feed(1, PodSeen{Pod: aPod("running", func(p *Pod) { p.Running = true })})
	r.feed(1, PodSeen{Pod: aPod("pending", nil)})
	r.feed(1, PodSeen{Pod: aPod("done", func(p *Pod) { p.End, p.Terminal = EndSucceeded, true })})
	r.feed(1, CreateFailed{Step: "weather", Attempt: 1, Class: CreateTransient})
	r.feed(1, CreateFailed{Step: "quota", Attempt: 1, Class: CreateQuota})
	return r
}

func aPod(step string, how func(*Pod)) Pod {
	pod := Pod{Step: step, Attempt: 1, Name: "pod-" + step, UID: "uid-" + step}
	if how != nil {
		how(&pod)
	}
	return pod
}

// feed gives an event so many seconds after the start, and shows the actions.
func (r *theRun) feed(second int, e Event) []string {
	r.t.Helper()
	var actions []Action
	r.state, actions = Next(r.plan, r.state, at(e, clock(time.Duration(second)*time.Second)))
	var shown []string
	for _, a := range actions {
		shown = append(shown, show(a))
	}
	return shown
}

func (r *theRun) expect(want map[string]string) {
	r.t.Helper()
	for i := range r.state.count() {
		st := r.state.Step(i)
		got := string(st.Phase)
		if st.Reason != "" {
			got += "/" + string(st.Reason)
		}
		if got != want[st.Name] {
			r.t.Errorf("%s is %s, want %s", st.Name, got, want[st.Name])
		}
	}
}

var failed = aPod("bad", func(p *Pod) { p.End, p.Terminal, p.Reason = EndFailed, true, v1alpha1.ReasonError })

// TestFailurePolicies is the table of the failure policies, with every place that a step can be in. One whose create is
// unanswered counts as running; one whose create waits to be tried again does not.
func TestFailurePolicies(t *testing.T) {
	for _, row := range []struct {
		policy  v1alpha1.FailurePolicy
		actions []string
		phases  map[string]string
	}{
		{v1alpha1.StopOnFailure, nil, map[string]string{
			"bad": "Failed/Error", "done": "Succeeded",
			"running": "Running", "pending": "Pending", "asked": "Pending", "weather": "Skipped/Stopped", "quota": "Skipped/Stopped",
			"independent": "Skipped/Stopped",
			"child":       "Skipped/UpstreamFailed", "grandchild": "Skipped/UpstreamFailed", "both": "Skipped/UpstreamFailed",
		}},
		{v1alpha1.FailFast, []string{"delete running/1 (pod-running, uid-running)", "delete pending/1 (pod-pending, uid-pending)"}, map[string]string{
			"bad": "Failed/Error", "done": "Succeeded",
			"running": "Running", "pending": "Pending", "asked": "Pending", "weather": "Skipped/Stopped", "quota": "Skipped/Stopped",
			"independent": "Skipped/Stopped",
			"child":       "Skipped/UpstreamFailed", "grandchild": "Skipped/UpstreamFailed", "both": "Skipped/UpstreamFailed",
		}},
		// The terminal phase of bad gives quota another chance.
		{v1alpha1.ContinueOnFailure, []string{"create weather/1", "create quota/1"}, map[string]string{
			"bad": "Failed/Error", "done": "Succeeded",
			"running": "Running", "pending": "Pending", "asked": "Pending", "weather": "Pending", "quota": "Pending",
			"independent": "Waiting",
			"child":       "Skipped/UpstreamFailed", "grandchild": "Skipped/UpstreamFailed", "both": "Skipped/UpstreamFailed",
		}},
	} {
		t.Run(string(row.policy), func(t *testing.T) {
			r := newRun(t, row.policy)
			if got := r.feed(2, PodSeen{Pod: failed}); !slices.Equal(got, row.actions) {
				t.Errorf("got %q, want %q", got, row.actions)
			}
			r.expect(row.phases)
		})
	}
}

// TestHowRunsEnd ends the runs of the table.
func TestHowRunsEnd(t *testing.T) {
	live := []string{"running", "pending", "asked"}
	for _, row := range []struct {
		name   string
		policy v1alpha1.FailurePolicy
		event  Event
		end    func(*Pod)
		gone   bool
		want   string
		finish string
	}{
		{"what runs succeeds", v1alpha1.StopOnFailure, PodSeen{Pod: failed}, func(p *Pod) { p.End, p.Terminal = EndSucceeded, true }, false,
			"Succeeded", `finish Failed StepFailed step "bad" failed: Error`},
		{"what runs fails", v1alpha1.StopOnFailure, PodSeen{Pod: failed}, func(p *Pod) { p.End, p.Terminal = EndFailed, true }, false,
			"Failed/Error", `finish Failed StepFailed step "bad" failed: Error (and 3 more steps failed)`},
		{"fail fast", v1alpha1.FailFast, PodSeen{Pod: failed}, nil, true,
			"Cancelled/Stopped", `finish Failed StepFailed step "bad" failed: Error`},
		{"fail fast, succeeded first", v1alpha1.FailFast, PodSeen{Pod: failed}, func(p *Pod) { p.End, p.Terminal = EndSucceeded, true }, false,
			"Succeeded", `finish Failed StepFailed step "bad" failed: Error`},
		{"cancel", v1alpha1.ContinueOnFailure, CancelAsked{}, nil, true,
			"Cancelled/Cancelled", "finish Cancelled Cancelled cancelled when 1 of 11 steps had succeeded"},
		{"cancel, ended by it", v1alpha1.ContinueOnFailure, CancelAsked{}, func(p *Pod) { p.End, p.Terminal, p.Deleting = EndFailed, true, true }, false,
			"Cancelled/Cancelled", "finish Cancelled Cancelled cancelled when 1 of 11 steps had succeeded"},
		{"cancel, exit 0 when asked to end", v1alpha1.ContinueOnFailure, CancelAsked{}, func(p *Pod) { p.End, p.Terminal, p.Deleting = EndSucceeded, true, true }, false,
			"Cancelled/Cancelled", "finish Cancelled Cancelled cancelled when 1 of 11 steps had succeeded"},
		{"cancel, failed first", v1alpha1.ContinueOnFailure, CancelAsked{}, func(p *Pod) { p.End, p.Terminal = EndFailed, true }, false,
			"Failed/Error", "finish Cancelled Cancelled cancelled when 1 of 11 steps had succeeded"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRun(t, row.policy)
			r.feed(2, row.event)
			last := r.feed(3, PodGone{Pod: failed})
			for _, step := range live {
				r.feed(3, PodSeen{Pod: aPod(step, nil)})
			}
			for _, step := range live {
				if row.gone {
					last = r.feed(4, PodGone{Pod: aPod(step, row.end)})
				} else {
					last = r.feed(4, PodSeen{Pod: aPod(step, row.end)})
				}
			}
			for i, step := range []string{"running", "pending", "asked"} {
				st := r.state.Step(i + 1)
				if got := string(st.Phase) + "/" + string(st.Reason); st.Name != step || got != row.want && got != row.want+"/" {
					t.Errorf("%s is %s, want %s", st.Name, got, row.want)
				}
			}
			if len(last) != 1 || last[0] != row.finish {
				t.Errorf("got %q, want %q", last, row.finish)
			}
		})
	}
}
