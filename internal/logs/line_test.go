package logs

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const stampText = "2031-05-06T07:08:09.123456789Z"

// TestParts reads streams in reads of every awkward size.
func TestParts(t *testing.T) {
	long := strings.Repeat("l", MaxLine)
	tests := []struct {
		name, in string
		want     []string // each part as `flags time text`; long texts by their length
	}{
		{"nothing", "", nil},
		{"a line", stampText + " hello\n", []string{"first stamped hello"}},
		{"an empty line", stampText + " \n", []string{"first stamped "}},
		{"blanks stay", stampText + "   a b \n", []string{"first stamped   a b "}},
		{"a carriage return stays", stampText + " 10%\r20%\r\n", []string{"first stamped 10%\r20%\r"}},
		{"bytes of any kind stay", stampText + " \x00\xff\xfe\n", []string{"first stamped \x00\xff\xfe"}},
		{"a zone", "2031-05-06T07:08:09.123456789+02:00 x\n", []string{"first stamped x"}},
		{"no stampText", "hello world\n", []string{"first hello world"}},
		{"no stampText, and no blank", "hello\n", []string{"first hello"}},
		{"a stampText and no blank", stampText + "\n", []string{"first " + stampText}},
		{"no newline at the end", stampText + " a\n" + stampText + " b", []string{"first stamped a", "first stamped cut b"}},
		{"cut after the stampText", stampText + " a\n" + stampText + " ", []string{"first stamped a", "first stamped cut "}},
		{"cut in the stampText", stampText + " a\n2031-05", []string{"first stamped a", "first cut 2031-05"}},
		{"one line of the limit", stampText + " " + long + "\n", []string{"first stamped [15360]"}},
		{"one byte more", stampText + " " + long + "x\n", []string{"first stamped continues [15360]", "x"}},
		{"twice the limit", stampText + " " + long + long + "\n", []string{"first stamped continues [15360]", "[15360]"}},
		{"cut in a long line", stampText + " " + long + "xy", []string{"first stamped continues [15360]", "cut xy"}},
		{"progress updates stay whole", stampText + " " + long[:8000] + "\r" + long + "\r" + "90%\r100%\n", []string{"first stamped continues [8001]", "continues [15360]", "\r90%\r100%"}},
		{"a progress update of more than half a part is cut", stampText + " a\r" + long + "\n", []string{"first stamped continues [15360]", "ll"}},
		{"cut behind a progress update", stampText + " " + long[:15_000] + "\r" + long[:300], []string{"first stamped cut [15301]"}},
		{"cut at the limit", stampText + " " + long, []string{"first stamped cut [15360]"}},
		{"long without a stampText", long + "xyz\n", []string{"first continues [15360]", "xyz"}},
		{"short after long", stampText + " " + long + "x\n" + stampText + " y\n", []string{"first stamped continues [15360]", "x", "first stamped y"}},
	}
	readers := map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader, "halves": iotest.HalfReader, "data with EOF": iotest.DataErrReader,
	}
	for _, tt := range tests {
		for name, reader := range readers {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				var got []string
				p := newParts(reader(strings.NewReader(tt.in)))
				for {
					part, err := p.next()
					if err == nil || part.cut {
						got = append(got, describe(part))
					}
					if err != nil {
						if !errors.Is(err, io.EOF) {
							t.Error(err)
						}
						break
					}
				}
				if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.want) {
					t.Errorf("got  %q\nwant %q", got, tt.want)
				}
			})
		}
	}
}

func describe(p part) string {
	text := string(p.Text)
	if len(text) > 100 {
		text = fmt.Sprintf("[%d]", len(text))
	}
	var flags string
	for _, f := range []struct {
		is   bool
		word string
	}{{p.first, "first "}, {p.stamped && p.first, "stamped "}, {p.Continues, "continues "}, {p.cut, "cut "}} {
		if f.is {
			flags += f.word
		}
	}
	return flags + text
}

func TestPartsKeepTheTime(t *testing.T) {
	p := newParts(strings.NewReader(stampText + " a\nno stampText\n"))
	first, _ := p.next()
	second, _ := p.next()
	if first.Time.Format("15:04:05.000000000") != "07:08:09.123456789" || !second.Time.Equal(first.Time) || second.stamped {
		t.Errorf("got %v and %v", first.Time, second.Time)
	}
}

// TestPartsAllocateNothing: a line costs no garbage.
func TestPartsAllocateNothing(t *testing.T) {
	p := newParts(&endless{line: []byte(stampText + " a line of an ordinary length, as programs print it\n")})
	_, _ = p.next()
	if n := testing.AllocsPerRun(1000, func() { _, _ = p.next() }); n > 1 {
		t.Errorf("%v allocations a line", n)
	}
}

type endless struct{ line, rest []byte }

func (e *endless) Read(b []byte) (int, error) {
	if len(e.rest) == 0 {
		e.rest = e.line
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func BenchmarkParts(b *testing.B) {
	line := []byte(stampText + " a line of an ordinary length, as programs print it\n")
	p := newParts(&endless{line: line})
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if _, err := p.next(); err != nil {
			b.Fatal(err)
		}
	}
}
