package record

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
)

// cutSteps are steps as the record keeps them, with at most that many bytes of each attempt's last lines. Where that is less
// than it might be, former attempts, which others have followed, lose theirs first. What was given is not written to.
func cutSteps(steps []v1alpha1.StepStatus, tail int) []v1alpha1.StepStatus {
	out := slices.Clone(steps)
	for i := range out {
		s := &out[i]
		s.Results = nil // they have pieces of their own
		s.Message = cutMessage(s.Message)
		s.Attempts = slices.Clone(s.Attempts)
		for k := range s.Attempts {
			a := &s.Attempts[k]
			a.Message = cutMessage(a.Message)
			if a.Log == nil {
				continue
			}
			log := *a.Log
			a.Log = &log
			if tail < maxTail && k+1 < len(s.Attempts) {
				log.Tail = ""
			}
			log.Tail = cutTail(log.Tail, tail)
		}
	}
	return out
}

// cutMessage keeps the beginning and the end of a message.
func cutMessage(message string) string { return wording.Elide(message, MaxMessage) }

// cutTail keeps the last lines, whole ones unless a single one is too long.
func cutTail(tail string, limit int) string {
	if len(tail) <= limit {
		return tail
	}
	from := len(tail) - limit
	if i := strings.IndexByte(tail[from:], '\n'); tail[from-1] != '\n' && i >= 0 {
		return tail[from+i+1:]
	}
	for from < len(tail) && !utf8.RuneStart(tail[from]) {
		from++
	}
	return tail[from:]
}
