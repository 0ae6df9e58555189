package logfmt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

func TestReplay(t *testing.T) {
	before := func(line int) string {
		return fmt.Sprintf(`the driver was restarted; lines from %d up to "no more repeats" may have been printed before`, line)
	}
	takenUp := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	tests := []struct {
		name  string
		until time.Time
		lines []time.Duration // after until
		want  []string        // before each line, and at the end
	}{
		{"nothing was printed before", time.Time{}, []time.Duration{-1, 1}, []string{"", "", ""}},
		{"no line", takenUp, nil, []string{""}},
		{"nothing to repeat", takenUp, []time.Duration{1, 2}, []string{"", "", ""}},
		{"some lines, then new ones", takenUp, []time.Duration{-2, 0, time.Second + 1, 1e10}, []string{before(3), "", noMore, "", ""}},
		{"the log ends with what may be repeated", takenUp, []time.Duration{-2, -1}, []string{before(3), "", noMore}},
		{"lines out of order", takenUp, []time.Duration{-2, 1e6, -1, 1e10}, []string{before(3), "", "", noMore, ""}},
		{"an old line behind a new one", takenUp, []time.Duration{1, -1, 1e10}, []string{"", before(4), noMore, ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := NewReplay(behindTwoLines(t), tt.until, "the driver was restarted")
			var got []string
			for _, after := range tt.lines {
				got = append(got, r.Before(logs.Line{Time: takenUp.Add(after)}))
			}
			got = append(got, r.End())
			for i, words := range got {
				if n, begins := ReplayBegins([]byte(words)); begins != (words != "" && words != noMore) || begins && n != 2+i {
					t.Errorf("%q begins repeats: %v, behind line %d", words, begins, n)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			if again := r.End(); again != "" {
				t.Errorf("a second end says %q", again)
			}
		})
	}
	r := NewReplay(logs.Position{}, takenUp, "x")
	if got := r.Before(logs.Line{}); got != "" {
		t.Errorf("a line without a stamp has the mark %q", got)
	}
}

// behindTwoLines is a position behind the first two lines of a log.
func behindTwoLines(t *testing.T) logs.Position {
	t.Helper()
	var at position
	if err := logs.Read(t.Context(), twoLines{}, logs.Container{}, &at); err != nil || at.Count() != 2 {
		t.Fatalf("%d lines, %v", at.Count(), err)
	}
	return at.Position
}

type twoLines struct{}

func (twoLines) Open(context.Context, string, string, time.Time, bool) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("2031-05-06T07:08:07Z a\n2031-05-06T07:08:08Z b\n")), nil
}

// position is a sink that keeps how far the log has come.
type position struct{ logs.Position }

func (p *position) Line(_ logs.Line, after logs.Position) error {
	p.Position = after
	return nil
}

func (*position) Gap(g logs.Gap) error { return errors.New(g.String()) }
