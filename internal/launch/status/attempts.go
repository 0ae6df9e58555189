package status

import (
	"fmt"
	"strings"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logview"
)

// AttemptKey names an attempt of a run.
type AttemptKey struct {
	Step   string
	Number int
}

// Title is a step's name, with the attempt's number from the second on.
func Title(step string, attempt int) string {
	return logview.Origin{Step: step, Attempt: attempt}.Title()
}

// Begun reports whether there is, or was, a main whose log can be read. A container that could not be started has 1970.
func Begun(a v1alpha1.AttemptStatus) bool { return a.StartedAt != nil && a.StartedAt.Unix() > 0 }

// Over reports whether main has ended, even if it is not yet clear how.
func Over(a v1alpha1.AttemptStatus) bool { return a.FinishedAt != nil || a.Phase.Ended() }

// AttemptsByKey are all attempts of steps.
func AttemptsByKey(steps []v1alpha1.StepStatus) map[AttemptKey]v1alpha1.AttemptStatus {
	out := map[AttemptKey]v1alpha1.AttemptStatus{}
	for i := range steps {
		for _, a := range steps[i].Attempts {
			out[AttemptKey{Step: steps[i].Name, Number: a.Number}] = a
		}
	}
	return out
}

// StepList is `step "a"`, or `step "a" and 3 others`.
func StepList(steps []string) string {
	head := fmt.Sprintf("step %q", steps[0])
	switch n := len(steps) - 1; n {
	case 0:
		return head
	case 1:
		return head + " and 1 other"
	default:
		return fmt.Sprintf("%s and %d others", head, n)
	}
}

// MainLast orders the containers of a Pod that began at the same time: main comes behind the others.
func MainLast(container string) int {
	if container == v1alpha1.MainContainer {
		return 1
	}
	return 0
}

// LastLines are the last lines of steps that failed, as the record has them.
func LastLines(record *record.Record) map[string][]string {
	out := map[string][]string{}
	if record == nil {
		return out
	}
	for i := range record.Steps {
		s := &record.Steps[i]
		if s.Phase != v1alpha1.StepFailed || len(s.Attempts) == 0 {
			continue
		}
		if last := s.Attempts[len(s.Attempts)-1].Log; last != nil && last.Tail != "" {
			for line := range strings.Lines(last.Tail) {
				out[s.Name] = append(out[s.Name], logview.Quiet([]byte(strings.TrimSuffix(line, "\n"))))
			}
		}
	}
	return out
}
