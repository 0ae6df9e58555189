package transfer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/archive"
	"github.com/stepherd/stepherd/internal/logs"
)

// kept is an archive with a loud log, a quiet one of a side container, an empty one, and a second attempt with a gap.
func kept(t *testing.T) (archive.Dir, map[archive.Name]source) {
	t.Helper()
	d := archive.Dir{Root: t.TempDir(), Scratch: true}
	w := archive.NewWriter(d, "f")
	random := rand.New(rand.NewPCG(1, 2))
	loud := source{}
	for i := range 12_000 {
		noise := make([]byte, 60)
		for k := range noise {
			noise[k] = byte('!' + random.IntN(90))
		}
		loud = append(loud, record{epoch.Add(time.Duration(i) * 10 * time.Millisecond), fmt.Sprintf("%d %s", i, noise)})
	}
	all := map[archive.Name]source{
		logOf("train[3]", 1, "main"): loud, logOf("train[3]", 1, "watch-dog"): three(), logOf("train[3]", 2, "main"): three()[:2], logOf("b", 1, "main"): nil,
	}
	for name, records := range all {
		l, err := w.Open(name.Step, name.Attempt, name.Container)
		if err != nil {
			t.Fatal(err)
		}
		err = logs.Read(t.Context(), records, logs.Container{Pod: "p", Name: "main"}, l)
		if name.Attempt == 2 {
			err = errors.Join(err, l.Gap(logs.Gap{From: epoch.Add(time.Second), Cause: logs.CausePodGone}))
		}
		if err := errors.Join(err, l.Close(name.Attempt == 1)); err != nil {
			t.Fatal(err)
		}
	}
	return d, all
}

// carry asks until all has come, or nothing more comes, and gives the number of answers.
func carry(t *testing.T, from archive.Storage, r *Receiver, most int64, spoil func(answer int, lines []string) []string) (int, error) {
	t.Helper()
	var failed error
	vain := 0
	for n := 1; ; n++ {
		rest, more := r.Rest()
		if !more {
			return n - 1, nil
		}
		if n > 200 {
			t.Fatal("it has no end")
		}
		asked, err := DecodeRequest(rest.Encode())
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := Send(&out, from, asked, most); err != nil {
			failed = err
		}
		got := r.Got()
		r.Begin()
		for _, line := range spoil(n, strings.SplitAfter(out.String(), "\n")) {
			if line == "" {
				continue
			}
			if len(line) > logs.MaxLine {
				t.Fatalf("a line of %d bytes", len(line))
			}
			_ = r.Line([]byte(strings.TrimSuffix(line, "\n")))
		}
		if err := r.End(); err != nil {
			failed = err
		}
		if r.Got() > got {
			vain = 0
			continue
		}
		if vain++; vain == 2 && failed != nil {
			return n, failed
		}
	}
}

// TestTravel: whatever an answer loses, everything comes in the end, in as many answers as it takes.
func TestTravel(t *testing.T) {
	d, all := kept(t)
	wanted := Request{Folder: "f", Logs: []archive.Name{logOf("train[3]", 1, ""), logOf("train[3]", 2, "main"), logOf("b", 1, ""), logOf("none", 1, "main")}}
	random := rand.New(rand.NewPCG(3, 4))
	none := func(_ int, lines []string) []string { return lines }
	tests := []struct {
		name        string
		most        int64
		spoil       func(int, []string) []string
		least, many int
	}{
		{"in one", SendSize, none, 1, 1},
		{"in several", 200 << 10, none, 3, 12},
		{"member by member", 1, none, 7, 20},
		{"without the end", SendSize, func(n int, lines []string) []string {
			if n == 1 {
				return lines[:len(lines)/2]
			}
			return lines
		}, 2, 2},
		{"without a part in the middle", SendSize, func(n int, lines []string) []string {
			if n < 3 {
				return slices.Delete(lines, len(lines)/2, len(lines)/2+1+random.IntN(len(lines)/2))
			}
			return lines
		}, 3, 3},
		{"with a line twice", SendSize, func(n int, lines []string) []string {
			if n == 1 {
				return slices.Insert(lines, 20, lines[19])
			}
			return lines
		}, 2, 2},
		{"with a letter changed", SendSize, func(n int, lines []string) []string {
			if n == 1 {
				l := []byte(lines[20])
				l[100] ^= 1
				lines[20] = string(l)
			}
			return lines
		}, 2, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			to := archive.Dir{Root: t.TempDir(), Scratch: true}
			answers, err := carry(t, d, NewReceiver(to, wanted), tt.most, tt.spoil)
			if err != nil || answers < tt.least || answers > tt.many {
				t.Errorf("%d answers, want %d to %d; %v", answers, tt.least, tt.many, err)
			}
			for name, records := range all {
				s, err := archive.Load(to, "f", name)
				if err != nil {
					t.Error(err)
					continue
				}
				var got []byte
				if err := s.Replay(t.Context(), time.Time{}, &text{out: &got}); err != nil {
					t.Error(err)
				}
				want := records.since(time.Time{})
				if name.Attempt == 2 {
					want += "[lines after 1999-05-06T07:08:10.000Z may be missing: the pod is gone]\n"
				}
				if string(got) != want || !s.Ended() {
					t.Errorf("%s: %d bytes came, want %d; ended: %v", name, len(got), len(want), s.Ended())
				}
			}
			if _, err := archive.Load(to, "f", logOf("none", 1, "main")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("what is not there: %v", err)
			}
		})
	}
}

