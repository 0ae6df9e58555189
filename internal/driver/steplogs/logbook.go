package steplogs

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/stdout"
	"github.com/stepherd/stepherd/internal/logs"
)

const (
	// keepWithin is how long a line that is safe on stdout may wait before the record is told how far its log is: with what
	// else it takes (askEvery, the write) a driver that follows repeats about the last second.
	keepWithin = 800 * time.Millisecond
	// A log that the record does not know, and that has few lines, has littleWithin: the end of a short step, which is
	// told anyway, mostly comes before that. Otherwise each step of a chain would cost a request more.
	littleWithin = 2 * time.Second
	littleLines  = 20
	// firstWithin is how long the record may lack a log's first line: a reader who meets that line waits for the record's word
	// on it. The end of the step that wrote it at its end is mostly known by then, and goes with it.
	firstWithin = 600 * time.Millisecond
)

// AttemptOf names an attempt by the place of its step and its number.
type AttemptOf struct{ Step, Number int }

// Piece returns the number of the record's piece that has the attempt.
func (a AttemptOf) Piece() int { return a.Step / record.StepsPerPiece }

// Book is how far the logs of attempts are printed, and what of it the record knows. The loop alone uses it. An attempt
// leaves it when the record has all of it.
type Book map[AttemptOf]*attemptLog

// attemptLog is what is known of an attempt's log.
type attemptLog struct {
	at    map[string]logs.Position // by container
	lines map[string]int           // that this driver has printed
	open  map[string]bool          // the containers whose logs are not wholly printed
	first map[string]time.Time     // stamps of first lines; made anew, never changed
	tail  string
	// exact is set if this driver prints nothing more or, until it prints, if the previous one printed nothing more.
	exact bool

	now   *v1alpha1.LogStatus // for the record; made anew, never changed; nil when something has changed
	kept  *v1alpha1.LogStatus // as now was when the record was written last
	since time.Time           // since when the record lacks lines; zero when it does not
	lacks time.Time           // since when it lacks a first line
}

// of gives the attempt's log, and makes it.
func (b Book) of(a AttemptOf) *attemptLog {
	if b[a] == nil {
		b[a] = &attemptLog{at: map[string]logs.Position{}, lines: map[string]int{}, open: map[string]bool{}}
	}
	return b[a]
}

// opened notes that a container's log is being read.
func (g *attemptLog) opened(container string) { g.open[container], g.now = true, nil }

// Close notes that this driver prints nothing more, nor has printed anything of the attempts whose logs it does not know.
func (b Book) Close(steps []v1alpha1.StepStatus) {
	for i, step := range steps {
		if n := len(step.Attempts); n > 0 && !step.Attempts[n-1].Phase.Ended() {
			b.of(AttemptOf{Step: i, Number: step.Attempts[n-1].Number})
		}
	}
	for _, g := range b {
		g.exact, g.now = true, nil
	}
}

// began notes the first line of a container's log.
func (g *attemptLog) began(container string, at, now time.Time) {
	first := maps.Clone(g.first)
	if first == nil {
		first = map[string]time.Time{}
	}
	first[container] = at.UTC()
	g.first, g.now = first, nil
	if g.lacks.IsZero() {
		g.lacks = now
	}
}

// printed notes how far a container's log is printed.
func (g *attemptLog) printed(p stdout.Progress, now time.Time) {
	if p.Lost {
		return
	}
	if g.at[p.Container].Before(p.After) {
		g.at[p.Container], g.lines[p.Container], g.exact, g.now = p.After, p.Lines, false, nil
		if g.since.IsZero() {
			g.since = now
		}
	}
	if p.Ended {
		delete(g.open, p.Container)
		g.now = nil
	}
}

// last takes the last lines.
func (g *attemptLog) last(lines string) {
	if lines = strings.ToValidUTF8(lines, "\ufffd"); lines != g.tail {
		g.tail, g.now = lines, nil
	}
}

// due is when the record is to be told; zero when there is no hurry: the end of a log is told with that of its attempt.
func (g *attemptLog) due() time.Time {
	if !g.lacks.IsZero() {
		return g.lacks.Add(firstWithin)
	}
	if g.since.IsZero() || len(g.open) == 0 {
		return time.Time{}
	}
	lines := 0
	for _, n := range g.lines {
		lines += n
	}
	if g.kept == nil && lines <= littleLines {
		return g.since.Add(littleWithin)
	}
	return g.since.Add(keepWithin)
}

