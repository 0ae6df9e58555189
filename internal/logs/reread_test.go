package logs

import (
	"testing"
	"time"
)

// TestRereadFilter tests which lines are repeats.
func TestRereadFilter(t *testing.T) {
	const s = time.Second
	type line struct {
		at   time.Duration
		text string
	}
	tests := []struct {
		name  string
		lines []line
		want  string // `+` new, `-` repeated
	}{
		{"a steady stream", []line{{0, "a"}, {s, "b"}, {5 * s, "c"}}, "+++"},
		{
			"a file was skipped, and the next is read again, twice",
			[]line{{0, "a"}, {s, "b"}, {7 * s, "c"}, {8 * s, "d"}, {7 * s, "c"}, {8 * s, "d"}, {8 * s, "e"}, {7 * s, "c"}, {8 * s, "d"}, {8 * s, "e"}, {9 * s, "f"}},
			"++++--+---+",
		},
		{"the file is read again", []line{{0, "a"}, {0, "b"}, {s, "c"}, {0, "a"}, {0, "b"}, {s, "c"}, {s, "d"}}, "+++---+"},
		{"a line out of order is no repeat", []line{{1, "a"}, {2, "b"}, {1, "c"}, {3, "d"}}, "++++"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r rereadFilter
			got := ""
			for _, l := range tt.lines {
				p := part{Line: Line{Time: time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC).Add(l.at), Text: []byte(l.text)}, first: true, stamped: true}
				got += map[bool]string{false: "+", true: "-"}[r.repeats(p)]
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
