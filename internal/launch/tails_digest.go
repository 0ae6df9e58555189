package launch

import (
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// keepLast keeps the last lines of a log that was shown.
func (v *view) keepLast(o origin, s *shown) {
	if lines := s.last.lines(); len(lines) > 0 {
		v.ends[o] = lines
	}
}

// tails are the last lines of the logs of steps that failed, by step: those of main that were shown, or of another container
// where main wrote nothing, or else what the record has.
func (v *view) tails(record *v1alpha1.Record) map[string][]string {
	out := recordTails(record)
	for i := range v.run.Steps {
		s := &v.run.Steps[i]
		if s.Phase != v1alpha1.StepFailed || len(s.Attempts) == 0 {
			continue
		}
		last := s.Attempts[len(s.Attempts)-1].Number
		lines := v.ends[origin{s.Name, last, v1alpha1.MainContainer}]
		for o, other := range v.ends {
			if len(lines) == 0 && o.step == s.Name && o.attempt == last {
				lines = other
			}
		}
		if len(lines) > 0 {
			out[s.Name] = lines
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
				out[s.Name] = append(out[s.Name], quiet([]byte(strings.TrimSuffix(line, "\n"))))
			}
		}
	}
	return out
}
