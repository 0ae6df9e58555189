package logview

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

var logTime = time.Date(2026, 3, 1, 12, 0, 0, 5000, time.UTC)

// TestShown: what becomes of lines, parts of lines and gaps in each form, and what is left out.
func TestShown(t *testing.T) {
	line := func(seconds int, text string) func(*Printer) error {
		return func(s *Printer) error {
			return s.Line(logs.Line{Time: logTime.Add(time.Duration(seconds) * time.Second), Text: []byte(text)}, logs.Position{})
		}
	}
	partOf := func(seconds int, text string) func(*Printer) error {
		return func(s *Printer) error {
			l := logs.Line{Time: logTime.Add(time.Duration(seconds) * time.Second), Text: []byte(text), Continues: true}
			return s.Line(l, logs.Position{})
		}
	}
	gap := func(s *Printer) error {
		return s.Gap(logs.Gap{From: logTime, To: logTime.Add(time.Second), Cause: logs.CauseRotated})
	}
	begins := func(s *Printer) error { return s.Gap(logs.Gap{To: logTime, Cause: logs.CauseRotated}) }
	last := func(s *Printer) error {
		return s.Line(logs.Line{Time: logTime, Text: []byte("end"), Unended: true}, logs.Position{})
	}
	gone := func(s *Printer) error { return s.Gap(logs.Gap{Cause: logs.CausePodGone}) }
	const lost = "[stepherd: lines between 2026-03-01T12:00:00.000Z and 2026-03-01T12:00:01.000Z may be missing: the node has rotated the log]"
	since := logTime.Add(time.Second)
	for _, tc := range []struct {
		name  string
		look  Options
		grep  string
		set   func(*Printer)
		story []func(*Printer) error
		want  string
	}{
		{"text", Options{}, "", nil, []func(*Printer) error{line(0, "a"), line(1, ""), gap, line(2, "b")}, "train#2 | a\ntrain#2 | \ntrain#2 | " + lost + "\ntrain#2 | b\n"},
		{"text, bare", Options{Bare: true}, "", nil, []func(*Printer) error{line(0, "a"), gap, line(2, "b")}, "a\n2> train#2 | " + lost + "\nb\n"},
		{"text with times", Options{Timestamps: true}, "", nil, []func(*Printer) error{line(0, "a"), line(1, "b")},
			"train#2 | 2026-03-01T12:00:00.000005Z a\ntrain#2 | 2026-03-01T12:00:01.000005Z b\n"},
		{"long lines", Options{Timestamps: true}, "", nil, []func(*Printer) error{partOf(0, "a"), line(0, "b")},
			"train#2 | 2026-03-01T12:00:00.000005Z a [line continues]\ntrain#2 | 2026-03-01T12:00:00.000005Z b\n"},
		{"long lines, bare", Options{Bare: true, Timestamps: true}, "", nil, []func(*Printer) error{partOf(0, "a"), line(0, "b")}, "2026-03-01T12:00:00.000005Z ab\n"},
		{"a gap within a line, bare", Options{Bare: true}, "", nil, []func(*Printer) error{partOf(0, "a"), gap, line(2, "b")}, "a\n2> train#2 | " + lost + "\nb\n"},
		{"the end within a line, bare", Options{Bare: true}, "", nil, []func(*Printer) error{partOf(0, "a")}, "a\n"},
		{"the end within a line", Options{}, "", nil, []func(*Printer) error{partOf(0, "a")}, "train#2 | a [line continues]\n"},
		{"a Pod that is gone before any line", Options{}, "", nil, []func(*Printer) error{gone}, ""},
		{"a Pod that is gone, and the rest may be elsewhere", Options{}, "", nil, []func(*Printer) error{line(0, "a"), gone}, "train#2 | a\n"},
		{"a Pod that is gone, and nobody has the rest", Options{}, "", nil, []func(*Printer) error{line(0, "a"), gone, (*Printer).Lost}, "train#2 | a\ntrain#2 | [stepherd: lines may be missing: the pod is gone]\n"},
		{"a first line that is known to be the first", Options{}, "", func(s *Printer) { s.Whole = firstAt(logTime) }, []func(*Printer) error{begins, line(0, "a"), gap, line(2, "b")},
			"train#2 | a\ntrain#2 | " + lost + "\ntrain#2 | b\n"},
		{"a line that is known not to be the first", Options{Bare: true}, "", func(s *Printer) { s.Whole = firstAt(logTime.Add(-1)) }, []func(*Printer) error{begins, line(0, "a")},
			"2> train#2 | [stepherd: lines before 2026-03-01T12:00:00.000Z may be missing: the node has rotated the log]\na\n"},
		{"raw", Options{Kind: Raw}, "", nil, []func(*Printer) error{line(0, "a\r\x1b[31mb\x00\xff"), partOf(1, "c"), line(1, "d"), gap}, "a\r\x1b[31mb\x00\xff\ncd\n2> train#2 | " + lost + "\n"},
		{"raw, without a newline at the end", Options{Kind: Raw}, "", nil, []func(*Printer) error{line(0, "a"), last}, "a\nend\n"},
		{"raw, of one log", Options{Kind: Raw, Bare: true, One: true}, "", nil, []func(*Printer) error{line(0, "a"), last}, "a\nend"},
		{"raw, of one step's", Options{Kind: Raw, Bare: true}, "", nil, []func(*Printer) error{line(0, "a"), last}, "a\nend\n"},
		{"text of one log", Options{Bare: true}, "", nil, []func(*Printer) error{last}, "end\n"},
		{"json", Options{Kind: JSON}, "", nil, []func(*Printer) error{line(0, "a\t<\xff>"), partOf(1, "c"), line(1, "d"), gap},
			`{"time":"2026-03-01T12:00:00.000005Z","step":"train","attempt":2,"container":"main","line":"a\t<` + "\\ufffd" + `>"}
{"time":"2026-03-01T12:00:01.000005Z","step":"train","attempt":2,"container":"main","line":"c","continues":true}
{"time":"2026-03-01T12:00:01.000005Z","step":"train","attempt":2,"container":"main","line":"d"}
{"step":"train","attempt":2,"container":"main","gap":{"from":"2026-03-01T12:00:00.000005Z","to":"2026-03-01T12:00:01.000005Z","cause":"rotated","text":"` + lost[11:len(lost)-1] + "\"}}\n"},
		{"an empty line in json", Options{Kind: JSON}, "", nil, []func(*Printer) error{line(0, "")}, `{"time":"2026-03-01T12:00:00.000005Z","step":"train","attempt":2,"container":"main","line":""}` + "\n"},
		{"since", Options{}, "", func(s *Printer) { s.Since = since }, []func(*Printer) error{line(0, "a"), line(1, "b")}, "train#2 | b\n"},
		{"a gap before since", Options{}, "", func(s *Printer) { s.Since = since.Add(time.Second) }, []func(*Printer) error{gap, line(3, "b")}, "train#2 | b\n"},
		{"grep", Options{}, `^b+$`, nil, []func(*Printer) error{line(0, "a"), line(1, "bb"), line(1, "ba")}, "train#2 | bb\n"},
		{"grep by a line's beginning", Options{}, `b`, nil, []func(*Printer) error{partOf(0, "b"), partOf(0, "x"), line(0, "y"), partOf(1, "x"), line(1, "b")},
			"train#2 | b [line continues]\ntrain#2 | x [line continues]\ntrain#2 | y\n"},
		{"grep does not see colors", Options{}, `^red$`, nil, []func(*Printer) error{line(0, "\x1b[31mred\x1b[0m")}, "train#2 | \x1b[31mred\x1b[0m\n"},
		{"grep sees of text what is shown", Options{}, `50`, nil, []func(*Printer) error{line(0, "50%\r99%")}, ""},
		{"a progress bar", Options{}, "", nil, []func(*Printer) error{line(0, "\r50%\r99%\r")}, "train#2 | 99%\n"},
		{"a long progress bar, bare", Options{Bare: true}, "", nil, []func(*Printer) error{partOf(0, "\r50%\r60%\r"), partOf(0, "70%\r80%\r"), line(0, "99%")}, "60%\n80%\n99%\n"},
		{"colors stay on a pipe", Options{}, "", nil, []func(*Printer) error{line(0, "\x1b[31mred\x1b[2J")}, "train#2 | \x1b[31mred\x1b[2J\n"},
		{"skip", Options{}, "", func(s *Printer) { s.Skip = 2 }, []func(*Printer) error{partOf(0, "a"), line(0, "b"), line(1, "c"), line(2, "d")}, "train#2 | d\n"},
		{"skip none but what since leaves", Options{}, "", func(s *Printer) { s.Skip, s.Since = 1, since }, []func(*Printer) error{line(0, "a"), line(1, "b"), line(2, "c")}, "train#2 | c\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var b strings.Builder
			s := &Printer{Form: tc.look.Form(Origin{"train", 2, "main"}), Put: func(to Stream, text []byte) error {
				if to == ToErr {
					b.WriteString("2> ")
				}
				b.Write(text)
				return nil
			}}
			if tc.grep != "" {
				s.Grep = regexp.MustCompile(tc.grep)
			}
			if tc.set != nil {
				tc.set(s)
			}
			for _, does := range tc.story {
				if err := does(s); err != nil {
					t.Error(err)
				}
			}
			if err := s.Finish(); err != nil {
				t.Error(err)
			}
			if b.String() != tc.want {
				t.Errorf("got\n%s\nwant\n%s", b.String(), tc.want)
			}
		})
	}
}

