package logs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
)

// made is a Source that makes a log while it is read.
type made struct{ log func() io.Reader }

func (m made) Open(context.Context, string, string, time.Time, bool) (io.ReadCloser, error) {
	return io.NopCloser(m.log()), nil
}

const madeStamp = "2031-05-06T07:08:09.000000000Z "

// TestHugeLines: lines of 10 MB go through whole, in parts, and need no more memory than short ones.
func TestHugeLines(t *testing.T) {
	const lines, size = 5, 10_000_000
	log := func() io.Reader {
		var all []io.Reader
		for range lines {
			all = append(all, bytes.NewReader([]byte(madeStamp)), io.LimitReader(&noise{}, size), bytes.NewReader([]byte("\n")))
		}
		return io.MultiReader(all...)
	}
	want := sha256.New()
	if _, err := io.CopyN(want, &noise{}, size); err != nil {
		t.Fatal(err)
	}
	got, ended, parts := sha256.New(), 0, 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := logs.Read(t.Context(), made{log}, logs.Container{}, lineFunc(func(l logs.Line) error {
		parts++
		if len(l.Text) > logs.MaxLine {
			return fmt.Errorf("a part of %d bytes", len(l.Text))
		}
		got.Write(l.Text)
		if !l.Continues {
			ended++
			if !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
				return fmt.Errorf("line %d is another", ended)
			}
			got.Reset()
		}
		return nil
	}))
	runtime.ReadMemStats(&after)
	if err != nil || ended != lines {
		t.Errorf("%d lines came, want %d; %v", ended, lines, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 200<<10 {
		t.Errorf("%d MB in %d parts took %d bytes of memory in all", lines*size/1_000_000, parts, used)
	}
}

// noise is bytes of all kinds but newlines.
type noise struct{ n int }

func (r *noise) Read(b []byte) (int, error) {
	for i := range b {
		r.n++
		if b[i] = byte(r.n % 251); b[i] == '\n' {
			b[i] = 0xff
		}
	}
	return len(b), nil
}

// TestManyLines: lines cost no garbage on their way from the stream to the sink.
func TestManyLines(t *testing.T) {
	const lines = 100_000
	log := func() io.Reader {
		return io.LimitReader(&repeating{line: []byte(madeStamp + "an ordinary line of a log\n")}, lines*57)
	}
	came := 0
	sink := lineFunc(func(logs.Line) error { came++; return nil })
	allocs := testing.AllocsPerRun(1, func() {
		came = 0
		if err := logs.Read(t.Context(), made{log}, logs.Container{}, sink); err != nil {
			t.Error(err)
		}
	})
	if came != lines || allocs > 100 {
		t.Errorf("%d lines, want %d, with %v allocations", came, lines, allocs)
	}
}

type repeating struct{ line, rest []byte }

func (r *repeating) Read(b []byte) (int, error) {
	if len(r.rest) == 0 {
		r.rest = r.line
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// TestOddLogs: all bytes but newlines pass as they are.
func TestOddLogs(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
	}{
		{"no line", "", nil},
		{"an empty line", madeStamp + "\n", []string{""}},
		{"no newline at the end", madeStamp + "a\n" + madeStamp + "b", []string{"a", "b"}},
		{"NUL", madeStamp + "\x00a\x00\n", []string{"\x00a\x00"}},
		{"no UTF-8", madeStamp + "\xff\xfe\xc3\n", []string{"\xff\xfe\xc3"}},
		{"returns", madeStamp + "10%\r20%\r\n", []string{"10%\r20%\r"}},
		{"colors", madeStamp + "\x1b[31mred\x1b[0m\n", []string{"\x1b[31mred\x1b[0m"}},
		{"what looks like a stamp", madeStamp + madeStamp + "x\n", []string{madeStamp + "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			err := logs.Read(t.Context(), made{func() io.Reader { return bytes.NewReader([]byte(tt.in)) }}, logs.Container{}, lineFunc(func(l logs.Line) error {
				got = append(got, string(l.Text))
				return nil
			}))
			if err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.want) {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// BenchmarkFollow is all that a line costs from the stream to the sink.
func BenchmarkFollow(b *testing.B) {
	line := []byte(madeStamp + "2031-05-06 07:08:09 INFO an ordinary line, as programs print it, without anything of note in it\n")
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	log := func() io.Reader { return io.LimitReader(&repeating{line: line}, int64(len(line)*b.N)) }
	var out []byte
	if err := logs.Read(b.Context(), made{log}, logs.Container{}, lineFunc(func(l logs.Line) error {
		out = logfmt.Append(out[:0], "step | ", l)
		return nil
	})); err != nil {
		b.Fatal(err)
	}
}

// TestProgressUpdates: a long line of progress updates is printed as one update for each of its parts.
func TestProgressUpdates(t *testing.T) {
	var in strings.Builder
	in.WriteString(madeStamp)
	for i := range 400 {
		fmt.Fprintf(&in, "\rtrain: %3d%%|%-20s| %d/400 [00:%02d<00:10]", i/4, strings.Repeat("#", i/20), i, i%60)
	}
	in.WriteString("\n")
	var got []string
	if err := logs.Read(t.Context(), made{func() io.Reader { return strings.NewReader(in.String()) }}, logs.Container{}, lineFunc(func(l logs.Line) error {
		got = append(got, string(logfmt.Append(nil, "train | ", l)))
		return nil
	})); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 {
		t.Fatalf("%d lines of %d bytes", len(got), in.Len())
	}
	const last = "train | train:  99%|################### | 399/400 [00:39<00:10]\n"
	if got[1] != last || len(got[0]) > 120 || !strings.HasSuffix(got[0], " [line continues]\n") {
		t.Errorf("got %q, want a short beginning and %q", got, last)
	}
}
