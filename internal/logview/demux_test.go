package logview

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
)

// siftAll reads the outputs of drivers, one after the other.
func siftAll(t *testing.T, outputs ...string) *Demux {
	t.Helper()
	var s Demux
	for _, out := range outputs {
		var b strings.Builder
		for line := range strings.Lines(out) {
			b.WriteString(logTime.Format(time.RFC3339Nano) + " " + line)
		}
		if err := logs.Read(t.Context(), textSource(b.String()), logs.Container{}, &s); err != nil {
			t.Fatal(err)
		}
		s.EndDriver()
	}
	return &s
}

// replayOf is what comes out of one log, marks in brackets.
func replayOf(t *testing.T, s *StepLog) []string {
	t.Helper()
	var r recordedSink
	if err := s.Replay(&r); err != nil || !r.ended {
		t.Fatalf("%v, ended %v", err, r.ended)
	}
	return r.got
}

// recordedSink writes down what it gets.
type recordedSink struct {
	got   []string
	ended bool
}

func (r *recordedSink) Line(l logs.Line, _ logs.Position) error {
	text := string(l.Text)
	if l.Continues {
		text += "..."
	}
	r.got = append(r.got, text)
	return nil
}

func (r *recordedSink) Gap(g logs.Gap) error { return r.Mark(g.String(), &g) }

func (r *recordedSink) Mark(words string, _ *logs.Gap) error {
	r.got = append(r.got, "["+words+"]")
	return nil
}

func (r *recordedSink) Finish() error {
	r.ended = true
	return nil
}

const noMore = "train | [stepherd: no more repeats]\n"

// may returns the mark before repeats, the first of which is that line of the log.
func may(line int) string { return "train | " + mayOf(line) }

func mayOf(line int) string {
	return fmt.Sprintf("[stepherd: the driver was restarted; lines from %d up to \"no more repeats\" may have been printed before]\n", line)
}

// long is as long as a part of a line comes.
var long = strings.Repeat("x", logs.MaxLine)

// digestOf is how a driver prints last lines once more.
func digestOf(step string, lines ...string) string {
	out := logfmt.AppendMark(nil, step+" | ", logfmt.DigestBegins(len(lines)))
	for _, l := range lines {
		out = append(out, step+" | "+l+"\n"...)
	}
	return string(logfmt.AppendMark(out, step+" | ", logfmt.DigestEnds))
}

// TestSift: what comes of the outputs of drivers when each but the first begins before the end of the one before.
func TestSift(t *testing.T) {
	for _, tc := range []struct {
		name    string
		outputs []string
		want    string
	}{
		{"one driver", []string{"{\"level\":\"info\"}\ntrain | a\nload | x\ntrain | b\n"}, "a b"},
		{"parts, marks and the empty line", []string{"train | a [line continues]\ntrain | \ntrain | [stepherd: the pod is gone]\n"}, "a...  [the pod is gone]"},
		{"nothing is repeated", []string{"train | a\n", "train | b\n"}, "a b"},
		{"lines are repeated", []string{"train | a\ntrain | b\ntrain | c\n", may(2) + "train | b\ntrain | c\n" + noMore + "train | d\n"}, "a b c d"},
		{"fewer than may be", []string{"train | a\ntrain | b\n", may(2) + "train | b\ntrain | c\n" + noMore + "train | d\n"}, "a b c d"},
		{"none of those that may be", []string{"train | a\n", may(2) + "train | b\n" + noMore + "train | c\n"}, "a b c"},
		{"the second driver dies while it repeats", []string{"train | a\ntrain | b\ntrain | c\n", may(2) + "train | b\n", may(2) + "train | b\ntrain | c\n" + noMore + "train | d\n"}, "a b c d"},
		{"the second driver dies when it has repeated", []string{"train | a\ntrain | b\n", may(2) + "train | b\ntrain | c\n", may(3) + "train | c\n" + noMore + "train | d\n"}, "a b c d"},
		{"marks begin twice", []string{"train | a\ntrain | b\n", may(2) + "train | b\n" + may(2) + "train | b\ntrain | c\n" + noMore}, "a b c"},
		{"the first driver's output is gone", []string{may(2) + "train | b\ntrain | c\n" + noMore + "train | d\n"}, "b c d"},
		{"the first driver's output ends in a line", []string{"train | a\ntrain | bb\ntrain | c", may(2) + "train | bb\ntrain | cc\n" + noMore + "train | d\n"}, "a bb cc d"},
		{"it ends in the only line that is repeated", []string{"train | a\ntrain | c", may(2) + "train | cc\n" + noMore + "train | d\n"}, "a cc d"},
		{"it ends in another's line", []string{"train | a\ntrain | c\nload | x", may(3) + "train | cc\n" + noMore + "train | d\n"}, "a c cc d"},
		{"others come between", []string{"train | a\nload | x\ntrain | b\n", "load | y\n" + may(2) + "load | z\ntrain | b\n" + noMore}, "a b"},
		{"the same line again and again", []string{"train | a\ntrain | .\ntrain | .\n", may(2) + "train | .\ntrain | .\ntrain | b\n" + noMore}, "a . . b"},
		{"the same line again and again, of which one is repeated", []string{"train | .\ntrain | .\ntrain | .\n", may(3) + "train | .\ntrain | .\ntrain | .\n" + noMore}, ". . . . ."},
		{"of which one is, by a driver that dies", []string{"train | .\ntrain | .\ntrain | .\n", may(3) + "train | .\ntrain | .\n", may(4) + "train | .\ntrain | .\n" + noMore}, ". . . . ."},
		{"the beginning is gone, and what can be counted is what another driver has said", []string{may(7) + "train | .\ntrain | .\n" + noMore + "train | .\n", may(9) + "train | .\ntrain | .\n" + noMore}, ". . . ."},
		{"a part as long as they come", []string{"train | " + long + " [line continues]\ntrain | b\n" + `{"msg":"` + long + long + long + "\"}\ntrain | c\n"}, long + "... b c"},
		{"the last lines come once more", []string{"train | a\ntrain | b\n" + digestOf("train", "a", "b") + "load | [stepherd: " + logfmt.DigestEmpty + "]\n"}, "a b"},
		{"the driver dies while they do, and another prints them again", []string{"train | a\ntrain | b\n" + "train | [stepherd: " + logfmt.DigestBegins(2) + "]\ntrain | a\ntrain | ", digestOf("train", "a", "b")}, "a b"},
		{"others' come once more", []string{"train | a\n" + digestOf("load", "x", "y") + "train | [stepherd: " + logfmt.DigestMore(7) + "]\n"}, "a"},
		{"parts and marks are repeated", []string{"train | a [line continues]\ntrain | b\ntrain | [stepherd: x]\n", may(1) + "train | a [line continues]\ntrain | b\ntrain | [stepherd: x]\ntrain | c\n" + noMore}, "a... b [x] c"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := siftAll(t, tc.outputs...)
			got := strings.Join(replayOf(t, s.find(Origin{"train", 1, ""})), " ")
			if got != tc.want {
				t.Errorf("got %.500q, want %.500q", got, tc.want)
			}
		})
	}
}