// firstAt is a Printer's Whole of a log whose first line has that stamp.
func firstAt(first time.Time) func(time.Time) bool {
	return func(at time.Time) bool { return !at.After(first) }
}

// TestTextOnTerminals: what a log may do to a terminal, and what is left where colors are not wanted.
func TestTextOnTerminals(t *testing.T) {
	const text = "\x1b[31mred\x1b[2J\x1b]0;title\x07\x9b"
	for _, tc := range []struct {
		name string
		look Options
		want string
	}{
		{"a pipe", Options{}, text},
		{"a pipe without colors", Options{Colorless: true}, "red\x9b"},
		{"a terminal", Options{Terminal: true}, "\x1b[31mred^[[2J^[]0;title^G\\x9b\x1b[0m"},
		{"a terminal without colors", Options{Terminal: true, Colorless: true}, `red\x9b`},
	} {
		for _, bare := range []bool{false, true} {
			want := tc.want + "\n"
			if tc.look.Bare = bare; !bare {
				want = "train | " + want
			}
			if got := string(tc.look.Form(Origin{"train", 1, "main"}).line(nil, logs.Line{Text: []byte(text)}, true)); got != want {
				t.Errorf("%s: got %q, want %q", tc.name, got, want)
			}
		}
	}
}

// TestShowAllocatesNothing: an ordinary line costs no garbage on its way to the screen.
func TestShowAllocatesNothing(t *testing.T) {
	line := logs.Line{Time: logTime, Text: []byte("an ordinary \x1b[32mline\x1b[0m of a log\r100%")}
	for name, look := range map[string]Options{
		"text": {}, "raw": {Kind: Raw}, "times, on a terminal": {Terminal: true, OutColor: true, Timestamps: true},
	} {
		s := &Printer{Form: look.Form(Origin{"train", 1, "main"}), Put: func(Stream, []byte) error { return nil }}
		for range lastCount + 1 {
			_ = s.Line(line, logs.Position{})
		}
		if n := testing.AllocsPerRun(100, func() { _ = s.Line(line, logs.Position{}) }); n > 0 {
			t.Errorf("%s: %v allocations a line", name, n)
		}
	}
}

