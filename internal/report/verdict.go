package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Verdict writes how a run ended: the steps that did not run and why, each failed step with the last lines of its log,
// and one line for the whole. tails are the last lines by step; a step without is shown without.
func Verdict(w io.Writer, run v1alpha1.Run, tails map[string][]string, o Options) error {
	var b strings.Builder
	for i := range run.Steps {
		if s := &run.Steps[i]; s.Phase == v1alpha1.StepSkipped || s.Phase == v1alpha1.StepCancelled {
			head := fmt.Sprintf("%s %s", s.Phase, s.Name)
			fmt.Fprintf(&b, "%s\n", stepColor(s.Phase).paint(joinWhy(head, Why(s)), o.Color))
		}
	}
	for i := range run.Steps {
		if s := &run.Steps[i]; s.Phase == v1alpha1.StepFailed {
			digest(&b, s, tails[s.Name], o)
		}
	}
	b.WriteString(VerdictLine(run, o))
	_, err := io.WriteString(w, b.String())
	return err
}

func joinWhy(head, why string) string {
	if why == "" {
		return head
	}
	return head + ": " + why
}

func digest(b *strings.Builder, s *v1alpha1.StepStatus, tail []string, o Options) {
	head := joinWhy("Failed "+s.Name, Why(s))
	if len(tail) == 0 {
		fmt.Fprintf(b, "%s\n", red.paint(head, o.Color))
		return
	}
	fmt.Fprintf(b, "%s; the end of its log:\n", red.paint(head, o.Color))
	writeTail(b, tail)
}

// writeTail writes the last lines of a log, which are fit for any terminal.
func writeTail(b *strings.Builder, tail []string) {
	for _, line := range tail {
		b.WriteString("    " + line + "\n")
	}
}

// VerdictLine is a run's end, or its state, in one line: `run iris-x7k2p Failed after 2m10s: StepFailed: ...`.
func VerdictLine(run v1alpha1.Run, o Options) string {
	line := "run " + run.Metadata.Name + " " + runColor(run.Phase).paint(string(run.Phase), o.Color)
	if run.Phase.Ended() {
		if took := span(run.StartedAt, run.FinishedAt, o.Now); took != "" {
			line += " after " + took
		}
	}
	return joinWhy(line, runWhy(run)) + "\n"
}
