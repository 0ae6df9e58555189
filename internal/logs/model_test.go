package logs_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// world is a container that logs, and its node, which rotates the log; a Source and a Sink that knows what must come.
type world struct {
	t       *testing.T
	records []record
	rotated []int // the records with which a new file begins
	opens   []opening

	streams int
	written int // how many records there are by now
	first   int // the record with which the file begins that the latest stream has opened
	since   time.Time

	next    int    // the record that must come next
	partial string // what came of it
	gap     bool   // a gap came after the last line
	gaps    int
	latest  time.Duration
	places  []place // where the log can be taken up
	die     context.CancelCauseFunc
}

// opening is one stream: what is written before and during it, where it breaks, and whether the process dies with it.
type opening struct {
	before, during int // records
	cut            int // bytes
	dies           bool
	back           int // how many positions older the next process takes it up
}

// place is a position, and what the world was when it was taken.
type place struct {
	at      logs.Position
	next    int
	partial string
	latest  time.Duration
}

var errDead = errors.New("the process died")

// newWorld makes of fuzzed bytes a log with ties, small steps back and long pauses; lines empty, short and longer than a part;
// rotations anywhere but between equal stamps, which no resume can tell apart; streams that break anywhere, and
// processes that die with them.
func newWorld(t *testing.T, data []byte) *world {
	w := &world{t: t, places: []place{{}}}
	var at, latest time.Duration
	for i := 0; i+3 < len(data) && i < 4*200; i += 4 {
		op, n, extra := data[i], int(binary.LittleEndian.Uint16(data[i+1:])), int(data[i+3])
		tie := false
		switch op % 8 {
		case 0:
			tie = len(w.records) > 0
		case 1, 2:
			at = latest + time.Duration(n)*time.Microsecond
		case 3:
			at = latest + time.Duration(n)*time.Millisecond
		case 4:
			at = max(0, latest-time.Duration(n%900)*time.Millisecond)
		default:
			w.opens = append(w.opens, opening{before: int(op) % 5, during: extra % 16, cut: n % 5000 * (1 + 16*(extra>>7)), dies: op%8 == 6, back: extra >> 4 % 4})
			continue
		}
		if !tie {
			at = at.Truncate(time.Microsecond) + time.Duration(len(w.records)) // no other line has it
		}
		if !tie && op >= 200 {
			w.rotated = append(w.rotated, len(w.records))
		}
		latest = max(latest, at)
		text := fmt.Sprintf("%d", len(w.records))
		switch extra % 8 {
		case 0:
			text = ""
		case 1:
			text += strings.Repeat("x", extra*200)
		}
		w.records = append(w.records, record{at: at, text: text})
	}
	return w
}

// Open serves the file that is current, and what is written then, whatever files that is in.
func (w *world) Open(_ context.Context, _, _ string, since time.Time, _ bool) (io.ReadCloser, error) {
	if since.Nanosecond() != 0 {
		w.t.Errorf("since %v has a fraction of a second, which the API cuts off", since)
	}
	w.since = since
	if w.streams == len(w.opens) {
		w.written = len(w.records)
		w.first = w.fileAt(w.written)
		return io.NopCloser(strings.NewReader(string(file(w.records[w.first:], since)))), nil
	}
	o := w.opens[w.streams]
	w.streams++
	w.written = min(len(w.records), w.written+o.before)
	w.first = w.fileAt(w.written)
	w.written = min(len(w.records), w.written+o.during)
	data := file(w.records[w.first:w.written], since)
	return &breaking{data: data[:min(len(data), o.cut)], then: func() error {
		if o.dies {
			w.die(errDead)
		}
		return errBroken
	}}, nil
}

// fileAt is the record with which the file begins that is current when n records are written.
func (w *world) fileAt(n int) int {
	first := 0
	for _, r := range w.rotated {
		if r <= n {
			first = r
		}
	}
	return first
}

type breaking struct {
	data []byte
	then func() error
}

func (b *breaking) Read(p []byte) (int, error) {
	if len(b.data) == 0 {
		return 0, b.then()
	}
	n := copy(p, b.data)
	b.data = b.data[n:]
	return n, nil
}

func (b *breaking) Close() error { return nil }

func (w *world) Line(l logs.Line, after logs.Position) error {
	if len(l.Text) > logs.MaxLine {
		w.t.Errorf("a part of %d bytes", len(l.Text))
	}
	if w.partial == "" && !w.startsNext(l) {
		return fmt.Errorf("after %d records came %.20q of %v: %w", w.next, l.Text, l.Time.Sub(epoch), errWrong)
	}
	w.partial += string(l.Text)
	w.latest = max(w.latest, w.records[w.next].at)
	switch want := w.records[w.next].text; {
	case !strings.HasPrefix(want, w.partial), !l.Continues && want != w.partial:
		return fmt.Errorf("record %d came as %d bytes: %w", w.next, len(w.partial), errWrong)
	case !l.Continues:
		w.next, w.partial = w.next+1, ""
	}
	w.gap = false
	w.places = append(w.places, place{after, w.next, w.partial, w.latest})
	return nil
}

