package driver

import (
	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
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
func (f *followers) archived(pod run.Pod, container string, p *printing) *taker {
	if f.keep == nil {
		return nil
	}
	tell := func(err error) error {
		f.unarchived.Store(true)
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

// warnOfArchive says so when the pipeline wants an archive that nobody has given: a manifest that was written or changed by
// hand, a CronJob's, may lack the volume.
func warnOfArchive(c Config, p *v1alpha1.Pipeline) {
	if p.Logs.Archive != nil && c.Archive == nil {
		c.Logger.Warn("there is no log archive, because the driver's pod was made without its volume; make its job with launcher submit or launcher render")
	}
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
