package runlogs

import (
	"slices"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/logview"
)

// logEnd is how a log ended.
type logEnd struct {
	container string
	lines     []string
}

// logEnds are the ends of the logs that were shown, by attempt, in the order in which they came to them.
type logEnds map[status.AttemptKey][]logEnd

// keep keeps the last lines of a log that was shown, until it is clear that its attempt did not fail.
func (e logEnds) keep(o logview.Origin, s *logview.Printer) {
	if lines := s.LastLines(); len(lines) > 0 {
		key := status.AttemptKey{Step: o.Step, Number: o.Attempt}
		before := slices.DeleteFunc(e[key], func(e logEnd) bool { return e.container == o.Container })
		e[key] = append(before, logEnd{o.Container, lines})
	}
}

// forget drops the last lines of an attempt that succeeded: a run may have ten thousand of them.
func (e logEnds) forget(step string, a v1alpha1.AttemptStatus) {
	if a.Phase == v1alpha1.StepSucceeded {
		delete(e, status.AttemptKey{Step: step, Number: a.Number})
	}
}

// of are the last lines of the logs of steps that failed, by step: those of main that were shown, or of the container that
// ended last where main wrote nothing, or else what the record has.
func (e logEnds) of(run v1alpha1.Run, record *record.Record) map[string][]string {
	out := status.LastLines(record)
	for i := range run.Steps {
		s := &run.Steps[i]
		if s.Phase != v1alpha1.StepFailed || len(s.Attempts) == 0 {
			continue
		}
		for _, end := range e[status.AttemptKey{Step: s.Name, Number: s.Attempts[len(s.Attempts)-1].Number}] {
			out[s.Name] = end.lines
			if end.container == v1alpha1.MainContainer {
				break
			}
		}
	}
	return out
}
