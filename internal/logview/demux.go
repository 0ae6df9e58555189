package logview

import (
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
)

// Demux is a sink that takes the outputs of a run's drivers, one after the other, apart into the logs of the steps' containers.
type Demux struct {
	logs  map[Origin]*StepLog
	order []Origin
	// gaps are those in the drivers' outputs: in any of the logs lines may be missing there.
	gaps []logs.Gap
	// latest is whose line came last.
	latest *StepLog
	// begun is the beginning of a line that came in parts: with its prefix a driver's line may be longer than logs.MaxLine.
	begun []byte
}

// longestSifted is more than a line of a step can have in a driver's output.
const longestSifted = 2 * logs.MaxLine

// StepLog is one container's log.
type StepLog struct {
	Origin
	text    []byte
	entries []entry
	again   dedup
	// digest: lines that come were printed before.
	digest bool
}

// entry is a line, a part of one, or a mark.
type entry struct {
	at              time.Time
	from, to        int // in the text
	continues, mark bool
	gap             *logs.Gap // in the driver's output; it has no text
}

// Line implements logs.Sink.
func (s *Demux) Line(l logs.Line, _ logs.Position) error {
	if l.Continues || len(s.begun) > 0 {
		if len(s.begun) < longestSifted {
			s.begun = append(s.begun, l.Text...)
		}
		if l.Continues {
			return nil
		}
		l.Text, s.begun = s.begun, s.begun[:0]
	}
	s.wholeLine(l)
	return nil
}

// wholeLine takes a whole line of a driver's output.
func (s *Demux) wholeLine(l logs.Line) {
	p, ok := logfmt.Parse(l.Text)
	if !ok {
		return
	}
	one := s.find(Origin{Step: p.Step, Attempt: p.Attempt, Container: p.Container})
	s.latest = one
	if p.Mark && (one.again.onMark(one, p.Text) || one.isDigest(p.Text)) || one.digest {
		return
	}
	from := len(one.text)
	one.text = append(one.text, p.Text...)
	one.entries = append(one.entries, entry{at: l.Time, from: from, to: len(one.text), continues: p.Continues, mark: p.Mark})
}

// Gap implements logs.Sink.
func (s *Demux) Gap(g logs.Gap) error {
	s.gaps = append(s.gaps, g)
	for _, o := range s.order {
		s.logs[o].addGap(&g)
	}
	return nil
}

// isDigest handles a mark, if it is one of the last lines that a driver prints once more, and reports whether it was.
func (s *StepLog) isDigest(words []byte) bool {
	kind := logfmt.DigestOf(words)
	s.digest = kind == logfmt.DigestFollows || s.digest && kind != logfmt.DigestIsOver
	return kind != logfmt.NoDigest
}

func (s *StepLog) addGap(g *logs.Gap) {
	s.again.unsure = true
	s.entries = append(s.entries, entry{at: g.To, gap: g})
}

func (s *Demux) find(o Origin) *StepLog {
	if o.Container == "" {
		o.Container = v1alpha1.MainContainer
	}
	if s.logs == nil {
		s.logs = map[Origin]*StepLog{}
	}
	one := s.logs[o]
	if one == nil {
		one = &StepLog{Origin: o, again: dedup{from: -1, cut: -1}}
		for i := range s.gaps {
			one.addGap(&s.gaps[i])
		}
		s.logs[o] = one
		s.order = append(s.order, o)
	}
	return one
}

// EndDriver ends the output of one driver.
func (s *Demux) EndDriver() {
	if len(s.begun) > 0 {
		s.wholeLine(logs.Line{Text: s.begun})
		s.begun = s.begun[:0]
	}
	for _, o := range s.order {
		one := s.logs[o]
		one.again.endDriver(one, one == s.latest && !one.digest)
		one.digest = false
	}
	s.latest = nil
}

// Of are the logs Of an attempt, in the order in which they were met.
func (s *Demux) Of(step string, attempt int) []*StepLog {
	var out []*StepLog
	for _, o := range s.order {
		if o.Step == step && o.Attempt == attempt {
			out = append(out, s.logs[o])
		}
	}
	return out
}

// at is the text of an entry.
func (s *StepLog) at(i int) []byte { return s.text[s.entries[i].from:s.entries[i].to] }

// Replay hands the log to a sink.
func (s *StepLog) Replay(sink StoredSink) error {
	for i, e := range s.entries {
		if err := s.hand(sink, e, s.at(i)); err != nil {
			return err
		}
	}
	return sink.Finish()
}

func (*StepLog) hand(sink StoredSink, e entry, text []byte) error {
	switch {
	case e.gap != nil:
		return sink.Gap(*e.gap)
	case e.mark:
		return sink.Mark(string(text), nil)
	}
	return sink.Line(logs.Line{Time: e.at, Text: text, Continues: e.continues}, logs.Position{})
}

// StoredSink takes what a kept log has: lines, gaps, and marks that a driver has printed.
type StoredSink interface {
	logs.Sink
	// Mark takes words of a driver's own; g is the gap that they tell of, if it is one.
	Mark(words string, g *logs.Gap) error
	// Finish ends the log.
	Finish() error
}
