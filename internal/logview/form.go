package logview

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
)

// Form makes text of one log. Its methods append to dst.
type Form interface {
	// line makes text of a line or a part of one; first means that the line begins with it.
	line(dst []byte, l logs.Line, first bool) []byte
	// mark makes text of words of our own, and says where it goes.
	mark(dst []byte, words string, g *logs.Gap) ([]byte, Stream)
	// visible is what of a line's text is shown.
	visible(text []byte) []byte
	// end is for a line that was begun and will not go on.
	end(dst []byte) []byte
}

// stampForm is how kubectl writes times.
const stampForm = time.RFC3339Nano

// rawForm is the bytes that the container wrote. A last line that had no newline gets none where it is the only log's.
type rawForm struct {
	prefix string
	only   bool
}

func (f rawForm) line(dst []byte, l logs.Line, _ bool) []byte {
	dst = append(dst, l.Text...)
	if l.Continues || l.Unended && f.only {
		return dst
	}
	return append(dst, '\n')
}

func (f rawForm) mark(dst []byte, words string, _ *logs.Gap) ([]byte, Stream) {
	return logfmt.AppendMark(dst, f.prefix, words), ToErr
}

func (rawForm) visible(text []byte) []byte { return text }

func (rawForm) end(dst []byte) []byte { return append(dst, '\n') }

// jsonForm is one object a line.
type jsonForm struct {
	Origin
	// safe is for terminals: some obey controls that JSON does not escape; what replaces those means them in JSON.
	safe bool
	buf  bytes.Buffer
	enc  *json.Encoder
}

// jsonLine is a line as -o json shows it. A line longer than logs.MaxLine comes in several; all but the last continue.
type jsonLine struct {
	Time      string   `json:"time,omitempty"`
	Step      string   `json:"step"`
	Attempt   int      `json:"attempt"`
	Container string   `json:"container"`
	Line      *string  `json:"line,omitempty"`
	Continues bool     `json:"continues,omitempty"`
	Gap       *jsonGap `json:"gap,omitempty"`
}

// jsonGap is a stretch of a log that is lost, or may be.
type jsonGap struct {
	From  string     `json:"from,omitempty"`
	To    string     `json:"to,omitempty"`
	Cause logs.Cause `json:"cause,omitempty"`
	Text  string     `json:"text"`
}

func newJSONForm(o Origin, safe bool) *jsonForm {
	f := &jsonForm{Origin: o, safe: safe}
	f.enc = json.NewEncoder(&f.buf)
	f.enc.SetEscapeHTML(false)
	return f
}

func (f *jsonForm) line(dst []byte, l logs.Line, _ bool) []byte {
	line := string(l.Text)
	return f.append(dst, jsonLine{Time: stampText(l.Time), Line: &line, Continues: l.Continues})
}

func (f *jsonForm) mark(dst []byte, words string, g *logs.Gap) ([]byte, Stream) {
	gap := &jsonGap{Text: words}
	if g != nil {
		gap.From, gap.To, gap.Cause = stampText(g.From), stampText(g.To), g.Cause
	}
	return f.append(dst, jsonLine{Gap: gap}), ToOut
}

func (f *jsonForm) append(dst []byte, l jsonLine) []byte {
	l.Step, l.Attempt, l.Container = f.Step, f.Attempt, f.Container
	f.buf.Reset()
	_ = f.enc.Encode(l) // strings and numbers can be encoded
	if !f.safe {
		return append(dst, f.buf.Bytes()...)
	}
	return append(logfmt.AppendSafe(dst, bytes.TrimSuffix(f.buf.Bytes(), []byte("\n"))), '\n')
}

func (*jsonForm) visible(text []byte) []byte { return text }

func (*jsonForm) end(dst []byte) []byte { return dst }

func stampText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(stampForm)
}

// textForm is for people. Where there is a prefix, lines of several logs come by turns, so that each part of a long line is
// a line of its own; without one, parts follow each other as they were written.
type textForm struct {
	prefix string
	// aside is what stands in front of our own words where lines have no prefix: those are of the one log, byte for byte, and
	// go where a shell takes them up, so that our words go elsewhere.
	aside  string
	stamps bool
	// plain takes escape sequences away; safe makes those visible that are not colors.
	plain, safe bool
	// returned: the part of a line before ended with a \r.
	returned bool
	buf      []byte
}

func (f *textForm) line(dst []byte, l logs.Line, first bool) []byte {
	shown := logfmt.Collapse(l.Text)
	returned := f.returned
	f.returned = bytes.HasSuffix(l.Text, []byte("\r"))
	if f.prefix == "" && !first {
		if len(shown) > 0 && (returned || overwrites(l.Text, shown)) {
			dst = append(dst, '\n')
		}
		return f.ended(f.text(dst, shown), l)
	}
	dst = append(dst, f.prefix...)
	if f.stamps {
		dst = append(l.Time.UTC().AppendFormat(dst, stampForm), ' ')
	}
	if f.prefix == "" {
		return f.ended(f.text(dst, shown), l)
	}
	if f.plain || f.safe {
		f.buf = f.text(f.buf[:0], shown)
		l.Text = f.buf
	}
	return logfmt.Append(dst, "", l)
}

// overwrites reports whether a terminal would show the text in place of what stood in the line before.
func overwrites(text, shown []byte) bool { return len(shown) < len(bytes.TrimRight(text, "\r")) }

func (f *textForm) text(dst, text []byte) []byte {
	switch {
	case f.plain && f.safe:
		return logfmt.AppendSafe(dst, logfmt.AppendPlain(nil, text))
	case f.plain:
		return logfmt.AppendPlain(dst, text)
	case f.safe:
		return logfmt.AppendSafe(dst, text)
	}
	return append(dst, text...)
}

// ended ends a line without a prefix, unless it goes on.
func (*textForm) ended(dst []byte, l logs.Line) []byte {
	if l.Continues {
		return dst
	}
	return append(dst, '\n')
}

func (f *textForm) mark(dst []byte, words string, _ *logs.Gap) ([]byte, Stream) {
	if f.prefix == "" {
		return logfmt.AppendMark(dst, f.aside, words), ToErr
	}
	return logfmt.AppendMark(dst, f.prefix, words), ToOut
}

func (*textForm) visible(text []byte) []byte { return logfmt.Collapse(text) }

func (f *textForm) end(dst []byte) []byte {
	if f.prefix == "" {
		return append(dst, '\n')
	}
	return dst
}

// Origin is the log that a line is from.
type Origin struct {
	Step      string
	Attempt   int
	Container string
}

// Name is the origin as prefixes have it, without the attempt: `train`, `train/init`.
func (o Origin) Name() string {
	if o.Container == "" || o.Container == v1alpha1.MainContainer {
		return o.Step
	}
	return o.Step + "/" + o.Container
}

// Title is a log's name, with the attempt's number from the second on.
func (o Origin) Title() string {
	if o.Attempt > 1 {
		return o.Name() + "#" + strconv.Itoa(o.Attempt)
	}
	return o.Name()
}
