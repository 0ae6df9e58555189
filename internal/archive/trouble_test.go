package archive

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/logs"
)

// feed hands lines of 1 KiB to a log until it errs, and gives how many it took.
func feed(l *Log, most int) (int, error) {
	line := logs.Line{Time: epoch, Text: []byte(strings.Repeat("x", 1024))}
	for n := range most {
		if err := l.Line(line, logs.Position{}); err != nil {
			return n, err
		}
	}
	return most, nil
}

// TestFullDisk: one error, at once, and no more than that.
func TestFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		d.writes, d.err = 3, syscall.ENOSPC
		l, err := NewWriter(d, "f").Open("a", 1, "main")
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		_, err = feed(l, 100_000)
		const want = "write the archived log of container main of attempt 1 of step a: no space left on device"
		if err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
		if _, again := feed(l, 1); again == nil || again.Error() != want {
			t.Errorf("a line after that: %v", again)
		}
		if err := l.Close(true); err == nil || err.Error() != want {
			t.Errorf("close: %v", err)
		}
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestAllThatFailsAtTheEnd: the write that failed is told first, then each file that could not be closed.
func TestAllThatFailsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		d.writes, d.err, d.unclosed = 2, syscall.ENOSPC, syscall.EIO
		l, err := NewWriter(d, "f").Open("a", 1, "main")
		if err != nil {
			t.Fatal(err)
		}
		_, err = feed(l, 1)
		const want = `write the archived log of container main of attempt 1 of step a: no space left on device
close main.log.gz: input/output error
close main.idx: input/output error`
		if err := errs.Join(err, l.Close(true)); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

// TestSilentDisk: a storage that does not answer is waited for once, whatever the number of logs; when it answers again, so
// do new logs.
func TestSilentDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		w := NewWriter(d, "f")
		var open []*Log
		for n := range 10 {
			l, err := w.Open("a", n+1, "main")
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, l)
		}
		d.silent = make(chan struct{})
		begun := time.Now()
		for n, l := range open {
			took, err := feed(l, 10_000)
			if !errors.Is(err, errSilent) {
				t.Errorf("log %d: %v", n, err)
			}
			if kib := took; kib < 240 || kib > 2*256 {
				t.Errorf("log %d took %d KiB while nothing was written", n, kib)
			}
			if err := l.Close(true); !errors.Is(err, errSilent) {
				t.Errorf("log %d, close: %v", n, err)
			}
		}
		if took := time.Since(begun); took < patience || took > patience+30*time.Second {
			t.Errorf("10 logs waited %v for it", took)
		}
		if _, err := w.Open("b", 1, "main"); !errors.Is(err, errSilent) {
			t.Errorf("open: %v", err)
		}
		close(d.silent)
		synctest.Wait()
		d.silent = nil
		l, err := w.Open("b", 1, "main")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := feed(l, 1000); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(true); err != nil || w.patience() != patience {
			t.Errorf("%v; patience %v", err, w.patience())
		}
	})
}

// TestHeldMemory: logs that the storage is too slow for hold little together.
func TestHeldMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		w := NewWriter(d, "f")
		errs := make(chan error)
		const n = 300
		var open []*Log
		for i := range n {
			l, err := w.Open("a", i+1, "main")
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, l)
		}
		d.silent = make(chan struct{})
		for _, l := range open {
			go func() {
				_, err := feed(l, 400)
				errs <- errors.Join(err, l.Close(true))
			}()
		}
		synctest.Wait()
		most := int64(heldSize + n*(smallMember+2<<10))
		if held := w.held.Load(); held > most || held < heldSize {
			t.Errorf("%d KiB are held, want between %d and %d", held>>10, heldSize>>10, most>>10)
		}
		close(d.silent)
		for range n {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if held := w.held.Load(); held != 0 {
			t.Errorf("%d bytes are held at the end", held)
		}
	})
}

