package steplogs

import (
	"context"
	"io"
	"time"

	"github.com/stepherd/stepherd/internal/driver/stdout"
	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/run"
)

// LastLines is what a Config.Source may have, too: the last lines of a container's log, with their stamps, as cheaply as the
// API can.
type LastLines interface {
	Last(ctx context.Context, pod, container string, lines int) (io.ReadCloser, error)
}

// reading is a container's log that is to be read.
type reading struct {
	pod       run.Pod
	container logs.Container
	// from is how far an earlier driver is known to have printed it.
	from logs.Position
}

// read reads a container's log to its end, for stdout and the archive, once there is a place for its stream. It returns the
// last lines.
func (f *Followers) read(ctx context.Context, r reading, slot *stdout.Queue) (string, error) {
	leave, err := f.streams.enter(ctx, r.container.Ended)
	if err != nil {
		return "", err
	}
	defer leave()
	p := &stdoutSink{ctx: ctx, slot: slot, first: f.firstLineOf(ctx, r)}
	sink := multiSink{{sink: p, has: r.from}}
	archive := f.archived(r.pod, r.container.Name, p)
	if archive != nil {
		sink = append(sink, &partialSink{sink: archive, has: archive.into.Position()})
	}
	r.container.From = sink.earliest()
	err = logs.Follow(ctx, f.config.Source, r.container, sink)
	archive.close(err == nil)
	if !r.from.IsZero() && p.last.lines() < tailLines {
		f.lookBack(ctx, r, &p.last)
	}
	return p.last.String(), err
}

// firstLineOf returns what reports the first line of a log that is followed from its beginning. Only a line that came so late that a
// reader could doubt whether it was the first is reported: for most logs, the record has nothing else to store.
func (f *Followers) firstLineOf(ctx context.Context, r reading) func(time.Time) {
	started := r.container.Started
	if !r.from.IsZero() || started.IsZero() {
		return nil
	}
	return func(at time.Time) {
		if at.After(started.Add(logs.RotationInterval)) {
			f.config.Listener.FirstLine(ctx, FirstLine{stdout.LogOf{UID: r.pod.UID, Container: r.container.Name}, at})
		}
	}
}

// lookBack reads the last lines if an earlier driver has read some of them; if that fails, they stay as they are.
func (f *Followers) lookBack(ctx context.Context, r reading, last *lastLines) {
	src, is := f.config.Source.(LastLines)
	if !is {
		return
	}
	var whole lastLines
	c := logs.Container{Pod: r.container.Pod, Name: r.container.Name}
	if err := logs.Read(ctx, lastSource{src}, c, &whole); err == nil && whole.lines() >= last.lines() {
		*last = whole
	}
}

// lastSource is a Source of the last lines.
type lastSource struct{ LastLines }

func (s lastSource) Open(ctx context.Context, pod, container string, _ time.Time, _ bool) (io.ReadCloser, error) {
	return s.Last(ctx, pod, container, tailLines)
}

// Missed prints, for an attempt's log that was not printed to its end, a mark that the rest is gone with its Pod.
func (f *Followers) Missed(step string, of AttemptOf) {
	known := f.config.Book.of(of)
	pod := run.Pod{Step: step, Attempt: of.Number}
	containers := known.containers()
	for _, container := range containers {
		gap := logs.Gap{From: known.at[container].Latest(), Cause: logs.CausePodGone}
		_ = f.config.Out.Queue(stdout.LogOf{}, prefixOf(pod, container)).Mark(context.Background(), gap.String()) // a new slot has room
	}
	if len(containers) == 0 {
		gap := logs.Gap{Cause: logs.CausePodGone}
		_ = f.config.Out.Queue(stdout.LogOf{}, logfmt.Prefix(step, of.Number)).Mark(context.Background(), gap.String())
	}
}
