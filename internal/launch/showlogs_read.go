package launch

import (
	"context"
	"errors"
	"sync"

	"github.com/stepherd/stepherd/internal/logs"
)

// readAhead is how many logs are read before their turn: opening one takes a while, and many are small.
const readAhead = 8

// reading is one log under way.
type reading struct {
	lane *lane
	sink *shown
	done chan error
}

// read writes logs one after the other.
func (v *view) read(ctx context.Context, pieces []piece) error {
	v.sayWhence(pieces)
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	under := make([]*reading, len(pieces))
	defer func() {
		cancel()
		for _, r := range under {
			if r != nil {
				r.lane.end()
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
		if !p.told && (i == 0 || !p.sameAttempt(pieces[i-1])) {
			v.markBegin(p.step, p.status)
		}
		if err := v.turnOf(ctx, p, under[i]); err != nil {
			return v.sentence(err)
		}
		if p.status.Phase.Ended() && (i == len(pieces)-1 || !p.sameAttempt(pieces[i+1])) {
			v.markEnd(p.step, p.status)
		}
	}
	return nil
}

// start reads a Pod's log, which waits in its lane.
func (v *view) start(ctx context.Context, wg *sync.WaitGroup, p piece) *reading {
	r := &reading{lane: newLane(v.screen.put), done: make(chan error, 1)}
	r.sink = v.sink(p.origin, r.lane.put)
	wg.Go(func() {
		err := v.readPod(ctx, p, r.sink)
		r.done <- errors.Join(err, r.sink.finish())
	})
	return r
}

// readPod reads what there is of a container's log.
func (v *view) readPod(ctx context.Context, p piece, sink logs.Sink) error {
	c := v.container(p)
	if v.q.Tail != nil {
		from, err := v.tailStart(ctx, c, *v.q.Tail)
		if err != nil {
			return err
		}
		c.From = from
	}
	return logs.Read(ctx, v.source(), c, sink)
}

// turnOf puts out the log whose turn has come; r is nil where it is kept somewhere.
func (v *view) turnOf(ctx context.Context, p piece, r *reading) error {
	if r == nil {
		return v.readKept(ctx, p)
	}
	if err := r.lane.begin(); err != nil {
		return err
	}
	err := <-r.done
	v.keepLast(p.origin, r.sink)
	switch {
	case !logs.IsGone(err):
		return err
	case r.sink.came:
		v.note("the Pod of step %q went before its log was read to the end", p.title())
		return nil
	}
	if err := v.findKept(ctx, []piece{p}); err != nil {
		return err
	}
	p.from = sourceOf(v.keep.sighting(p.step, p.attempt, true, false))
	v.sayWhence([]piece{p})
	return v.readKept(ctx, p)
}

// readKept writes what is kept of an attempt whose Pod is gone.
func (v *view) readKept(ctx context.Context, p piece) error {
	if p.from == logLost {
		return nil
	}
	skip, err := v.keptBefore(ctx, p)
	if err != nil {
		return err
	}
	found := false
	err = v.keep.of(p.from).read(ctx, p.step, p.attempt, func(container string) keptSink {
		if !p.wants(container) {
			return nil
		}
		found = true
		o := origin{p.step, p.attempt, container}
		sink := v.sink(o, v.screen.put)
		sink.skip = skip[container]
		if p.status.CreatedAt != nil {
			sink.began = p.status.CreatedAt.Time
		}
		sink.atEnd = func() { v.keepLast(o, sink) }
		return sink
	})
	if err == nil && !found {
		v.note("%s has no lines of %q", placeNames[p.from], p.title())
	}
	return err
}

// keptBefore is how many lines of each container lie before the last ones that are wanted.
func (v *view) keptBefore(ctx context.Context, p piece) (map[string]int, error) {
	if v.q.Tail == nil {
		return nil, nil
	}
	counts := map[string]*counter{}
	err := v.keep.of(p.from).read(ctx, p.step, p.attempt, func(container string) keptSink {
		if !p.wants(container) {
			return nil
		}
		counts[container] = &counter{since: v.since}
		return counts[container]
	})
	skip := map[string]int{}
	for container, c := range counts {
		skip[container] = max(0, c.lines-*v.q.Tail)
	}
	return skip, err
}

// wants says whether a kept container's log is one of the piece's.
func (p piece) wants(container string) bool { return p.container == "" || container == p.container }

var placeNames = map[source]string{fromArchive: "the run's archive", fromDriver: "the driver's log"}

// sayWhence says of which steps the Pods are gone, and where their lines are taken from.
func (v *view) sayWhence(pieces []piece) {
	for _, from := range []source{fromArchive, fromDriver, logLost} {
		var steps []string
		for _, p := range pieces {
			if p.from == from {
				steps = append(steps, title(p.step, p.attempt))
			}
		}
		switch {
		case len(steps) == 0:
		case from == logLost && v.keep.archive != nil:
			v.note("%s: the Pod is gone, and the driver's, too, and the run's archive does not have its log", stepList(steps))
		case from == logLost:
			v.note("%s: the Pod is gone, and the driver's, too: there is no log left", stepList(steps))
		case from == fromDriver && (v.q.Timestamps || v.q.Form == LogJSON || v.q.Since > 0):
			v.note("%s: the Pod is gone; its lines are taken from the driver's log, with the times at which the driver printed them", stepList(steps))
		default:
			v.note("%s: the Pod is gone; its lines are taken from %s", stepList(steps), placeNames[from])
		}
	}
}