// status returns the log as the record stores it.
func (g *attemptLog) status() *v1alpha1.LogStatus {
	if g.now != nil {
		return g.now
	}
	s := &v1alpha1.LogStatus{Open: len(g.open) > 0, Exact: g.exact, First: g.first, Tail: g.tail}
	for container, at := range g.at {
		text, err := at.MarshalText()
		if err != nil || at.IsZero() {
			continue
		}
		if s.At == nil {
			s.At = map[string]string{}
		}
		s.At[container] = string(text)
	}
	g.now = s
	return s
}

// Tail returns the last lines of an attempt's log.
func (b Book) Tail(a AttemptOf) string {
	if g := b[a]; g != nil {
		return g.tail
	}
	return ""
}

// InRecord reports whether the record has everything that the book has of an attempt's log.
func (b Book) InRecord(a AttemptOf) bool {
	g := b[a]
	return g == nil || g.kept == g.status()
}

// Page is a log book as it was at a moment, for the recorder.
type Page map[AttemptOf]*v1alpha1.LogStatus

// Page returns a copy of the book.
func (b Book) Page() Page {
	p := make(Page, len(b))
	for a, g := range b {
		p[a] = g.status()
	}
	return p
}

// Stale are the pieces of the record that do not have what the book has.
func (b Book) Stale() map[int]bool {
	pieces := map[int]bool{}
	for a, g := range b {
		if g.kept != g.status() {
			pieces[a.Piece()] = true
		}
	}
	return pieces
}

// Overdue returns the pieces that must be written now because of their logs.
func (b Book) Overdue(now time.Time) map[int]bool {
	pieces := map[int]bool{}
	for a, g := range b {
		if due := g.due(); !due.IsZero() && !due.After(now) {
			pieces[a.Piece()] = true
			g.since, g.lacks = time.Time{}, time.Time{}
		}
	}
	return pieces
}

// Due is when the record is to be told next; zero when it is not.
func (b Book) Due() time.Time {
	var next time.Time
	for _, g := range b {
		if due := g.due(); !due.IsZero() && (next.IsZero() || due.Before(next)) {
			next = due
		}
	}
	return next
}

// Recorded takes what the record was told.
func (b Book) Recorded(all []WrittenLog) {
	for _, w := range all {
		g := b[w.AttemptOf]
		if g == nil {
			continue
		}
		g.kept = w.log
		if g.now != w.log {
			continue
		}
		g.since, g.lacks = time.Time{}, time.Time{}
		if w.done {
			delete(b, w.AttemptOf)
		}
	}
}

// WrittenLog is the log of an attempt as it was written to the record; done is set if there is nothing left to store.
type WrittenLog struct {
	AttemptOf
	log  *v1alpha1.LogStatus
	done bool
}

// Write puts the logs of pieces into a record. Where an attempt has ended and its log is printed there is nothing to be
// kept but the last lines of one that failed.
func (p Page) Write(r *record.Record, pieces []int) []WrittenLog {
	var written []WrittenLog
	for a, log := range p {
		if !slices.Contains(pieces, a.Piece()) || a.Step >= len(r.Steps) {
			continue
		}
		for i := range r.Steps[a.Step].Attempts {
			if attempt := &r.Steps[a.Step].Attempts[i]; attempt.Number == a.Number {
				attempt.Log = keptOf(log, attempt.Phase)
				written = append(written, WrittenLog{a, log, attempt.Log == nil && attempt.Phase.Ended()})
			}
		}
	}
	return written
}

func keptOf(log *v1alpha1.LogStatus, phase v1alpha1.StepPhase) *v1alpha1.LogStatus {
	kept := v1alpha1.LogStatus{Open: log.Open, At: log.At, Exact: log.Exact, First: log.First}
	if phase.Ended() && !log.Open {
		kept.At, kept.Exact = nil, false
	}
	if phase == v1alpha1.StepFailed {
		kept.Tail = log.Tail
	}
	if !kept.Open && kept.At == nil && !kept.Exact && kept.First == nil && kept.Tail == "" {
		return nil
	}
	return &kept
}

// Read takes over what an earlier driver wrote of an attempt's log. A position that is none of ours is the log's beginning.
func (b Book) Read(a AttemptOf, log *v1alpha1.LogStatus) {
	if log == nil {
		return
	}
	g := b.of(a)
	g.tail, g.exact, g.first = log.Tail, log.Exact, log.First
	for container, text := range log.At {
		var at logs.Position
		if at.UnmarshalText([]byte(text)) == nil {
			g.at[container] = at
		}
	}
	g.kept = g.status()
}

// containers returns the containers whose logs were printed at least in part, as far as the record knew.
func (g *attemptLog) containers() []string { return slices.Sorted(maps.Keys(g.at)) }