// TestGaps: a gap is kept between the lines that it lies between, once, and ends a line that it cuts.
func TestGaps(t *testing.T) {
	d := newDisk()
	for range 2 {
		l, err := NewWriter(d, "f").Open("a", 1, "main")
		if err != nil {
			t.Fatal(err)
		}
		rotated := logs.Gap{From: epoch, To: epoch.Add(time.Minute), Cause: logs.CauseRotated}
		gone := logs.Gap{From: epoch.Add(time.Minute), Cause: logs.CausePodGone}
		var after []logs.Position
		all := source{{epoch, strings.Repeat("x", 2*logs.MaxLine)}, {epoch.Add(time.Minute), "b"}}
		if err := logs.Read(t.Context(), all, logs.Container{Pod: "p", Name: "main"}, sinkOf(func(_ logs.Line, p logs.Position) error {
			after = append(after, p)
			return nil
		})); err != nil {
			t.Fatal(err)
		}
		half := logs.Line{Time: epoch, Text: []byte("half"), Continues: true}
		for _, err := range []error{
			l.Line(half, after[0]), l.Gap(rotated), l.Line(logs.Line{Time: epoch.Add(time.Minute), Text: []byte("b")}, after[2]), l.Gap(gone), l.Close(false),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	s, err := Load(d, "f", sample)
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	if err := s.Replay(t.Context(), time.Time{}, &text{out: &got}); err != nil {
		t.Fatal(err)
	}
	const want = "1999-05-06T07:08:09.000000000Z half\n" +
		"[lines between 1999-05-06T07:08:09.000Z and 1999-05-06T07:09:09.000Z may be missing: the node has rotated the log]\n" +
		"1999-05-06T07:09:09.000000000Z b\n[lines after 1999-05-06T07:09:09.000Z may be missing: the pod is gone]\n"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if whole(s) {
		t.Error("it is not whole")
	}
	got = nil
	if err := s.Replay(t.Context(), epoch.Add(2*time.Minute), &text{out: &got}); err != nil {
		t.Fatal(err)
	}
	if want := "[lines after 1999-05-06T07:09:09.000Z may be missing: the pod is gone]\n"; string(got) != want {
		t.Errorf("since later: got %q", got)
	}
}

// TestLateGapInCatchUp: a gap that is told late stands between lines that follow each other; the archive has some of them.
func TestLateGapInCatchUp(t *testing.T) {
	d := newDisk()
	var records source
	for i := range 6 {
		records = append(records, record{epoch.Add(time.Duration(i) * time.Second), fmt.Sprint(i)})
	}
	write(t, d, records[:4], false)
	l, err := NewWriter(d, "f").Open("a", 1, "main")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := logs.Read(t.Context(), records, logs.Container{Pod: "p", Name: "main"}, sinkOf(func(line logs.Line, after logs.Position) error {
		if n++; n == 2 {
			return errors.Join(l.Gap(logs.Gap{From: epoch, To: records[1].at, Cause: logs.CauseNewFile}), l.Line(line, after))
		}
		return l.Line(line, after)
	})); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(true); err != nil {
		t.Fatal(err)
	}
	want := records[:4].since(time.Time{}) +
		"[lines between 1999-05-06T07:08:09.000Z and 1999-05-06T07:08:10.000Z may be missing: the node has begun a new file of the log]\n" +
		records[4:].since(time.Time{})
	if got := replayed(t, d); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// replayed is what the archive has of the sample.
func replayed(t *testing.T, d *disk) string {
	t.Helper()
	s, err := Load(d, "f", sample)
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	if err := s.Replay(t.Context(), time.Time{}, &text{out: &got}); err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// TestCatchUpAcrossGap: a follower that begins behind, where the node has thrown lines away since, delivers lines that the
// archive has, with positions that count otherwise.
func TestCatchUpAcrossGap(t *testing.T) {
	var records source
	for i := range 100 {
		records = append(records, record{epoch.Add(time.Duration(i) * time.Second), fmt.Sprint(i)})
	}
	tests := []struct {
		name string
		kept int // lines that the archive has
		to   int // the first line that the node still has
		want []string
	}{
		{"the node has what follows", 50, 40, nil},
		{"the node has less", 50, 60, []string{"[lines between 1999-05-06T07:08:58.000Z and 1999-05-06T07:09:09.000Z may be missing: the node has rotated the log]"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDisk()
			write(t, d, records[:tt.kept], false)
			l, err := NewWriter(d, "f").Open("a", 1, "main")
			if err != nil {
				t.Fatal(err)
			}
			var pos []logs.Position
			if err := logs.Read(t.Context(), records, logs.Container{Pod: "p", Name: "main"}, sinkOf(func(_ logs.Line, p logs.Position) error {
				pos = append(pos, p)
				return nil
			})); err != nil {
				t.Fatal(err)
			}
			// stdout was at line 10
			if err := l.Gap(logs.Gap{From: records[9].at, To: records[tt.to].at, Cause: logs.CauseRotated}); err != nil {
				t.Fatal(err)
			}
			for i, r := range records[tt.to:] {
				if err := l.Line(logs.Line{Time: r.at, Text: []byte(r.text)}, pos[10+i]); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.Close(true); err != nil {
				t.Fatal(err)
			}
			want := records[:tt.kept].since(time.Time{}) + strings.Join(tt.want, "\n")
			if len(tt.want) > 0 {
				want += "\n"
			}
			want += records[max(tt.kept, tt.to):].since(time.Time{})
			if got := replayed(t, d); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