// TestTravelSince: only what may be wanted travels.
func TestTravelSince(t *testing.T) {
	d, all := kept(t)
	name := logOf("train[3]", 1, "main")
	since := epoch.Add(110 * time.Second)
	var out bytes.Buffer
	r := NewReceiver(archive.Dir{Root: t.TempDir(), Scratch: true}, Request{Folder: "f", Logs: []archive.Name{name}, Since: since})
	rest, _ := r.Rest()
	if err := Send(&out, d, rest, SendSize); err != nil {
		t.Fatal(err)
	}
	if size := len(read(t, d, name)); out.Len() > size/2 {
		t.Errorf("%d bytes for the last tenth of a file of %d", out.Len(), size)
	}
	if _, err := carry(t, d, r, SendSize, func(_ int, lines []string) []string { return lines }); err != nil {
		t.Fatal(err)
	}
	s, err := archive.Load(r.storage, "f", name)
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	if err := s.Replay(t.Context(), since, &text{out: &got}); err != nil || string(got) != all[name].since(since) {
		t.Errorf("%d bytes, want %d; %v", len(got), len(all[name].since(since)), err)
	}
}

// TestTravelTail: of a long log only the end travels, and its last lines are among it.
func TestTravelTail(t *testing.T) {
	d, all := kept(t)
	name := logOf("train[3]", 1, "main")
	for _, tail := range []int{1, 100, 5000, 1 << 20} {
		r := NewReceiver(archive.Dir{Root: t.TempDir(), Scratch: true}, Request{Folder: "f", Logs: []archive.Name{name}, Tail: tail})
		if _, err := carry(t, d, r, SendSize, func(_ int, lines []string) []string { return lines }); err != nil {
			t.Fatal(err)
		}
		s, err := archive.Load(r.storage, "f", name)
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		if err := s.Replay(t.Context(), time.Time{}, &text{out: &got}); err != nil {
			t.Fatal(err)
		}
		want := all[name].since(time.Time{})
		lines := strings.Count(string(got), "\n")
		if !strings.HasSuffix(want, string(got)) || lines < min(tail, 12_000) || lines > tail+4000 {
			t.Errorf("the last %d: %d lines came", tail, lines)
		}
	}
}

// TestTravelTrouble: what cannot be had is told, and the rest comes.
func TestTravelTrouble(t *testing.T) {
	d, _ := kept(t)
	if err := os.WriteFile(fileOf(d, logOf("b", 1, "main"), archive.IndexSuffix), []byte("not ours\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	to := archive.Dir{Root: t.TempDir(), Scratch: true}
	r := NewReceiver(to, Request{Folder: "f", Logs: []archive.Name{logOf("b", 1, ""), logOf("train[3]", 2, "")}})
	if n, err := carry(t, d, r, SendSize, func(_ int, lines []string) []string { return lines }); err != nil || n != 1 {
		t.Errorf("%d answers, %v", n, err)
	}
	const why = "read the archived log of container main of attempt 1 of step b: its index is not one of stepherd's, or of a later version"
	if got := r.Refused(); len(got) != 1 || got[logOf("b", 1, "main")] != why {
		t.Errorf("refused: %q", got)
	}
	if _, err := archive.Load(to, "f", logOf("train[3]", 2, "main")); err != nil {
		t.Error(err)
	}
	for name, lines := range map[string][]string{
		`this is not the archive's: "usage: driver run"`: {"usage: driver run\n"},
		"something is missing before line 1":             {`{"n":2,"log":{"step":"b","attempt":1,"container":"main"}}`},
		"the answer has no end":                          {},
	} {
		r := NewReceiver(archive.Dir{Root: t.TempDir(), Scratch: true}, Request{Folder: "f", Logs: []archive.Name{logOf("b", 1, "main")}})
		_, err := carry(t, d, r, SendSize, func(int, []string) []string { return lines })
		if err == nil || err.Error() != name {
			t.Errorf("got %v, want %s", err, name)
		}
	}
}
