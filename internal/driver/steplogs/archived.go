package steplogs

import (
	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/phrase"
	"github.com/stepherd/stepherd/internal/run"
)

// archived is the sink that writes one log to the archive. If the archive fails, the transcript and a mark among the log's lines on
// stdout tell it once, and the archive gets no more of this log; that never stops stdout or the run.
type archived struct {
	into   ArchiveLog
	failed bool
	tell   func(error) error
}

// archived opens a container's log in the archive; nil if there is no archive, or if the log cannot be opened.
func (f *Followers) archived(pod run.Pod, container string, p *stdoutSink) *archived {
	if f.config.Archive == nil {
		return nil
	}
	tell := func(err error) error {
		f.unarchived.Store(true)
		f.config.Log.Error("the archive does not take the rest of a log", zap.String("step", pod.Step), zap.Int("attempt", pod.Attempt),
			zap.String("container", container), zap.Error(err))
		return p.mark("the archive does not have the log from here on: " + phrase.OneLine(err.Error()))
	}
	into, err := f.config.Archive.Open(pod.Step, pod.Attempt, container)
	if err != nil {
		_ = tell(err) // errs only when the driver leaves
		return nil
	}
	return &archived{into: into, tell: tell}
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

// check notes the result of a write. The error that it returns ends the follower.
func (a *archived) check(err error) error {
	if err == nil {
		return nil
	}
	a.failed = true
	return a.tell(err)
}

// close ends the use of a log in the archive; a may be nil.
func (a *archived) close(whole bool) {
	if a == nil {
		return
	}
	if err := a.into.Close(whole && !a.failed); err != nil && !a.failed {
		_ = a.check(err) // errs only when the driver leaves
	}
}

// Archive keeps logs where they outlive their Pods. It is used by many goroutines, each of its logs by one.
type Archive interface {
	// Open opens the log of a container of an attempt to append to it, and creates it if it does not exist.
	Open(step string, attempt int, container string) (ArchiveLog, error)
}

// ArchiveLog is one log in an archive. After an error it is only closed.
type ArchiveLog interface {
	logs.Sink
	// Position returns how far the log had come, safe from a crash, when it was opened: lines up to there are not given to it.
	Position() logs.Position
	// Close ends the use of the log; whole reports whether it is at its end, or whether there may be more to come.
	Close(whole bool) error
}
