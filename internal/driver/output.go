package driver

import (
	"context"
	"io"
	"sync"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/logs"
)

// outputLines is how many lines may wait for stdout; at most 15 KiB each.
const outputLines = 256

// output is the one writer of stdout: each line is one Write, so that lines of different steps never mix. Who hands it a
// line while stdout takes nothing waits; nobody does but the log followers.
type output struct {
	lines chan *[]byte
	done  chan struct{}
	pool  sync.Pool
}

func newOutput(w io.Writer, log *zap.Logger) *output {
	o := &output{lines: make(chan *[]byte, outputLines), done: make(chan struct{})}
	o.pool.New = func() any { return new([]byte) }
	go o.run(w, log)
	return o
}

func (o *output) run(w io.Writer, log *zap.Logger) {
	defer close(o.done)
	broken := false
	for line := range o.lines {
		if _, err := w.Write(*line); err != nil && !broken {
			broken = true
			log.Error("stdout takes no lines any more; the steps go on", zap.Error(err))
		}
		*line = (*line)[:0]
		o.pool.Put(line)
	}
}

// close ends the writer once it has written what waits; done says when. Nobody may print any more.
func (o *output) close() { close(o.lines) }

// print hands a line to the writer.
func (o *output) print(ctx context.Context, prefix string, l logs.Line) error {
	line := o.pool.Get().(*[]byte)
	*line = logs.Append((*line)[:0], prefix, l)
	return o.hand(ctx, line)
}

// mark hands a line of our own to the writer.
func (o *output) mark(ctx context.Context, prefix, words string) error {
	line := o.pool.Get().(*[]byte)
	*line = logs.AppendMark((*line)[:0], prefix, words)
	return o.hand(ctx, line)
}

func (o *output) hand(ctx context.Context, line *[]byte) error {
	select {
	case o.lines <- line:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
