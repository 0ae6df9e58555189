package stdout

import (
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/logfmt"
)

// quietAfter is how long nothing may come of a log for what came to be all that a former driver may have printed: the next
// line may take hours.
const quietAfter = 2 * time.Second

// repeat takes what is to be said of repeats before the next line, if anything is. The output's lock is held.
func (s *Queue) repeat(words string) {
	if words != "" {
		s.buf = logfmt.AppendMark(s.buf, s.Prefix, words)
		if s.repeats = !s.repeats; s.repeats {
			s.out.repeating = append(s.out.repeating, s)
			signal(s.out.wake)
		}
	}
	if s.repeats {
		s.quiet = time.Now().Add(quietAfter)
	}
}

// endRepeats prints, for logs that have been quiet for a while, the mark that repeats are over, and returns when to look again.
func (o *Mux) endRepeats(now time.Time) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	next := time.Hour
	o.repeating = slices.DeleteFunc(o.repeating, func(s *Queue) bool {
		if s.repeats && !now.Before(s.quiet) {
			s.repeat(s.Replay.End())
			s.enqueue()
		}
		if s.repeats {
			next = min(next, s.quiet.Sub(now))
		}
		return !s.repeats
	})
	return next
}
