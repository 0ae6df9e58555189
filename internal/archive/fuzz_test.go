package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// epoch is before the time at which a bubble of synctest begins: logs are of the past.
var epoch = time.Date(1999, 5, 6, 7, 8, 9, 0, time.UTC)

// life is what one driver does before it ends, one way or another.
type life struct {
	lines  int // parts that it delivers; 0 = all
	writes int // that the disk takes, when it crashes in one
	torn   int
	closes bool
	behind int // how many parts its stdout is behind the last one that was handed on
	pause  time.Duration
	every  int // parts between pauses
}

// model makes of fuzzed bytes a log and the lives of the drivers that keep it.
func model(data []byte) (source, []life) {
	var records source
	var lives []life
	at := epoch
	for ; len(data) >= 4 && len(records) < 300 && len(lives) < 12; data = data[4:] {
		n := int(binary.LittleEndian.Uint16(data[1:]))
		switch data[0] % 8 {
		case 0: // the same stamp
		case 1, 2:
			at = at.Add(time.Duration(n) * time.Microsecond)
		case 3:
			at = at.Add(time.Duration(n) * time.Millisecond)
		case 4:
			lives = append(lives, life{lines: 1 + n%40, closes: data[3]%2 == 0, behind: int(data[3]) % 9, writes: -1})
			continue
		case 5:
			lives = append(lives, life{writes: 1 + n%24, torn: int(data[3]), behind: int(data[3]) % 5, pause: time.Second, every: 1 + n%7})
			continue
		case 6:
			lives = append(lives, life{lines: 1 + n%90, writes: -1, pause: time.Duration(n) * time.Millisecond, every: 1 + int(data[3])%20})
			continue
		}
		text := fmt.Sprint(len(records))
		switch data[3] % 8 {
		case 0:
			text = ""
		case 1:
			text += strings.Repeat("x", int(data[3])*500)
		case 2:
			text = "\x00\xff\r" + text
		}
		records = append(records, record{at, text})
	}
	return records, append(lives, life{writes: -1, closes: true})
}

var errEnds = errors.New("the driver ends")

// reading is a driver's hand: it gives a log what a follower gives it.
type reading struct {
	life
	log   *Log
	parts int
	seen  []logs.Position
}

func (r *reading) Line(l logs.Line, after logs.Position) error {
	if r.parts++; r.lines > 0 && r.parts > r.lines {
		return errEnds
	}
	if r.every > 0 && r.parts%r.every == 0 {
		time.Sleep(r.pause) // virtual time
	}
	r.seen = append(r.seen, after)
	return r.log.Line(l, after)
}

func (r *reading) Gap(g logs.Gap) error { return r.log.Gap(g) }

// FuzzWriter: whatever the log and however the drivers end, every line is kept once and in order, and what was kept is
// never written again.
func FuzzWriter(f *testing.F) {
	f.Add([]byte{})
	f.Add(slices.Concat(slices.Repeat([]byte{1, 9, 9, 3, 0, 1, 0, 2}, 20), []byte{4, 9, 0, 5, 5, 3, 0, 100, 5, 2, 0, 0, 6, 40, 0, 3}))
	f.Add(slices.Concat(slices.Repeat([]byte{3, 9, 9, 9}, 20), slices.Repeat([]byte{5, 4, 1, 77, 4, 7, 0, 8}, 6)))
	f.Add(slices.Concat(slices.Repeat([]byte{2, 0, 99, 249}, 12), []byte{5, 3, 0, 128, 5, 5, 0, 255, 4, 11, 0, 8}))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, lives := model(data)
		synctest.Test(t, func(t *testing.T) { play(t, records, lives) })
	})
}

