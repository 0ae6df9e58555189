package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

const (
	// maxIndent is how many levels the tree indents; deeper steps stay there and name what they need.
	maxIndent = 12
	// maxNeeds is how many needs a line names.
	maxNeeds = 3
	// nameWidth and nodeWidth are how wide long names may make their columns.
	nameWidth = 48
	nodeWidth = 40
)

// Tree writes one run: its head, then every step on a line of its own, indented under the last of the steps that
// it needs, then the reasons that are too long for a line of the table, then of each failed step the last lines of its log, which
// are tails by step.
func Tree(w io.Writer, run v1alpha1.Run, tails map[string][]string, o Options) error {
	if err := writeHead(w, run, o); err != nil {
		return err
	}
	if len(run.Steps) == 0 {
		return nil
	}
	rows := [][]cell{{{text: "STEP"}, {text: "PHASE"}, {text: "TOOK"}, {text: "NODE"}, {text: "DETAILS"}}}
	var long longReasons
	for _, p := range place(run.Steps) {
		rows = append(rows, stepRow(&run.Steps[p.step], p, o, &long))
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	if err := (columns{limits: []int{nameWidth, 0, 0, nodeWidth}, color: o.Color}).write(w, rows); err != nil {
		return err
	}
	if err := long.write(w); err != nil {
		return err
	}
	return writeTails(w, run, tails, o)
}

func writeTails(w io.Writer, run v1alpha1.Run, tails map[string][]string, o Options) error {
	var b strings.Builder
	for i := range run.Steps {
		if s := &run.Steps[i]; s.Phase == v1alpha1.StepFailed && len(tails[s.Name]) > 0 {
			b.WriteString("\n" + red.paint("the end of the log of "+s.Name+":", o.Color) + "\n")
			writeTail(&b, tails[s.Name])
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeHead(w io.Writer, run v1alpha1.Run, o Options) error {
	first := []cell{{text: "run " + run.Metadata.Name}, {text: string(run.Phase), color: runColor(run.Phase)}}
	if took := span(run.StartedAt, run.FinishedAt, o.Now); took != "" {
		first = append(first, cell{text: took})
	}
	if err := (columns{color: o.Color}).write(w, [][]cell{first}); err != nil {
		return err
	}
	var rows [][]cell
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, []cell{{text: "  " + key}, {text: value}})
		}
	}
	add("pipeline", run.Pipeline)
	add("namespace", run.Metadata.Namespace)
	if run.CreatedAt != nil {
		add("created", fmt.Sprintf("%s (%s ago)", run.CreatedAt.UTC().Format(time.RFC3339), age(run.CreatedAt, o.Now)))
	}
	add("parameters", valuesText(run.Parameters))
	add("steps", Counts(run.Steps))
	add("why", runWhy(run))
	return columns{color: o.Color}.write(w, rows)
}

// phaseOrder is the order in which Counts names the phases.
var phaseOrder = []v1alpha1.StepPhase{
	v1alpha1.StepSucceeded, v1alpha1.StepFailed, v1alpha1.StepCancelled, v1alpha1.StepSkipped,
	v1alpha1.StepRunning, v1alpha1.StepPending, v1alpha1.StepWaiting,
}

// Counts says how many steps there are and how many are in each phase: `7: 3 Succeeded, 4 Waiting`.
func Counts(steps []v1alpha1.StepStatus) string {
	if len(steps) == 0 {
		return ""
	}
	n := map[v1alpha1.StepPhase]int{}
	for i := range steps {
		n[steps[i].Phase]++
	}
	var parts []string
	for _, p := range phaseOrder {
		if n[p] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[p], p))
		}
	}
	return fmt.Sprintf("%d: %s", len(steps), strings.Join(parts, ", "))
}

func stepRow(s *v1alpha1.StepStatus, p placed, o Options, long *longReasons) []cell {
	name := strings.Repeat("  ", min(p.depth, maxIndent)) + s.Name
	took, node := "", ""
	if n := len(s.Attempts); n > 0 {
		took, node = stepTook(s, o.Now), s.Attempts[n-1].Node
	}
	return []cell{
		{text: name},
		{text: string(s.Phase), color: stepColor(s.Phase)},
		{text: took},
		{text: node},
		{text: details(s, p, long), color: detailColor(s.Phase)},
	}
}

func detailColor(p v1alpha1.StepPhase) color {
	if p == v1alpha1.StepFailed {
		return red
	}
	return faint
}

// stepTook is the time from main's first start to its last end; of a step that has not started, the time since its
// Pod was created.
func stepTook(s *v1alpha1.StepStatus, now time.Time) string {
	first, last := s.Attempts[0], s.Attempts[len(s.Attempts)-1]
	for _, a := range s.Attempts {
		if a.StartedAt != nil && a.StartedAt.Unix() != 0 {
			first = a
			break
		}
	}
	if t := span(first.StartedAt, last.FinishedAt, now); t != "" {
		return t
	}
	if s.Phase.Ended() {
		return ""
	}
	return span(first.CreatedAt, nil, now)
}

func details(s *v1alpha1.StepStatus, p placed, long *longReasons) string {
	var parts []string
	if n := len(s.Attempts); n > 1 {
		parts = append(parts, fmt.Sprintf("attempt %d", n))
	}
	w := long.fit(s)
	if w != "" {
		parts = append(parts, w)
	}
	if n := len(s.Attempts); n > 0 {
		for _, end := range s.Attempts[n-1].Containers {
			if message := Line(end.Message); !strings.Contains(w+Line(s.Message), message) {
				parts = append(parts, message)
			}
		}
	}
	if results := valuesText(s.Results); results != "" {
		parts = append(parts, results)
	}
	if needs := otherNeeds(s.Needs, p); needs != "" {
		parts = append(parts, needs)
	}
	if s.Finally {
		parts = append(parts, "finally")
	}
	return strings.Join(parts, "; ")
}

// Why is the reason, exit code and message of a step, or of its latest attempt where the step has none of its own:
// `Error, exit code 3: no such file`.
func Why(s *v1alpha1.StepStatus) string { return why(reasonOf(s)) }

// reasonOf is the reason of a step, with its exit code, and the message.
func reasonOf(s *v1alpha1.StepStatus) (reason, message string) {
	reason, message = string(s.Reason), s.Message
	var code *int32
	if n := len(s.Attempts); n > 0 {
		last := s.Attempts[n-1]
		code = last.ExitCode
		if reason == "" {
			reason = string(last.Reason)
		}
		if message == "" {
			message = last.Message
		}
	}
	if s.Phase == v1alpha1.StepSucceeded {
		return "", ""
	}
	if reason == string(s.Phase) {
		reason = "" // Cancelled, because Cancelled
	}
	if code != nil && *code != 0 {
		if text := fmt.Sprintf("exit code %d", *code); !strings.Contains(message, text) {
			reason = strings.TrimPrefix(reason+", "+text, ", ")
		}
	}
	return reason, message
}

// otherNeeds names the needs that the indentation does not show.
func otherNeeds(needs []string, p placed) string {
	rest, word := make([]string, 0, len(needs)), "also needs "
	for _, n := range needs {
		if n != p.parent || p.depth > maxIndent {
			rest = append(rest, n)
		}
	}
	if len(rest) == len(needs) {
		word = "needs "
	}
	switch {
	case len(rest) == 0:
		return ""
	case len(rest) > maxNeeds+1:
		return fmt.Sprintf("%s%s and %d more", word, strings.Join(rest[:maxNeeds], ", "), len(rest)-maxNeeds)
	}
	return word + strings.Join(rest, ", ")
}
