package drivertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/run"
)

// Logs is the driver's port.
func (c *Cluster) Logs() logs.Source { return logsPort{c} }

type logsPort struct{ *Cluster }

// Open gives a container's log as it is written. Where the act has no pace, main's is all there once main has ended.
func (c logsPort) Open(ctx context.Context, pod, container string, since time.Time, _ bool) (io.ReadCloser, error) {
	what := pod
	if container != v1alpha1.MainContainer {
		what += "/" + container
	}
	if err := c.call("log", what); err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.streams++
	c.mostStreams = max(c.mostStreams, c.streams)
	p, ok := c.pods[pod]
	c.mu.Unlock()
	if !ok {
		c.closed()
		return nil, gone{}
	}
	s := &logStream{c: c.Cluster, ctx: ctx, pod: p, container: container, since: since}
	act := c.act(p.Step, p.Attempt)
	switch container {
	case "init":
		s.lines = act.Init
	case "side":
		s.lines = act.Side
	default:
		s.lines, s.after, s.every, s.late = act.Lines, act.WritesAfter, act.Every, act.Every == 0
	}
	return s, nil
}

// Last gives the last lines of what a container has logged by now.
func (c logsPort) Last(ctx context.Context, pod, container string, lines int) (io.ReadCloser, error) {
	stream, err := c.Open(ctx, pod, container, time.Time{}, false)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	all := bytes.SplitAfter(stream.(*logStream).sofar(), []byte("\n"))
	all = all[:len(all)-1] // what follows the last newline is empty
	return io.NopCloser(bytes.NewReader(bytes.Join(all[max(0, len(all)-lines):], nil))), nil
}

// MostStreams is how many streams of logs were open at once at most.
func (c *Cluster) MostStreams() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mostStreams
}

func (c *Cluster) closed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.streams--
}

// logStream is one stream of a container's log.
type logStream struct {
	c         *Cluster
	ctx       context.Context
	pod       run.Pod
	container string
	since     time.Time
	lines     []string
	after     time.Duration // until the first line
	every     time.Duration
	late      bool // nothing comes before the container's end
	next      int
	buf       bytes.Buffer
}

// state says when the container began and whether it has ended.
func (s *logStream) state() (began time.Time, ended bool, changed chan struct{}) {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	changed = s.c.changed
	p, there := s.c.pods[s.pod.Name]
	if !there || p.UID != s.pod.UID {
		p, ended = s.pod, true
	}
	s.pod = p
	if s.container == v1alpha1.MainContainer {
		return p.Started, ended || p.End != run.EndNone, changed
	}
	for _, other := range p.Others {
		if other.Name == s.container {
			return other.Started, ended || other.Ended, changed
		}
	}
	return time.Time{}, true, changed
}

func (s *logStream) Read(b []byte) (int, error) {
	for s.buf.Len() == 0 {
		began, ended, changed := s.state()
		wait := time.Hour
		for ; s.next < len(s.lines); s.next++ {
			at := began.Add(s.after + time.Duration(s.next)*(s.every+1))
			if wait = time.Until(at); wait > 0 && (!ended || s.every > 0) || s.late && !ended {
				break
			}
			if !at.Before(s.since) {
				fmt.Fprintf(&s.buf, "%s %s\n", at.UTC().Format(time.RFC3339Nano), s.lines[s.next])
			}
		}
		switch {
		case s.buf.Len() > 0:
		case ended:
			return 0, io.EOF
		case !s.pause(wait, changed):
			return 0, context.Cause(s.ctx)
		}
	}
	return s.buf.Read(b)
}

// sofar is what there is by now.
func (s *logStream) sofar() []byte {
	began, ended, _ := s.state()
	for ; s.next < len(s.lines); s.next++ {
		at := began.Add(s.after + time.Duration(s.next)*(s.every+1))
		if time.Until(at) > 0 && (!ended || s.every > 0) || s.late && !ended {
			break
		}
		fmt.Fprintf(&s.buf, "%s %s\n", at.UTC().Format(time.RFC3339Nano), s.lines[s.next])
	}
	return s.buf.Bytes()
}

// pause waits for the next line or the container's end; false if the reader has left.
func (s *logStream) pause(wait time.Duration, changed chan struct{}) bool {
	if s.late || s.next == len(s.lines) {
		wait = time.Hour
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-s.ctx.Done():
		return false
	}
	return true
}

func (s *logStream) Close() error {
	s.c.closed()
	return nil
}

type gone struct{}

func (gone) Error() string  { return "the pod does not exist" }
func (gone) NotFound() bool { return true }
