package runlogs

import (
	"context"
	"errors"
	"sync"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/logview"
)

// readAhead is how many logs are read before their turn: opening one takes a while, and many are small.
const readAhead = 8

// reading is one log under way.
type reading struct {
	lane *logview.Prefetch
	sink *logview.Printer
	done chan error
}

// read writes logs one after the other.
func (v *session) read(ctx context.Context, pieces []logRef) error {
	v.sayLocations(pieces)
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	under := make([]*reading, len(pieces))
	defer func() {
		cancel()
		for _, r := range under {
			if r != nil {
				r.lane.End()
			}
		}
		wg.Wait()
	}()
	ahead := 0
	for i, p := range pieces {
		for ; ahead < min(i+readAhead, len(pieces)); ahead++ {
			if pieces[ahead].from == fromPod {
				under[ahead] = v.start(ctx, &wg, pieces[ahead])
			}
		}
		if !p.startShown && (i == 0 || !p.sameAttempt(pieces[i-1])) {
			v.marks.begin(p.Step, p.status)
		}
		if err := v.turnOf(ctx, p, under[i]); err != nil {
			return v.client.Sentence(err)
		}
		if p.status.Phase.Ended() && (i == len(pieces)-1 || !p.sameAttempt(pieces[i+1])) {
			v.marks.containers(p.Step, p.status)
			if !p.endShown {
				v.markEnd(p.Step, p.status, "")
			}
		}
	}
	return nil
}

// start reads a Pod's log, which waits in its lane.
func (v *session) start(ctx context.Context, wg *sync.WaitGroup, p logRef) *reading {
	r := &reading{lane: logview.NewPrefetch(v.screen.Put), done: make(chan error, 1)}
	r.sink = v.sink(p.Origin, r.lane.Put)
	r.sink.Whole = v.record.wholeFrom(ctx, v.run.Metadata.UID, p.Origin)
	wg.Go(func() {
		err := v.readPod(ctx, p, r.sink)
		r.done <- errs.Join(err, r.sink.Finish())
	})
	return r
}

// readPod reads what there is of a container's log. That of one that has ended is followed to its end, so that a stream that
// breaks is not taken for one.
func (v *session) readPod(ctx context.Context, p logRef, sink logs.Sink) error {
	c := v.container(p)
	if v.q.Tail != nil {
		from, err := v.tailStart(ctx, c, *v.q.Tail)
		if err != nil {
			return err
		}
		c.From = from
	}
	if p.ended {
		c.Ended = longAgo
		return logs.Follow(ctx, v.source(), c, sink)
	}
	return logs.Read(ctx, v.source(), c, sink)
}

// longAgo is the Ended of containers that have.
var longAgo = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// turnOf puts out the log whose turn has come; r is nil where it is kept somewhere.
func (v *session) turnOf(ctx context.Context, p logRef, r *reading) error {
	if r == nil {
		return v.readStored(ctx, p)
	}
	if err := r.lane.Begin(); err != nil {
		return err
	}
	err := <-r.done
	v.ends.keep(p.Origin, r.sink)
	var lost *logs.LostError
	switch {
	case errors.As(err, &lost) && client.IsUnauthorized(lost.Cause):
		return lost.Cause
	case errors.As(err, &lost):
		v.sayUnreadable(p.Origin, lost)
		return nil
	case err == nil && r.sink.Empty():
		return v.readEmptied(ctx, p)
	case !errs.IsNotFound(err):
		return err
	}
	p.broke = r.sink.IfAny()
	return v.readElsewhere(ctx, p)
}

// readElsewhere writes what is kept of a log that its Pod does not give, or not to its end.
func (v *session) readElsewhere(ctx context.Context, p logRef) error {
	if err := v.findStored(ctx, []logRef{p}); err != nil {
		return err
	}
	p.from = locationOf(v.stores.availabilityOf(p.Step, p.Attempt, true, false))
	v.sayLocations([]logRef{p})
	return v.readStored(ctx, p)
}

// readEmptied writes what is kept of a log that has no lines. Where the driver has printed some, the node has begun a new file, and
// nothing came since.
func (v *session) readEmptied(ctx context.Context, p logRef) error {
	if !v.since.IsZero() || v.q.Tail != nil && *v.q.Tail == 0 || v.client.Now().Sub(p.started) < logs.RotationInterval {
		return nil
	}
	if err := v.findStores(ctx); err != nil || v.stores.driver == nil {
		return err
	}
	var printed logview.Counter
	err := v.stores.driver.Read(ctx, p.Step, p.Attempt, func(container string) logview.StoredSink {
		if container != p.Container {
			return nil
		}
		return &printed
	})
	if err != nil || printed.Lines == 0 {
		return err
	}
	p.emptied = true
	return v.readElsewhere(ctx, p)
}

func (v *session) sayUnreadable(o logview.Origin, lost *logs.LostError) {
	v.client.Note("the end of the log of step %q cannot be read: %v", o.Title(), client.Message(lost.Cause))
}
