package logs_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// tailing is a source that gives the last line, too.
type tailing struct {
	*source
	tails int
	empty bool // the file
}

func (s *tailing) Tail(context.Context, string, string) (io.ReadCloser, error) {
	s.tails++
	if len(s.records) == 0 || s.empty {
		return io.NopCloser(strings.NewReader("")), nil
	}
	return io.NopCloser(bytes.NewReader(file(s.records[len(s.records)-1:], time.Time{}))), nil
}

// TestEndIsConfirmed: a clean end long after the container's own is believed if the last line came; else the rest is read.
func TestEndIsConfirmed(t *testing.T) {
	lines := []record{{at: 0, text: "a"}, {at: time.Second, text: "b"}, {at: time.Second, text: "c"}}
	long := []record{{at: 0, text: strings.Repeat("x", 100_000)}}
	tests := []struct {
		name    string
		records []record
		first   answer
		opens   int
		tails   int
	}{
		{"all came", lines, answer{cut: -1, endsAfter: time.Minute}, 1, 1},
		{"all came but the last newline", lines, answer{cut: 98, endsAfter: time.Minute}, 1, 1},
		{"a line is missing", lines, answer{cut: 66, endsAfter: time.Minute}, 2, 2},
		{"the last line is not whole", []record{{at: 0, text: "hello"}}, answer{cut: 34, endsAfter: time.Minute}, 2, 2},
		{"nothing was logged", nil, answer{cut: -1, endsAfter: time.Minute}, 1, 1},
		{"nothing came", lines, answer{cut: 0, endsAfter: time.Minute}, 2, 2},
		{"a long line", long, answer{cut: -1, endsAfter: time.Minute}, 1, 2},
		{"half of a long line", long, answer{cut: 50_000, endsAfter: time.Minute}, 2, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := &tailing{source: &source{t: t, records: tt.records, script: []answer{tt.first}}}
				ended := make(chan struct{})
				time.AfterFunc(55*time.Second, func() { close(ended) }) // less than 10 s before the stream's end
				var got string
				err := logs.Follow(t.Context(), src, logs.Container{Pod: "p", Name: "main", Ended: ended}, lineFunc(func(l logs.Line) error {
					got += string(l.Text)
					return nil
				}))
				var want string
				for _, r := range tt.records {
					want += r.text
				}
				if err != nil || got != want {
					t.Errorf("%d bytes came, want %d; %v", len(got), len(want), err)
				}
				if len(src.opens) != tt.opens || src.tails != tt.tails {
					t.Errorf("%d streams and %d looks at the last line, want %d and %d", len(src.opens), src.tails, tt.opens, tt.tails)
				}
			})
		})
	}
}

// TestEndUnasked: which clean ends are believed without a request, and which are not.
func TestEndUnasked(t *testing.T) {
	few := []record{{at: 0, text: "a"}, {at: time.Second, text: "b"}}
	many := []record{{at: 0, text: strings.Repeat("x", 10_000)}, {at: 1, text: strings.Repeat("y", 12_000)}, {at: 2, text: strings.Repeat("z", 12_000)}}
	var from logs.Position
	if err := from.UnmarshalText([]byte(positionOfA(t))); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		records []record
		lives   time.Duration // the stream
		news    time.Duration // of the container's end, after the opening
		from    logs.Position
		tails   int
	}{
		{name: "a no-op", news: time.Second},
		{name: "a no-op that was over before", news: 0},
		{name: "a short step, the news comes first", records: few, lives: 3 * time.Second, news: 2 * time.Second},
		{name: "a short step, the news comes after", records: few, lives: 3 * time.Second, news: 4 * time.Second},
		{name: "the news comes too late", records: few, lives: 3 * time.Second, news: 4*time.Second + 1, tails: 1},
		{name: "the stream ends too late", records: few, lives: 6 * time.Second, news: 4*time.Second - 1, tails: 1},
		{name: "a step that was over before, read in no time", records: few, lives: time.Second, news: 0},
		{name: "a step of some length", records: few, lives: 10 * time.Second, news: 10 * time.Second, tails: 1},
		{name: "a step that says much", records: many, lives: time.Second / 2, news: time.Second, tails: 2},
		{name: "a step that another has read before", records: few, lives: time.Second / 2, news: time.Second, from: from, tails: 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := &tailing{source: &source{t: t, records: tt.records, script: []answer{{cut: -1, endsAfter: tt.lives}}}}
				ended := closed()
				if tt.news > 0 {
					c := make(chan struct{})
					time.AfterFunc(tt.news, func() { close(c) })
					ended = c
				}
				var p printer
				if err := logs.Follow(t.Context(), src, logs.Container{Ended: ended, From: tt.from}, &p); err != nil {
					t.Error(err)
				}
				if len(src.opens) != 1 || src.tails != tt.tails {
					t.Errorf("%d streams and %d looks at the last line, want 1 and %d", len(src.opens), src.tails, tt.tails)
				}
			})
		})
	}
}

