package archive

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

var sample = Name{Step: "a", Attempt: 1, Container: "main"}

const (
	sampleLog   = "f/a/1/main.log.gz"
	sampleIndex = "f/a/1/main.idx"
)

// write keeps records in one go.
func write(t *testing.T, d *disk, records source, whole bool) {
	t.Helper()
	l, err := NewWriter(d, "f").Open(sample.Step, sample.Attempt, sample.Container)
	if err != nil {
		t.Fatal(err)
	}
	if err := logs.Read(t.Context(), records, logs.Container{Pod: "p", Name: "main", From: l.Position()}, l); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(whole); err != nil {
		t.Fatal(err)
	}
}

func three() source {
	return source{{epoch, "one"}, {epoch.Add(time.Second), "two"}, {epoch.Add(2 * time.Second), "three"}}
}

// twoMembers is a log of two members.
func twoMembers(t *testing.T) *disk {
	d := newDisk()
	write(t, d, three()[:1], false)
	write(t, d, three(), false)
	return d
}

// TestTorn: what a crash may have left is cut off, and what no crash leaves is a sentence and is left alone.
func TestTorn(t *testing.T) {
	lines := func(d *disk) []string { return strings.SplitAfter(string(d.files[sampleIndex]), "\n") }
	tests := []struct {
		name  string
		spoil func(*disk)
		// kept is how many lines are kept of three; refused is the sentence.
		kept    int
		refused string
	}{
		{"nothing", func(*disk) {}, 3, ""},
		{"a member without its line in the index", func(d *disk) { d.files[sampleLog] = append(d.files[sampleLog], "\x1f\x8b half a member"...) }, 3, ""},
		{"half a line of the index", func(d *disk) { d.files[sampleIndex] = append(d.files[sampleIndex], `{"at":99,"le`...) }, 3, ""},
		{"a line of the index without its newline", func(d *disk) { d.files[sampleIndex] = d.files[sampleIndex][:len(d.files[sampleIndex])-1] }, 1, ""},
		{"the last line of the index twice", func(d *disk) { d.files[sampleIndex] = []byte(strings.Join(append(lines(d), lines(d)[2]), "")) }, 3, ""},
		{"zeros at the end of the index", func(d *disk) { d.files[sampleIndex] = append(d.files[sampleIndex], make([]byte, 4096)...) }, 3, ""},
		{"no member for the last line of the index", func(d *disk) { d.files[sampleLog] = d.files[sampleLog][:len(d.files[sampleLog])-1] }, 1, ""},
		{"nothing but half of the index's first line", func(d *disk) { d.files = map[string][]byte{sampleIndex: d.files[sampleIndex][:20]} }, 0, ""},
		{"nothing but an empty index", func(d *disk) { d.files = map[string][]byte{sampleIndex: nil} }, 0, ""},
		{"an index alone", func(d *disk) { delete(d.files, sampleLog) }, 0, ""},
		{"a foreign log", func(d *disk) { delete(d.files, sampleIndex) }, 0, "there is a file of its name without an index, which stepherd did not write"},
		{"a foreign log with an empty index", func(d *disk) { d.files[sampleIndex] = nil }, 0, "there is a file of its name with an empty index, which stepherd did not write"},
		{"a foreign index", func(d *disk) { d.files[sampleIndex] = []byte("[main]\nkey = value\n") }, 0, "its index is not one of stepherd's, or of a later version"},
		{"a foreign word", func(d *disk) { d.files[sampleIndex] = []byte("hello") }, 0, "its index is not one of stepherd's, or of a later version"},
		{"a later version", func(d *disk) {
			d.files[sampleIndex] = []byte(strings.Replace(string(d.files[sampleIndex]), "archive 1", "archive 2", 1))
		}, 0, "its index is not one of stepherd's, or of a later version"},
		{"another log's index", func(d *disk) {
			d.files[sampleIndex] = []byte(strings.Replace(string(d.files[sampleIndex]), `"step":"a"`, `"step":"b"`, 1))
		}, 0, "its index is that of container main of attempt 1 of step b"},
		{"a line of the index that is damaged, before others", func(d *disk) {
			l := lines(d)
			d.files[sampleIndex] = []byte(l[0] + "{}\n" + l[1] + l[2])
		}, 0, "its index is damaged behind byte 78"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := twoMembers(t)
			tt.spoil(d)
			before := d.after()
			d = d.after()
			l, err := NewWriter(d, "f").Open(sample.Step, sample.Attempt, sample.Container)
			_, loadErr := Load(d, "f", sample)
			if tt.refused != "" {
				for _, err := range []error{err, loadErr} {
					if err == nil || !strings.HasSuffix(err.Error(), "the archived log of container main of attempt 1 of step a: "+tt.refused) {
						t.Errorf("got %v", err)
					}
				}
				if string(d.files[sampleLog]) != string(before.files[sampleLog]) || string(d.files[sampleIndex]) != string(before.files[sampleIndex]) {
					t.Error("it was written to")
				}
				return
			}
			if err != nil || loadErr != nil {
				t.Fatal(err, loadErr)
			}
			left := three()[tt.kept:]
			counted := 0
			err = logs.Read(t.Context(), three(), logs.Container{Pod: "p", Name: "main", From: l.Position()}, sinkOf(func(line logs.Line, after logs.Position) error {
				counted++
				return l.Line(line, after)
			}))
			if err != nil || counted != len(left) {
				t.Errorf("%d lines were to be written again, want %d; %v", counted, len(left), err)
			}
			if err := l.Close(true); err != nil {
				t.Fatal(err)
			}
			if got := zcat(t, d.files[sampleLog]); got != three().since(time.Time{}) {
				t.Errorf("kept %q", got)
			}
		})
	}
}