// TestSiftModel plays drivers that die anywhere, also within a line, and go on anywhere before that: each log comes out whole,
// once and in order, whatever is printed between its lines.
func TestSiftModel(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 4))
		origins := []Origin{{"train", 1, "main"}, {"train", 1, "init"}, {"load", 3, "main"}}
		var all [3][]string
		for i := range all {
			for n := range r.IntN(60) {
				text := fmt.Sprintf("%s %s %d %s", origins[i].Step, origins[i].Container, n, strings.Repeat("x", r.IntN(5)))
				if seed%2 == 0 { // lines that repeat each other
					text = strings.Repeat("x", 1+r.IntN(2))
				}
				all[i] = append(all[i], text)
			}
		}
		s := siftAll(t, playDrivers(r, origins, all[:])...)
		for i, o := range origins {
			if got := replayOf(t, s.find(o)); strings.Join(got, "\n") != strings.Join(all[i], "\n") {
				t.Fatalf("seed %d: of %v got\n%s\nwant\n%s", seed, o, strings.Join(got, "\n"), strings.Join(all[i], "\n"))
			}
		}
	}
}

// playDrivers are the outputs of drivers that print logs to their ends at last.
func playDrivers(r *rand.Rand, origins []Origin, all [][]string) []string {
	printed, touched := make([]int, len(all)), make([]int, len(all)) // by the drivers so far; also in part
	var outputs []string
	for last := false; !last; {
		last = r.IntN(3) == 0
		var b bytes.Buffer
		next, until, state := make([]int, len(all)), make([]int, len(all)), make([]replaying, len(all))
		for i := range all {
			next[i] = printed[i] - r.IntN(printed[i]+1)
			until[i] = min(touched[i]+r.IntN(5), len(all[i]))
		}
		steps := r.IntN(200)
		cut := false
		for n := 0; last || n < steps; n++ {
			left := 0
			for i := range all {
				left += len(all[i]) - next[i]
			}
			if left == 0 {
				break
			}
			i := r.IntN(len(all))
			if next[i] == len(all[i]) {
				continue
			}
			prefix := logfmt.Prefix(origins[i].Name(), origins[i].Attempt)
			state[i].before(&b, prefix, next[i], touched[i], until[i])
			line := logfmt.Append(nil, prefix, logs.Line{Text: []byte(all[i][next[i]])})
			if cut = !last && n == steps-1 && r.IntN(2) == 0; cut {
				line = line[:len(prefix)+1+r.IntN(len(line)-len(prefix)-1)]
			}
			b.Write(line)
			if cut {
				touched[i] = max(touched[i], next[i]+1)
				continue
			}
			next[i]++
			touched[i] = max(touched[i], next[i])
		}
		for i := range all {
			printed[i] = max(printed[i], next[i])
		}
		outputs = append(outputs, b.String())
	}
	return outputs
}

// replaying is where a driver stands with the marks of one log.
type replaying struct{ begun, ended bool }

func (s *replaying) before(b *bytes.Buffer, prefix string, next, touched, until int) {
	switch {
	case !s.begun && next < touched:
		s.begun = true
		b.WriteString(prefix + mayOf(next+1))
	case s.begun && !s.ended && next >= until:
		s.ended = true
		b.WriteString(prefix + "[stepherd: no more repeats]\n")
	}
}

// TestSiftGap: a gap in the driver's output may be one in any log, also in those that come later.
func TestSiftGap(t *testing.T) {
	var s Demux
	line := func(text string) {
		if err := s.Line(logs.Line{Time: logTime, Text: []byte(text)}, logs.Position{}); err != nil {
			t.Fatal(err)
		}
	}
	line("train | a")
	if err := s.Gap(logs.Gap{Cause: logs.CauseRotated}); err != nil {
		t.Fatal(err)
	}
	line("train | b")
	line("load | c")
	const gap = "[lines may be missing: the node has rotated the log]"
	for step, want := range map[string]string{"train": "a " + gap + " b", "load": gap + " c"} {
		if got := strings.Join(replayOf(t, s.find(Origin{step, 1, "main"})), " "); got != want {
			t.Errorf("%s: got %q, want %q", step, got, want)
		}
	}
}
