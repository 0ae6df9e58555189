package logs

import (
	"bytes"
	"time"
)

// Replay tells where, in a log that is taken up at a Position by another than who has printed it so far, lines may come a
// second time: the position may be older than what was printed. The zero value is for a log with nothing printed before.
type Replay struct {
	why   string
	until time.Time
	open  bool
}

// NewReplay is for a log that was taken up at `until`: lines with a stamp not after it may have been printed before. why is
// the reason, as the beginning of a sentence. Stamps are made by the clock of the container's node; whoever reads `until`
// from another one may add how far they may be apart.
func NewReplay(until time.Time, why string) Replay { return Replay{why: why, until: until} }

const (
	// noMore are the words of the mark behind what may be repeated.
	noMore = "no more repeats"
	// mayRepeat ends the words of the mark before it.
	mayRepeat = `; lines up to "` + noMore + `" may have been printed before`
)

// ReplayBegins says that the words of a mark are those before lines that may be repeated, ReplayEnds that they are those behind.
func ReplayBegins(words []byte) bool { return bytes.HasSuffix(words, []byte(mayRepeat)) }

// ReplayEnds is the counterpart of ReplayBegins.
func ReplayEnds(words []byte) bool { return string(words) == noMore }

// Before gives the words of the mark that belongs before a line, if one does. That where repeats end comes a little later than
// by the stamps alone, because the two streams of a container may bring lines out of order.
func (r *Replay) Before(l Line) string {
	switch {
	case r.until.IsZero() || l.Time.IsZero():
	case !r.open && !l.Time.After(r.until):
		r.open = true
		return r.why + mayRepeat
	case r.open && l.Time.After(r.until.Add(time.Duration(disorder))):
		return r.End()
	}
	return ""
}

// End gives the words of the mark that belongs at the log's end, if one does.
func (r *Replay) End() string {
	if !r.open {
		return ""
	}
	r.open = false
	return noMore
}