func play(t *testing.T, records source, lives []life) {
	name := Name{Step: "train[3]", Attempt: 2, Container: "main"}
	d := newDisk()
	var handed []logs.Position
	var kept []byte
	for _, one := range lives {
		d = d.after()
		d.writes, d.torn = one.writes, one.torn
		l, err := NewWriter(d, "f").Open(name.Step, name.Attempt, name.Container)
		if err != nil {
			t.Fatal(err)
		}
		from := l.Position()
		if n := len(handed) - 1 - one.behind; n >= 0 && handed[n].Before(from) {
			from = handed[n]
		}
		r := &reading{life: one, log: l}
		err = logs.Read(t.Context(), records, logs.Container{Pod: "p", Name: "main", From: from}, r)
		if err != nil && !errors.Is(err, errEnds) && !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		handed = append(handed, r.seen...)
		if !one.closes {
			d.after() // dies
		}
		if err := l.Close(one.closes && err == nil); err != nil && !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		kept = grown(t, d, name, kept)
	}
	if got, want := zcat(t, kept), records.since(time.Time{}); got != want {
		t.Fatalf("%s\nlives %+v", difference(got, want), lives)
	}
	finished(t, d, name, records)
}

// difference shows where two texts part.
func difference(got, want string) string {
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	around := func(s string) string { return s[max(0, at-40):min(len(s), at+40)] }
	return fmt.Sprintf("%d bytes, want %d; at %d: %q, want %q", len(got), len(want), at, around(got), around(want))
}

// grown gives what the index says is kept, which must begin with what was kept before.
func grown(t *testing.T, d *disk, name Name, before []byte) []byte {
	is, err := readExisting(d, "f", name)
	if err != nil {
		t.Fatal(err)
	}
	now := d.files[FilePath("f", name, LogSuffix)][:is.kept]
	if !bytes.HasPrefix(now, before) {
		t.Fatal("what was kept has changed")
	}
	return bytes.Clone(now)
}

// finished holds a log that is whole: a driver that opens it again changes nothing, and it reads as its container's did.
func finished(t *testing.T, d *disk, name Name, records source) {
	again := d.after()
	l, err := NewWriter(again, "f").Open(name.Step, name.Attempt, name.Container)
	if err != nil {
		t.Fatal(err)
	}
	if err := logs.Read(t.Context(), records, logs.Container{Pod: "p", Name: "main"}, &reading{log: l}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(true); err != nil {
		t.Fatal(err)
	}
	for file, b := range d.files {
		if !bytes.Equal(again.files[file], b) {
			t.Errorf("%s has changed", file)
		}
	}
	s, err := Load(d, "f", name)
	if err != nil || !whole(s) {
		t.Fatalf("%v, whole: %v", err, err == nil && whole(s))
	}
	for _, since := range []time.Time{{}, epoch, epoch.Add(time.Second), epoch.Add(20 * time.Second)} {
		var got []byte
		sink := &text{out: &got}
		if err := s.Replay(t.Context(), since, sink); err != nil {
			t.Fatal(err)
		}
		if want := records.since(since); string(got) != want {
			t.Fatalf("since %v: %s", since, difference(string(got), want))
		}
	}
}

// text writes what it is handed as stamped lines, with gaps between them.
type text struct {
	out  *[]byte
	open bool
}

func (x *text) Line(l logs.Line, _ logs.Position) error {
	if !x.open {
		*x.out = append(l.Time.UTC().AppendFormat(*x.out, stampLayout), ' ')
	}
	*x.out = append(*x.out, l.Text...)
	if x.open = l.Continues; !x.open {
		*x.out = append(*x.out, '\n')
	}
	return nil
}

func (x *text) Gap(g logs.Gap) error {
	*x.out = append(*x.out, "["+g.String()+"]\n"...)
	return nil
}

// TestWriterOnRandomLives plays what the fuzzer would take long to find: long logs and many lives.
func TestWriterOnRandomLives(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 60 {
		data := make([]byte, 4*(10+random.IntN(150)))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		records, lives := model(data)
		synctest.Test(t, func(t *testing.T) { play(t, records, lives) })
	}
}