// sinkOf is a sink of a log that has no gaps.
type sinkOf func(logs.Line, logs.Position) error

func (f sinkOf) Line(l logs.Line, after logs.Position) error { return f(l, after) }
func (f sinkOf) Gap(g logs.Gap) error                        { panic("a gap: " + g.String()) }

// TestMembers: a member is cut at 256 KiB, or when its first line is a second old.
func TestMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		l, err := NewWriter(d, "f").Open("a", 1, "main")
		if err != nil {
			t.Fatal(err)
		}
		entries := func() (out []Entry) {
			synctest.Wait()
			if s, err := Load(d, "f", sample); err == nil {
				out = s.entries
			}
			return out
		}
		n := 0
		line := func(size int) {
			t.Helper()
			n++
			one := source{{epoch.Add(time.Duration(n)), strings.Repeat("x", size)}}
			if err := logs.Read(t.Context(), one, logs.Container{Pod: "p", Name: "main"}, l); err != nil {
				t.Fatal(err)
			}
		}
		line(5)
		time.Sleep(900 * time.Millisecond) // virtual time
		line(5)
		if got := entries(); len(got) != 0 {
			t.Errorf("%d members after 0.9 s, want none", len(got))
		}
		time.Sleep(100 * time.Millisecond) // virtual time
		if got := entries(); len(got) != 1 || got[0].Lines != 2 || !got[0].From.Equal(epoch.Add(1)) || !got[0].To.Equal(epoch.Add(2)) {
			t.Errorf("after a second: %+v, want one member of two lines", got)
		}
		for range 26 {
			line(10 << 10)
		}
		if got := entries(); len(got) != 2 || got[1].Lines != 26 {
			t.Errorf("after 260 KiB: %+v, want a second member of 26 lines", got)
		}
		line(5)
		if got := entries(); len(got) != 2 {
			t.Errorf("right after that: %d members, want still 2", len(got))
		}
		if err := l.Close(true); err != nil {
			t.Fatal(err)
		}
		if got := entries(); len(got) != 4 || !got[3].Whole {
			t.Errorf("at the end: %+v, want an entry that says whole", got)
		}
	})
}

// TestDamaged: a log whose bytes have changed gives a sentence, behind what is sound.
func TestDamaged(t *testing.T) {
	d := twoMembers(t)
	s, err := Load(d, "f", sample)
	if err != nil {
		t.Fatal(err)
	}
	b := d.files[sampleLog]
	b[len(b)-6] ^= 1 // in the checksum of the last member
	var got []byte
	err = s.Replay(t.Context(), time.Time{}, &text{out: &got})
	const want = "the archived log of container main of attempt 1 of step a is damaged behind byte 0: gzip: invalid checksum"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if !strings.HasPrefix(string(got), three()[:1].since(time.Time{})) {
		t.Errorf("read %q", got)
	}
}
