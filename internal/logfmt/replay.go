package logfmt

import (
	"bytes"
	"strconv"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// Replay tells where, in a log that is taken up at a Position by another than who has printed it so far, lines may come a
// second time: the position may be older than what was printed. The zero value is for a log with nothing printed before.
type Replay struct {
	why   string
	until time.Time
	open  bool
	lines int // and parts of lines that lie before the next one
}

// NewReplay is for a log that was taken up behind `from`, at the time `until`: lines with a stamp not after that may have been
// printed before. why is the reason, as the beginning of a sentence. Stamps are made by the clock of the container's node;
// a caller that reads `until` from another clock may add how far the two may be apart.
func NewReplay(from logs.Position, until time.Time, why string) Replay {
	return Replay{why: why, until: until, lines: from.Count()}
}

const (
	// noMore are the words of the mark behind what may be repeated.
	noMore = "no more repeats"
	// linesFrom and mayRepeat, with a number between them, end the words of the mark before it.
	linesFrom = "; lines from "
	mayRepeat = ` up to "` + noMore + `" may have been printed before`
)

// ReplayBegins reports whether the words of a mark are those before lines that may be repeated, and how many lines and parts of
// lines of the log lie before those.
func ReplayBegins(words []byte) (before int, begins bool) {
	words, begins = bytes.CutSuffix(words, []byte(mayRepeat))
	if !begins {
		return 0, false
	}
	number, err := strconv.Atoi(string(words[bytes.LastIndexByte(words, ' ')+1:]))
	return number - 1, err == nil && number > 0
}

// ReplayEnds reports whether the words of a mark end a part of a log that may be repeated.
func ReplayEnds(words []byte) bool { return string(words) == noMore }

// Before gives the words of the mark that belongs before a line, if one does. It must be asked for each line. That where repeats end comes a little later than
// by the stamps alone, because the two streams of a container may bring lines out of order.
func (r *Replay) Before(l logs.Line) string {
	r.lines++
	switch {
	case r.until.IsZero() || l.Time.IsZero():
	case !r.open && !l.Time.After(r.until):
		r.open = true
		return r.why + linesFrom + strconv.Itoa(r.lines) + mayRepeat
	case r.open && l.Time.After(r.until.Add(logs.Disorder)):
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
