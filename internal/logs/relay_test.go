package logs

import (
	"slices"
	"strconv"
	"testing"
	"time"
)

// seenLine is a line as a relay sees it: when it was written and when it came, after the stream's opening by the node's clock.
type seenLine struct {
	at, came time.Duration
	text     string
}

// TestRelay: which lines are repeats, and before which one a file may have been skipped.
func TestRelay(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name  string
		size  int           // of each line in bytes
		ahead time.Duration // the clock of this program
		lines []seenLine
		want  []string // `+` new, `-` repeated, `?` new after a jump that may be a loss
	}{
		{"a steady stream", 1000, 0, []seenLine{{0, 0, "a"}, {s, s, "b"}, {5 * s, 5 * s, "c"}}, []string{"+", "+", "+"}},
		{"silent for a minute", 40_000, 0, []seenLine{{0, 0, "a"}, {60 * s, 60 * s, "b"}}, []string{"+", "+"}},
		{"held up over a skipped file", 40_000, 0, []seenLine{{0, 0, "a"}, {s, 8 * s, "b"}, {7 * s, 8 * s, "c"}}, []string{"+", "+", "?"}},
		{"held up, and the next file is silent at first", 40_000, 0, []seenLine{{0, 0, "a"}, {s, 8 * s, "b"}, {10 * s, 10 * s, "c"}}, []string{"+", "+", "?"}},
		{"held up, but by so little", 1000, 0, []seenLine{{0, 0, "a"}, {s, 8 * s, "b"}, {7 * s, 8 * s, "c"}}, []string{"+", "+", "+"}},
		{"held up for less than a file lasts", 40_000, 0, []seenLine{{0, 0, "a"}, {s, 2 * s, "b"}, {7 * s, 7 * s, "c"}}, []string{"+", "+", "+"}},
		{"a history is no loss", 40_000, 0, []seenLine{{-100 * s, s / 10, "a"}, {-50 * s, 4 * s, "b"}, {-5 * s, 5 * s, "c"}}, []string{"+", "+", "+"}},
		{"a clock ahead makes no loss", 40_000, 60 * s, []seenLine{{0, 0, "a"}, {60 * s, 60 * s, "b"}, {70 * s, 70 * s, "c"}}, []string{"+", "+", "+"}},
		{
			"the next file is read again, twice", 40_000, 0,
			[]seenLine{{0, 0, "a"}, {s, 8 * s, "b"}, {7 * s, 8 * s, "c"}, {8 * s, 8 * s, "d"}, {7 * s, 8 * s, "c"}, {8 * s, 8 * s, "d"}, {8 * s, 8 * s, "e"}, {7 * s, 8 * s, "c"}, {8 * s, 8 * s, "d"}, {8 * s, 8 * s, "e"}, {9 * s, 9 * s, "f"}},
			[]string{"+", "+", "?", "+", "-", "-", "+", "-", "-", "-", "+"},
		},
		{"the file is read again", 10, 0, []seenLine{{0, 0, "a"}, {0, 0, "b"}, {s, s, "c"}, {0, 2 * s, "a"}, {0, 2 * s, "b"}, {s, 2 * s, "c"}, {s, 2 * s, "d"}}, []string{"+", "+", "+", "-", "-", "-", "+"}},
		{"a line out of order is no repeat", 10, 0, []seenLine{{1, 0, "a"}, {2, 0, "b"}, {1, 0, "c"}, {3, 0, "d"}}, []string{"+", "+", "+", "+"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opened := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
			r := relay{opened: opened.Add(tt.ahead)}
			var m meter
			taken := r.opened
			var before time.Duration
			var got []string
			for _, l := range tt.lines {
				wait := l.came - before
				if l.came != l.at {
					wait = 0 // it was ready, and the sink or the network held it up
				}
				m.waited += wait
				m.burst = max(0, m.burst-int(trickle*wait.Seconds())) + tt.size
				p := part{Line: Line{Time: opened.Add(l.at), Text: []byte(l.text)}, first: true, stamped: true}
				repeated, skipped := r.begin(p, &m, taken)
				got = append(got, map[string]string{"false false": "+", "true false": "-", "false true": "?"}[strconv.FormatBool(repeated)+" "+strconv.FormatBool(skipped)])
				before, taken = l.came, opened.Add(tt.ahead+l.came)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}