// positionOfA is the position behind the line a of the tests.
func positionOfA(t *testing.T) string {
	t.Helper()
	var p printer
	if err := logs.Read(t.Context(), &source{t: t, records: []record{{at: 0, text: "a"}}}, logs.Container{}, &p); err != nil {
		t.Fatal(err)
	}
	text, err := p.at.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestStuckStream: a kubelet that has missed a rotation ends the stream cleanly with the old file, at the container's end.
func TestStuckStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := strings.Repeat("x", 20_000)
		records := []record{{at: 0, text: text}, {at: 1, text: text}, {at: time.Second, text: "b"}}
		src := &tailing{source: &source{t: t, records: records, rotated: 2, script: []answer{{cut: 2 * 20_032}}}}
		var p printer
		if err := logs.Follow(t.Context(), src, logs.Container{Ended: closed()}, &p); err != nil {
			t.Error(err)
		}
		if want := rotated("09", "10") + "b\n"; !strings.HasSuffix(string(p.out), want) {
			t.Errorf("got %q, want %q", p.out[max(0, len(p.out)-200):], want)
		}
	})
}

// unwatched is a kubelet that can follow no file: it ends each stream that is to go on with its own words.
type unwatched struct{ tailing }

func (u *unwatched) Open(ctx context.Context, pod, container string, since time.Time, follow bool) (io.ReadCloser, error) {
	u.script = nil
	if follow {
		u.script = slices.Repeat([]answer{{cut: -1, words: "failed to create fsnotify watcher: too many open files"}}, len(u.opens)+1)
	}
	return u.tailing.Open(ctx, pod, container, since, follow)
}

// TestUnwatched: the end of a log needs no kubelet that can follow it.
func TestUnwatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &unwatched{tailing{source: &source{t: t, records: []record{{at: 0, text: "a"}, {at: time.Second, text: "b"}}}}}
		ended := make(chan struct{})
		time.AfterFunc(time.Minute, func() { close(ended) })
		if got, err := collect(t, src, ended); err != nil || got != "a\nb\n" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// TestNoCleanEnd: a log whose streams all break is whole nevertheless if its last line came.
func TestNoCleanEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &tailing{source: &source{t: t, records: []record{{at: 0, text: "a"}}, script: slices.Repeat([]answer{{cut: -1, end: errBroken}}, 20)}}
		if got, err := collect(t, src, closed()); err != nil || got != "a\n" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// TestPodGoneAtItsEnd: a Pod that is gone before its log's end can be proved is believed if all ended together.
func TestPodGoneAtItsEnd(t *testing.T) {
	tests := []struct {
		name string
		news time.Duration // after the stream's end
		want string
	}{
		{"together", time.Second, "a\n"},
		{"apart", time.Second + 1, "a\n[stepherd: lines after 2031-05-06T07:08:09.000Z may be missing: the pod is gone]\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := &source{t: t, records: []record{{at: 0, text: "a"}}, script: []answer{{cut: -1, endsAfter: time.Minute}, {openErr: goneError{gone: true}}}}
				ended := make(chan struct{})
				time.AfterFunc(time.Minute+tt.news, func() { close(ended) })
				got, _ := collect(t, src, ended)
				if got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		})
	}
}

// TestUnended: a last line without a newline is marked as one.
func TestUnended(t *testing.T) {
	for cut, want := range map[int]bool{98: true, -1: false} {
		src := &source{t: t, records: []record{{at: 0, text: "a"}, {at: 1, text: "b"}, {at: 2, text: "c"}}, script: []answer{{cut: cut}}}
		var last logs.Line
		err := logs.Follow(t.Context(), src, logs.Container{Ended: closed()}, lineFunc(func(l logs.Line) error {
			if last.Unended {
				t.Error("a line that others follow has no end")
			}
			last = logs.Line{Time: l.Time, Unended: l.Unended}
			return nil
		}))
		if err != nil || last.Unended != want {
			t.Errorf("cut at %d: %+v, %v", cut, last, err)
		}
	}
}