var errWrong = errors.New("that is wrong")

// startsNext reports whether a line is the next, or comes where a gap is and lines are lost. Only what is not in the file any more may be
// missing, and, in the new file, what could be old by its stamp.
func (w *world) startsNext(l logs.Line) bool {
	is := func(r record) bool { return epoch.Add(r.at).Equal(l.Time) && strings.HasPrefix(r.text, string(l.Text)) }
	if w.next == 0 {
		w.next = w.first // that the beginning is lost is told by the time, which the model has not
	}
	for ; w.next < len(w.records) && !is(w.records[w.next]); w.next++ {
		if !w.gap || w.next >= w.first && w.records[w.next].at > w.latest {
			return false
		}
	}
	return w.next < len(w.records)
}

// Gap must only come where the file does not show the last line that came, or only lines of its stamp before it.
func (w *world) Gap(g logs.Gap) error {
	first := w.first
	for first < len(w.records) && epoch.Add(w.records[first].at).Before(w.since) {
		first++
	}
	shows := first < w.next && (w.records[first].at != w.records[w.next-1].at || first == w.next-1 && w.partial == "")
	if w.partial != "" {
		shows = first < w.next && w.records[first].at != w.records[w.next].at || first == w.next
	}
	if w.gap || shows || g.Cause != logs.CauseRotated {
		return fmt.Errorf("a gap before record %d, the file begins with %d: %w", w.next, w.first, errWrong)
	}
	w.gap, w.partial = true, ""
	w.gaps++
	return nil
}

// String gives the stamps of the log, and the lengths of its lines.
func (w *world) String() string {
	var b strings.Builder
	for _, r := range w.records {
		fmt.Fprintf(&b, " %d:%d", r.at, len(r.text))
	}
	return b.String()
}

// follow follows the log to its end, through all deaths.
func (w *world) follow() error {
	for {
		ctx, cancel := context.WithCancelCause(w.t.Context())
		w.die = cancel
		from := w.places[len(w.places)-1]
		if err := logs.Follow(ctx, w, logs.Container{From: reread(w.t, from.at)}, w); !errors.Is(err, errDead) {
			return err
		}
		last := max(0, len(w.places)-1-w.opens[w.streams-1].back)
		from = w.places[last]
		w.places = w.places[:last+1]
		w.next, w.partial, w.latest, w.gap = from.next, from.partial, from.latest, false
	}
}

// check follows the log, and sees that all that is not lost came.
func (w *world) check() {
	err := w.follow()
	for ; w.next < len(w.records) && w.gap && (w.next < w.first || w.records[w.next].at <= w.latest); w.next++ {
	}
	if err != nil || w.next != len(w.records) {
		w.t.Errorf("%v; %d of %d records came\nlog%s\nrotated at %v\nstreams %+v", err, w.next, len(w.records), w, w.rotated, w.opens)
	}
}

// reread is what a position is after it was written down.
func reread(t *testing.T, p logs.Position) logs.Position {
	text, err := p.MarshalText()
	var q logs.Position
	if err := errors.Join(err, q.UnmarshalText(text)); err != nil || q != p {
		t.Errorf("position %q: %v\ngot  %+v\nwant %+v", text, err, q, p)
	}
	return q
}

// FuzzWorld: whatever the stamps, wherever streams break, processes die and the node rotates the log: every line comes, once
// and in order, from where a process has taken it up; what does not come had been thrown away, and a gap is in its
// place; and there is no gap where the file has the last line that came.
func FuzzWorld(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0, 2, 1, 0, 0, 3, 5, 40, 0, 3, 201, 9, 9, 4, 6, 90, 0, 19, 4, 200, 0, 2, 6, 7, 0, 0, 3, 255, 255, 1})
	f.Add(slices.Concat(slices.Repeat([]byte{1, 7, 0, 2, 0, 0, 0, 2, 6, 200, 1, 37}, 20), slices.Repeat([]byte{5, 200, 1, 3}, 10)))
	f.Add(slices.Concat(slices.Repeat([]byte{3, 0, 4, 255, 204, 132, 3, 1, 6, 90, 2, 135, 5, 11, 9, 130}, 12)))
	f.Fuzz(func(t *testing.T, data []byte) {
		synctest.Test(t, func(t *testing.T) {
			newWorld(t, data).check()
		})
	})
}
