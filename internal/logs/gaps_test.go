package logs_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/logs"
)

// TestRotated: what is marked where a stream finds another file than the one that was read before.
func TestRotated(t *testing.T) {
	s := time.Second
	abcd := []record{{at: 0, text: "a"}, {at: s, text: "b"}, {at: 2 * s, text: "c"}, {at: 3 * s, text: "d"}}
	ties := []record{{at: 0, text: "x"}, {at: 5, text: "a"}, {at: 5, text: "b"}, {at: 5, text: "c"}, {at: 5, text: "d"}}
	tests := []struct {
		name    string
		records []record
		cut     int // lines of the first stream
		rotated int // records that are gone when the second stream is opened
		want    string
	}{
		{"nothing is lost where the file has the last line", abcd, 3, 2, "a\nb\nc\nd\n"},
		{"nothing came after it", abcd, 4, 3, "a\nb\nc\nd\n"},
		{"the last line is in the old file", abcd, 2, 2, "a\nb\n" + rotated("10", "11") + "c\nd\n"},
		{"the last line and others are in the old file", abcd, 2, 3, "a\nb\n" + rotated("10", "12") + "d\n"},
		{"the new file is empty", abcd, 2, 4, "a\nb\n[stepherd: lines after 2031-05-06T07:08:10.000Z may be missing: the node has rotated the log]\n"},
		{"the file begins among lines with the last one's stamp", ties, 3, 2, "x\na\nb\n" + rotated("09", "09") + "d\n"},
		{"a line that came late is the last", []record{{at: 0, text: "a"}, {at: 3, text: "c"}, {at: 2, text: "b"}, {at: 4, text: "d"}}, 3, 1, "a\nc\nb\nd\n"},
		{"lines of one stamp, the file begins before them", []record{{at: 0, text: "x"}, {at: 1, text: "y"}, {at: 2, text: "a"}, {at: 2, text: "b"}, {at: 2, text: "c"}}, 4, 1, "x\ny\na\nb\nc\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := &source{t: t, records: tt.records, rotated: tt.rotated, script: []answer{{cut: 33 * tt.cut, end: errBroken}}}
				got, err := collect(t, src, closed())
				if err != nil || got != tt.want {
					t.Errorf("got %q, %v\nwant %q", got, err, tt.want)
				}
			})
		})
	}
}

// TestRotatedThenWhole: the mark of an empty new file comes with the first line that is there.
func TestRotatedThenWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{
			t: t, records: []record{{at: 0, text: "a"}, {at: time.Second, text: "b"}}, rotated: 2,
			script: []answer{{cut: 33, end: errBroken}, {words: "", endsAfter: time.Second, end: errBroken}, {words: "2031-05-06T07:08:12Z d\n"}},
		}
		got, err := collect(t, src, closed())
		if want := "a\n" + rotated("09", "12") + "d\n"; err != nil || got != want {
			t.Errorf("got %q, %v\nwant %q", got, err, want)
		}
	})
}

// TestBeginningLost: a log that was taken up late may have lost its beginning.
func TestBeginningLost(t *testing.T) {
	const mark = "[stepherd: lines before 2031-05-06T07:08:29.000Z may be missing: the node has rotated the log]\n"
	tests := []struct {
		name   string
		opened time.Duration // after the container's start
		first  time.Duration // the first line, after the container's start
		waited time.Duration // for the first line
		before []answer      // streams that gave nothing
		want   string
	}{
		{name: "opened late, the first line is late", opened: 15 * time.Second, first: 20 * time.Second, want: mark + "a\n"},
		{name: "opened long after the end", opened: time.Hour, first: 20 * time.Second, want: mark + "a\n"},
		{name: "opened late, the first line is not", opened: time.Hour, first: 9 * time.Second, want: "a\n"},
		{name: "opened at once, silent for long", opened: time.Second, waited: 19 * time.Second, first: 20 * time.Second, want: "a\n"},
		{name: "a clock that is ahead makes no gap", opened: 11 * time.Second, waited: 19 * time.Second, first: 20 * time.Second, want: "a\n"},
		{
			name: "there from the beginning, with a break", opened: time.Second, waited: time.Second, first: 20 * time.Second, want: "a\n",
			before: []answer{{endsAfter: 9 * time.Second, end: errBroken}, {endsAfter: 9 * time.Second, end: errBroken}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				started := epoch.Add(20*time.Second - tt.first)
				pass := time.Until(started.Add(tt.opened))
				time.Sleep(pass) // virtual
				line := "2031-05-06T07:08:29Z a\n"
				src := &source{t: t, script: append(tt.before, answer{words: line, after: tt.waited})}
				var p printer
				err := logs.Follow(t.Context(), src, logs.Container{Started: started}, &p)
				if err != nil || string(p.out) != tt.want {
					t.Errorf("got %q, %v\nwant %q", p.out, err, tt.want)
				}
			})
		})
	}
}

// TestPodGone: what of the log came of a line that was not whole is handed on before the mark.
func TestPodGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{t: t, records: []record{{at: 0, text: "a"}, {at: 0, text: "hello"}}, script: []answer{{cut: 33 + 34, end: errBroken}, {openErr: goneError{gone: true}}}}
		got, err := collect(t, src, closed())
		const want = "a\nhel [line continues]\n[stepherd: lines after 2031-05-06T07:08:09.000Z may be missing: the pod is gone]\n"
		if !errs.IsNotFound(err) || got != want {
			t.Errorf("got %q, %v\nwant %q", got, err, want)
		}
	})
}

func closed() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}
