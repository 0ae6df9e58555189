package steplogs

import (
	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/phrase"
	"github.com/stepherd/stepherd/internal/run"
)

// archived is one log on its way into the archive. An archive that fails says so once, in the transcript and among the
// log's lines on stdout, and takes no more of this log; it never stops stdout or the run.
type archived struct {
	into   ArchiveLog
	failed bool
	tell   func(error) error
}

// archived opens a container's log in the archive; nil where there is none, or where it cannot be had.
func (f *Followers) archived(pod run.Pod, container string, p *printing) *taker {
	if f.keep == nil {
		return nil
	}
	tell := func(err error) error {
		f.Unarchived.Store(true)
		f.log.Error("the archive does not take the rest of a log", zap.String("step", pod.Step), zap.Int("attempt", pod.Attempt),
			zap.String("container", container), zap.Error(err))
		return p.mark("the archive does not have the log from here on: " + phrase.OneLine(err.Error()))
	}
	into, err := f.keep.Open(pod.Step, pod.Attempt, container)
	if err != nil {
		_ = tell(err) // errs only when the driver leaves
		return nil
	}
	return &taker{sink: &archived{into: into, tell: tell}, has: into.Position()}
}

func (a *archived) Line(l logs.Line, after logs.Position) error {
	if a.failed {
		return nil
	}
	return a.check(a.into.Line(l, after))
}

func (a *archived) Gap(g logs.Gap) error {
	if a.failed {
		return nil
	}
	return a.check(a.into.Gap(g))
}

// check takes the outcome of a write. What it gives ends the follower.
func (a *archived) check(err error) error {
	if err == nil {
		return nil
	}
	a.failed = true
	return a.tell(err)
}

// closeArchived ends the use of a log in the archive; t may be nil.
func (t *taker) closeArchived(whole bool) {
	if t == nil {
		return
	}
	a := t.sink.(*archived)
	if err := a.into.Close(whole && !a.failed); err != nil && !a.failed {
		_ = a.check(err) // errs only when the driver leaves
	}
}

// Archive keeps logs where they outlive their Pods. It is used by many goroutines, each of its logs by one.
type Archive interface {
	// Open opens the log of a container of an attempt to be written on, and makes it if it is not there.
	Open(step string, attempt int, container string) (ArchiveLog, error)
}

// ArchiveLog is one log in an archive. After an error it is only closed.
type ArchiveLog interface {
	logs.Sink
	// Position is how far the log had come, safe from a crash, when it was opened: lines up to there are not given to it.
	Position() logs.Position
	// Close ends the use of the log; whole says that it is at its end, and otherwise that there may be more to come.
	Close(whole bool) error
}
