package logs

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

// Position is how far a container's log was handed on, kept so that a stream that is opened anew, by this process or a
// later one, can be taken up where the last one broke. It is a value of a few words, whatever the log's length; zero is
// the log's beginning.
//
// The kubelet gives, for `since`, those lines of the file whose stamp is not before it, in the file's order
// (k8s.io/cri-client/pkg/logs/logs.go, logWriter.write, v0.35). So the lines to drop are the first n, where n is how many
// lines with such a stamp were handed on: that needs no order among stamps, which the two streams of a container and a
// clock that is set back do not keep, and no comparison of equal stamps. `since` has whole seconds on the wire.
type Position struct {
	// marks are seconds from which n is known, in ascending order, the last one that of the latest stamp; count says how
	// many there are.
	marks [maxMarks]mark
	count int
	// latest is the latest stamp, last that of the last whole line, and ties how many lines in a row had it.
	latest, last stamp
	ties         int
	// partTime and partLen are the stamp of the line at hand and how many of its bytes were handed on.
	partTime stamp
	partLen  int
	// parts is how many lines and parts of lines were handed on in all.
	parts int
}

// maxMarks is how many marks advance may hold: those that forget keeps are one at or before its border and those after it,
// one for each second up to that of the latest stamp, and a new one comes before the old are forgotten.
const maxMarks = 4

// mark is a second and what was handed on with stamps from it on.
type mark struct {
	second stamp
	seen   int
	first  stamp // stamp of the first of them, by which a rotated file is recognized
}

// stamp is a time stamp in nanoseconds since 1970; noStamp is none.
type stamp int64

const noStamp stamp = 0

func stampOf(t time.Time) stamp {
	if t.IsZero() {
		return noStamp
	}
	return stamp(t.UnixNano())
}

func (s stamp) time() time.Time {
	if s == noStamp {
		return time.Time{}
	}
	return time.Unix(0, int64(s)).UTC()
}

// second is the whole second that the stamp is in.
func (s stamp) second() stamp { return s - s%stamp(time.Second) }

// Disorder is how far stamps are let run backwards in a file: a line that comes late by less is not lost on a resume.
const Disorder = time.Second

// Count returns how many lines and parts of lines were handed on in all.
func (p Position) Count() int { return p.parts }

// IsZero reports whether nothing was delivered.
func (p Position) IsZero() bool { return p.parts == 0 }

// Before reports whether p is nearer to the log's beginning than q, which is of the same log.
func (p Position) Before(q Position) bool { return p.parts < q.parts }

// Latest is the latest stamp of what was handed on; zero if there was none.
func (p Position) Latest() time.Time { return max(p.latest, p.partTime).time() }

// advance notes a whole line. A second becomes a mark with its first line if nothing later was handed on before.
func (p *Position) advance(t time.Time) {
	p.partTime, p.partLen = noStamp, 0
	p.parts++
	at := stampOf(t)
	switch {
	case p.count == 0 && at != noStamp:
		// There was nothing before the log's first line: it is the first of an earlier second, too.
		p.push(mark{second: at.second() - stamp(Disorder), first: at})
	case p.count == 0 || at.second() > p.latest.second():
		p.push(mark{second: at.second(), first: at})
	}
	if at != p.last {
		p.last, p.ties = at, 0
	}
	p.ties++
	p.latest = max(p.latest, at)
	for i := range p.marks[:p.count] {
		if at >= p.marks[i].second {
			p.marks[i].seen++
		}
	}
	p.forget()
}

func (p *Position) push(m mark) {
	p.marks[p.count] = m
	p.count++
}

// forget drops marks that no resume will use: all before the latest one that leaves room for disorder.
func (p *Position) forget() {
	enough := p.latest.second() - stamp(Disorder)
	keep := 0
	for i, m := range p.marks[:p.count] {
		if m.second <= enough {
			keep = i
		}
	}
	p.count = copy(p.marks[:], p.marks[keep:p.count])
	clear(p.marks[p.count:])
}

// advancePart notes bytes of a line that has more.
func (p *Position) advancePart(t time.Time, n int) {
	if at := stampOf(t); at != p.partTime {
		p.partTime, p.partLen = at, 0
	}
	p.partLen += n
	p.parts++
}

var errNoPosition = errors.New("this is no position in a log")

// MarshalText writes the position as a short word of letters, digits, - and _, empty for the beginning.
func (p Position) MarshalText() ([]byte, error) {
	if p.IsZero() {
		return nil, nil
	}
	var b []byte
	for _, v := range p.words() {
		b = binary.AppendVarint(b, v)
	}
	return []byte(base64.RawURLEncoding.EncodeToString(b)), nil
}

// words are the position's numbers; times but the first are told by their distance from the one before.
func (p Position) words() []int64 {
	out := []int64{int64(p.parts), int64(p.latest), int64(p.partLen)}
	if p.partLen > 0 {
		out = append(out, int64(p.partTime-p.latest))
	}
	if p.count > 0 {
		out = append(out, int64(p.last-p.latest), int64(p.ties))
	}
	for _, m := range p.marks[:p.count] {
		out = append(out, int64(m.second-p.latest.second())/int64(time.Second), int64(m.seen), int64(m.first-m.second))
	}
	return out
}

// UnmarshalText reads what MarshalText wrote, and refuses all else.
func (p *Position) UnmarshalText(text []byte) error {
	*p = Position{}
	if len(text) == 0 {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(string(text))
	if err != nil {
		return errNoPosition
	}
	var words []int64
	for len(b) > 0 {
		v, n := binary.Varint(b)
		if n <= 0 {
			return errNoPosition
		}
		words, b = append(words, v), b[n:]
	}
	if !p.read(words) || !p.sound() {
		*p = Position{}
		return errNoPosition
	}
	return nil
}

func (p *Position) read(words []int64) bool {
	if len(words) < 3 {
		return false
	}
	p.parts, p.latest, p.partLen = int(words[0]), stamp(words[1]), int(words[2])
	words = words[3:]
	if p.partLen > 0 {
		if len(words) == 0 {
			return false
		}
		p.partTime, words = p.latest+stamp(words[0]), words[1:]
	}
	if len(words) > 0 {
		if len(words) < 2+3 {
			return false
		}
		p.last, p.ties, words = p.latest+stamp(words[0]), int(words[1]), words[2:]
	}
	for ; len(words) >= 3 && p.count < maxMarks-1; words = words[3:] {
		second := p.latest.second() + stamp(words[0])*stamp(time.Second)
		p.push(mark{second: second, seen: int(words[1]), first: second + stamp(words[2])})
	}
	return len(words) == 0
}

// sound reports whether advance could have made it.
func (p *Position) sound() bool {
	before := stamp(-1 << 62)
	for _, m := range p.marks[:p.count] {
		if m.second <= before || m.seen < 1 || m.second != m.second.second() || m.second > p.latest {
			return false
		}
		before = m.second
	}
	if p.count > 0 && (p.ties < 1 || p.last > p.latest) {
		return false
	}
	return p.parts > 0 && p.partLen >= 0 && p.latest >= 0 && (p.count > 0 || p.partLen > 0)
}