func TestLastLines(t *testing.T) {
	var l lastLines
	if got := l.lines(); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	l.add([]byte("\x1b[31mred\x1b[2J\r\x1b[1mlast\b"), true)
	if got := l.lines(); len(got) != 1 || got[0] != "last^H" {
		t.Errorf("got %q", got)
	}
	long := strings.Repeat("x", 700)
	for i := range 50 {
		l.add([]byte{byte('a' + i%26)}, true)
	}
	l.add([]byte(long), true)
	l.add([]byte(long), false)
	l.add([]byte(long), false)
	got := l.lines()
	if len(got) != lastCount || got[0] != string(rune('a'+31%26)) || got[lastCount-2] != string(rune('a'+49%26)) || len(got[lastCount-1]) != lastBytes {
		t.Errorf("got %d lines: %.20q", len(got), got)
	}
}

// TestTailFinder: the position is that behind the line before the last n, and never one among lines that are too old.
func TestTailFinder(t *testing.T) {
	for _, tc := range []struct{ lines, old, n, want int }{
		{10, 0, 3, 7}, {10, 0, 10, 0}, {10, 0, 11, 0}, {10, 0, 0, 10}, {10, 8, 3, 8}, {10, 10, 3, 10}, {0, 0, 3, 0}, {2000, 0, 1500, 500},
	} {
		f := NewTailFinder(tc.n, logTime)
		var positions []logs.Position
		src := linesSource(tc.lines, tc.old)
		err := logs.Read(t.Context(), src, logs.Container{}, sinkFunc(func(l logs.Line, after logs.Position) error {
			positions = append(positions, after)
			return f.Line(l, after)
		}))
		if err != nil || len(positions) != tc.lines {
			t.Fatal(err, len(positions))
		}
		want := logs.Position{}
		if tc.want > 0 {
			want = positions[tc.want-1]
		}
		if got := f.Start(); got != want {
			t.Errorf("%+v: got another position", tc)
		}
	}
}
