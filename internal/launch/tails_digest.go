package launch

import (
	"slices"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logview"
)

// logEnd is how a log ended.
type logEnd struct {
	container string
	lines     []string
}

// keepLast keeps the last lines of a log that was shown, until it is clear that its attempt did not fail.
func (v *view) keepLast(o logview.Origin, s *logview.Shown) {
	if lines := s.LastLines(); len(lines) > 0 {
		key := attemptKey{o.Step, o.Attempt}
		before := slices.DeleteFunc(v.ends[key], func(e logEnd) bool { return e.container == o.Container })
		v.ends[key] = append(before, logEnd{o.Container, lines})
	}
}

// forget drops the last lines of an attempt that succeeded: a run may have ten thousand of them.
func (v *view) forget(step string, a v1alpha1.AttemptStatus) {
	if a.Phase == v1alpha1.StepSucceeded {
		delete(v.ends, attemptKey{step, a.Number})
	}
}

// tails are the last lines of the logs of steps that failed, by step: those of main that were shown, or of the container that
// ended last where main wrote nothing, or else what the record has.
func (v *view) tails(record *v1alpha1.Record) map[string][]string {
	out := recordTails(record)
	for i := range v.run.Steps {
		s := &v.run.Steps[i]
		if s.Phase != v1alpha1.StepFailed || len(s.Attempts) == 0 {
			continue
		}
		ends := v.ends[attemptKey{s.Name, s.Attempts[len(s.Attempts)-1].Number}]
		for _, end := range ends {
			out[s.Name] = end.lines
			if end.container == v1alpha1.MainContainer {
				break
			}
		}
	}
	return out
}

// recordTails are the last lines of steps that failed, as the record has them.
func recordTails(record *v1alpha1.Record) map[string][]string {
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
