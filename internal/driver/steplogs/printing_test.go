package steplogs

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// noting is a sink that notes what comes.
type noting struct{ came []string }

func (n *noting) Line(l logs.Line, _ logs.Position) error {
	n.came = append(n.came, string(l.Text))
	return nil
}

func (n *noting) Gap(g logs.Gap) error {
	n.came = append(n.came, string(g.Cause))
	return nil
}

// TestMultiSink: what a sink has is left out up to a gap, after which positions count anew; a gap that is reported late changes nothing.
func TestMultiSink(t *testing.T) {
	words := []string{"a", "b", "c", "d"}
	var text lines
	for i, word := range words {
		text += lines(fmt.Sprintf("2031-05-06T07:08:0%dZ %s\n", i, word))
	}
	var after []logs.Position
	if err := logs.Read(t.Context(), text, logs.Container{}, positions{&after}); err != nil || len(after) != 4 {
		t.Fatalf("%d lines, %v", len(after), err)
	}
	for cause, want := range map[logs.Cause]string{
		logs.CauseRotated: "rotated b c d",
		logs.CauseNewFile: "new file d",
	} {
		var all, rest noting
		sink := multiSink{{sink: &all}, {sink: &rest, has: after[2]}}
		for i, word := range words {
			if i == 1 {
				_ = sink.Gap(logs.Gap{Cause: cause}) // cannot fail
			}
			_ = sink.Line(logs.Line{Text: []byte(word)}, after[i]) // cannot fail
		}
		if got := strings.Join(rest.came, " "); got != want || len(all.came) != 5 {
			t.Errorf("%s: got %q and %q, want %q", cause, got, all.came, want)
		}
	}
}

// lines is a source of one log.
type lines string

func (l lines) Open(context.Context, string, string, time.Time, bool) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(string(l))), nil
}

// positions is a sink that notes where it is.
type positions struct{ after *[]logs.Position }

func (p positions) Line(_ logs.Line, after logs.Position) error {
	*p.after = append(*p.after, after)
	return nil
}

func (p positions) Gap(g logs.Gap) error { panic("a gap: " + g.String()) }
