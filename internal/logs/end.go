package logs

import (
	"context"
	"errors"
	"io"
	"time"
)

// When is a log at its end? The API server ends a stream cleanly also when its own connection to the kubelet broke: it
// ignores the error of the copy (apiserver/pkg/endpoints/handlers/responsewriters/writers.go, StreamObject, v1.35). And a
// kubelet whose file was rotated between its opening and the first time that it had read it all never looks for the
// new one, and ends with the old (k8s.io/cri-client/pkg/logs/logs.go, ReadLogs, v0.35). Nothing in the stream shows either.
// So a clean end is believed when the log's last line, asked for alone, is the last that came; when a second stream has no
// more than the first; and without a request where a step was short and quiet (unasked), or there would be two requests
// for the log of each.
const (
	// settle is how long after a stream's clean end the news of the container's end is waited for. The news takes the
	// kubelet 0.4 s, under load a little more than a second.
	settle = 2 * time.Second
	// atOnce is how close the two must be to be believed: less than a kubelet takes to start anew and tell the news.
	atOnce = time.Second
	// briefly is how long a log may have been followed to be believed, and quietly how many bytes of it may have come: too
	// few to have been held up, or to have made a kubelet rotate the log.
	briefly = 10 * time.Second
	quietly = 32 << 10
)

// atEnd reports whether the clean end of a stream that was just seen is that of the log. again reports whether the stream was opened
// after the container's end, and gave nothing new.
func (f *follower) atEnd(ctx context.Context, again bool) bool {
	if f.c.Ended == nil {
		return true
	}
	if f.drop.outcome() == short || !f.endComes(ctx) {
		return false
	}
	if f.drop.outcome() == whole && (f.unasked() || again && !f.pos.IsZero()) {
		return true
	}
	if src, can := f.src.(LastLineReader); can {
		return f.reachedLast(ctx, src)
	}
	return again
}

// hasEnded reports whether the container is known to have ended, whether or not the guard has noted it yet.
func (f *follower) hasEnded() bool {
	select {
	case <-f.c.Ended:
		return true
	default:
		return false
	}
}

// endComes reports whether the container's end is known, or gets known soon.
func (f *follower) endComes(ctx context.Context) bool {
	if f.hasEnded() {
		return true
	}
	if src, can := f.src.(LastLineReader); can && !f.quiet() && !f.reachedLast(ctx, src) {
		return false // what is lost by waiting may be rotated away
	}
	t := time.NewTimer(settle)
	defer t.Stop()
	select {
	case <-f.c.Ended:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}

// unasked reports whether the stream's end needs no proof. What is left: a break of the API server's connection to the kubelet, not
// of its own to us, less than a second before the news of the end of a container, or while the log of one that has ended is
// read in no time, with less than 32 KiB in less than 10 s; what it logged in that second may then be missing.
// Where the news was there before the stream's end, even then nothing is: so little was on its way at once.
func (f *follower) unasked() bool {
	return f.near() && f.quiet() && f.closed.Sub(f.idle.began) < briefly
}

// quiet reports whether too little came for a kubelet to be held up, or to rotate the log.
func (f *follower) quiet() bool { return f.read < quietly && f.c.From.IsZero() }

// near reports whether the stream's end and the news of the container's came together, or the log of a container that had
// ended was read in no time.
func (f *follower) near() bool {
	ended, known := f.idle.endedAt()
	if !known { // the guard has not noted it yet
		ended = time.Now()
	}
	return ended.Sub(f.closed) <= atOnce && (f.closed.Sub(ended) <= settle || f.closed.Sub(f.opened) <= atOnce)
}

// likely reports whether the latest stream seems to have come to the log's end. That must do where the Pod is gone before it can be
// asked: a Pod that is deleted often is, as soon as its containers have ended.
func (f *follower) likely() bool { return f.hasEnded() && f.drop.outcome() == whole && f.near() }

// reachedLast reports whether the log's last line is the last that came, or the node has just rotated the log, and nothing came
// since. It cannot tell for a line that the runtime wrote in pieces, because the last piece has a stamp of its own.
func (f *follower) reachedLast(ctx context.Context, src LastLineReader) bool {
	last, err := readLastLine(ctx, src, f.c)
	switch {
	case err != nil:
		return false
	case last == lastLine{}:
		return f.last == last || f.drop.outcome() == another || f.near()
	}
	f.proved = last == f.last
	return f.proved
}

// readLastLine gives the log's last line.
func readLastLine(ctx context.Context, src LastLineReader, c Container) (last lastLine, err error) {
	stream, err := src.Tail(ctx, c.Pod, c.Name)
	if err != nil {
		return last, err
	}
	defer func() { _ = stream.Close() }() // what it would say was said by Read
	in := newParts(stream)
	for {
		p, err := in.next()
		if err == nil || p.cut {
			last.take(p.Line, p.first)
		}
		switch {
		case errors.Is(err, io.EOF):
			return last, nil
		case err != nil:
			return last, err
		}
	}
}

// finish delivers a last line that had no newline. Where the node has rotated the log and no line came since, what was
// logged last before may be lost.
func (f *follower) finish(ctx context.Context) error {
	var err error
	switch {
	case f.tail != nil:
		f.tail.Unended = true
		err = f.deliver(*f.tail)
	case f.drop.outcome() == another && !f.proved:
		err = f.mark(time.Time{}, CauseRotated)
	}
	if err != nil {
		return err
	}
	return f.probeAtEnd(ctx)
}
