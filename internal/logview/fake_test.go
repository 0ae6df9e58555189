package logview

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// sinkFunc is a sink of lines that takes no gaps.
type sinkFunc func(logs.Line, logs.Position) error

func (f sinkFunc) Line(l logs.Line, after logs.Position) error { return f(l, after) }

func (f sinkFunc) Gap(g logs.Gap) error { return fmt.Errorf("a gap: %s", g) }

// textSource is a source with one text for all.
type textSource string

func (s textSource) Open(context.Context, string, string, time.Time, bool) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(string(s))), nil
}

// linesSource is a source of n lines a millisecond apart, the first old of which are older than logTime.
func linesSource(n, old int) textSource {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s line %d\n", logTime.Add(time.Duration(i-old)*time.Millisecond).Format(time.RFC3339Nano), i)
	}
	return textSource(b.String())
}
