package run

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// conditionOutcomes are ways in which a run comes to the step x, which needs "need".
var conditionOutcomes = []struct{ name, steps, events string }{
	{"succeeded", "step need", "> 1s seen need/1 succeeded terminal"},
	{"failed", "step need", "> 1s seen need/1 failed reason=Error exit=1"},
	{"condition false", "step need when false", ""},
	{"upstream failed", "step root\nstep need needs root", "> 1s seen root/1 failed reason=Error exit=1"},
	{"upstream skipped", "step root when false\nstep need needs root", ""},
	{"another failed", "step other\nstep need", "> 1s seen need/1 running\n> 1s seen other/1 failed reason=Error exit=1"},
	{"need not begun", "step other\nstep root\nstep need needs root", "> 1s seen root/1 running\n> 1s seen other/1 failed reason=Error exit=1"},
	{"cancelled", "step need", "> 1s seen need/1 running\n> 1s cancel"},
	{"timed out", "step need", "> 1s seen need/1 running\n> 60s woke"},
}

// TestConditionTable is the table of failure policies, conditions and outcomes. -update rewrites it.
func TestConditionTable(t *testing.T) {
	conditions := []string{"", "true", "false", "succeeded()", "!succeeded()", "failed()", "!failed()", "always()", "'a'.matches(parameters.bad)"}
	var out strings.Builder
	for _, policy := range []v1alpha1.FailurePolicy{v1alpha1.StopOnFailure, v1alpha1.FailFast, v1alpha1.ContinueOnFailure} {
		fmt.Fprintf(&out, "%-18s", policy)
		for _, o := range conditionOutcomes {
			fmt.Fprintf(&out, " %-18s", o.name)
		}
		for _, when := range conditions {
			fmt.Fprintf(&out, "\n%-18s", strings.TrimSuffix(when, "(parameters.bad)"))
			for _, o := range conditionOutcomes {
				step, _ := conditionOutcome(t, policy, o.steps+"\nstep x needs need", when, o.events)
				fmt.Fprintf(&out, " %-18s", step)
			}
		}
		out.WriteString("\n\n")
	}
	out.WriteString("under finally         ")
	for _, o := range conditionOutcomes {
		fmt.Fprintf(&out, " %-27s", o.name)
	}
	for _, when := range append(conditions, "run.phase == 'Failed'") {
		fmt.Fprintf(&out, "\n%-22s", strings.TrimSuffix(when, "(parameters.bad)"))
		for _, o := range conditionOutcomes {
			step, run := conditionOutcome(t, v1alpha1.FailFast, o.steps+"\nfinally x", when, o.events)
			fmt.Fprintf(&out, " %-27s", step+" "+run)
		}
	}
	got := trimLines(out.String()) + "\n"
	const file = "testdata/conditions.golden"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: %s\n-update shows it all", file, firstDifference(got, string(want)))
	}
}

func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// conditionOutcome plays a run in which all that is not told otherwise succeeds, and returns how x ended, and the run.
func conditionOutcome(t *testing.T, policy v1alpha1.FailurePolicy, steps, when, events string) (step, run string) {
	t.Helper()
	if when != "" {
		steps += " when " + when
	}
	script := fmt.Sprintf("plan %s runTimeout=1m\nparameter bad string \"(\"\n%s\n> began", policy, steps)
	if events != "" {
		script += "\n" + events
	}
	p := &player{t: t}
	for _, line := range strings.Split(script, "\n") {
		p.play(line)
	}
	for {
		f, over := p.state.Verdict()
		if over {
			x, _ := p.state.Index("x")
			st := p.state.Step(x)
			if st.Phase == v1alpha1.StepSucceeded {
				return "runs", string(f.Phase)
			}
			return string(st.Reason), string(f.Phase)
		}
		ended := false
		for i := range p.state.Len() {
			st := p.state.Step(i)
			switch live := st.Phase == v1alpha1.StepPending || st.Phase == v1alpha1.StepRunning; {
			case live && p.state.steps.at(i).latest().killAsked:
				p.play("> gone " + st.Name + "/1 running deleting")
			case live:
				p.play("> seen " + st.Name + "/1 succeeded terminal")
			default:
				continue
			}
			ended = true
			break
		}
		if !ended {
			t.Fatalf("%s: nothing runs, and there is no verdict\n%s", when, p.out.String())
		}
	}
}
