package status

import (
	"strings"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logview"
)

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
