package archiveread

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/archive"
	"github.com/stepherd/stepherd/internal/archive/transfer"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/logview"
	"github.com/stepherd/stepherd/internal/podspec"
)

// Copy is a run's archive as far as it was asked for: a copy on this machine, in a folder that goes with close. It belongs
// to the goroutine that shows logs.
type Copy struct {
	reader *Reader
	run    *batchv1.Job
	want   transfer.Request // without Logs
	dir    string

	// Incomplete: some of what was requested could not be read.
	Incomplete bool
	asked      map[archive.Name]bool
	logs       map[status.AttemptKey][]*archive.Reader
}

// Open returns the archive of a run, or nil where there is none. want limits how much of each log is read.
// Nothing is asked for yet.
func (a *Reader) Open(ctx context.Context, run v1alpha1.Run, want transfer.Request) (*Copy, error) {
	job, err := a.Create.Job(ctx, a.Client.Namespace, run.Metadata.Name)
	switch {
	case errs.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, a.Client.Sentence(err)
	case string(job.UID) != run.Metadata.UID || !podspec.HasArchive(job):
		return nil, nil
	}
	want.Folder = archive.Folder(job.Namespace, job.Name, string(job.UID))
	return &Copy{reader: a, run: job, want: want, asked: map[archive.Name]bool{}, logs: map[status.AttemptKey][]*archive.Reader{}}, nil
}

// Close removes the copy.
func (a *Copy) Close() {
	if a != nil && a.dir != "" {
		_ = os.RemoveAll(a.dir) // it lies where such things are cleaned away
	}
}

// Has reports whether there is a log of the attempt, among those that were fetched.
func (a *Copy) Has(step string, attempt int) bool {
	return len(a.logs[status.AttemptKey{Step: step, Number: attempt}]) > 0
}

// Read replays what was fetched of an attempt.
func (a *Copy) Read(ctx context.Context, step string, attempt int, open func(container string) logview.StoredSink) error {
	for _, s := range a.logs[status.AttemptKey{Step: step, Number: attempt}] {
		sink := open(s.Name.Container)
		if sink == nil {
			continue
		}
		if err := errs.Join(s.Replay(ctx, a.want.Since, sink), sink.Finish()); err != nil {
			return err
		}
	}
	return nil
}

// Fetch brings the logs that were not asked for before. What cannot be had is told, and others may have it. whole wants them from
// their beginnings: the place where a Pod's log broke off may lie before the last lines.
func (a *Copy) Fetch(ctx context.Context, wanted []archive.Name, whole bool) error {
	var names []archive.Name
	for _, name := range wanted {
		if a.asked[name] {
			continue
		}
		a.asked[name] = true
		names = append(names, name)
	}
	want := a.want
	if whole {
		want.Tail = 0
	}
	for len(names) > 0 {
		n := min(len(names), transfer.MostLogs)
		want.Logs = names[:n]
		if err := a.bring(ctx, want); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			a.Incomplete = true
			a.reader.Client.Note("the run's archive cannot be read: %v", err)
			return nil
		}
		names = names[n:]
	}
	return nil
}

// bring fetches some logs, and keeps in mind those that came.
func (a *Copy) bring(ctx context.Context, want transfer.Request) error {
	if a.dir == "" {
		dir, err := os.MkdirTemp("", "stepherd-logs-")
		if err != nil {
			return fmt.Errorf("make room for its copy: %w", err)
		}
		a.dir = dir
	}
	into := archive.Dir{Root: a.dir, Scratch: true}
	r := transfer.NewReceiver(into, want)
	err := a.reader.askArchive(ctx, a.run, r)
	for _, name := range r.Came() {
		if why := r.Refused()[name]; why != "" {
			a.reader.Client.Note("%s", why)
		}
		s, loadErr := archive.Load(into, want.Folder, name)
		switch {
		case errors.Is(loadErr, fs.ErrNotExist):
			continue
		case loadErr != nil:
			return loadErr
		}
		a.sayIfCut(s)
		key := status.AttemptKey{Step: name.Step, Number: name.Attempt}
		a.logs[key] = append(a.logs[key], s)
	}
	for _, logs := range a.logs {
		slices.SortStableFunc(logs, byBeginning)
	}
	return err
}

// byBeginning puts containers in the order of their first lines, main behind those that are not later.
func byBeginning(a, b *archive.Reader) int {
	rank := func(s *archive.Reader) int { return status.MainLast(s.Name.Container) }
	return cmp.Or(a.Earliest().Compare(b.Earliest()), cmp.Compare(rank(a), rank(b)))
}

// sayIfCut warns about a log without an end and without a reason for that.
func (a *Copy) sayIfCut(s *archive.Reader) {
	if s.Ended() {
		return
	}
	o := logview.Origin{Step: s.Name.Step, Attempt: s.Name.Attempt, Container: s.Name.Container}
	if latest := s.Latest(); !latest.IsZero() {
		a.reader.Client.Note("the run's archive has the log of step %q up to %s", o.Title(), latest.UTC().Format(time.RFC3339))
	}
}
