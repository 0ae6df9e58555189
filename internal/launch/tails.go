package launch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/report"
)

const (
	// tailLines and tailBytes bound what is kept of a log for the end of a follow: its last lines, and of each the
	// beginning.
	tailLines = 20
	tailBytes = 1 << 10
)

// tailOptions say what is wanted of the logs.
type tailOptions struct {
	// marks: say on Err when a step begins and ends.
	marks bool
	// only is the one step that is wanted; its lines bear no prefix. Empty wants all.
	only      string
	container string
}

// tails are the logs of a run that is followed. They belong to the follower's loop.
type tails struct {
	l    *Launcher
	o    tailOptions
	open int
	// attempts in the order in which they were seen, and by what they are.
	attempts []*tail
	index    map[attemptKey]*tail
	// lost are steps whose Pods went before their log was read.
	lost []string
}

type attemptKey struct {
	step   string
	number int
}

// tail is one attempt's log.
type tail struct {
	step   string
	status v1alpha1.AttemptStatus
	// following: its log has been opened; drained: it was read to its end; marked: its end was told.
	following, drained, marked bool
	// ended is closed when the container is known to have ended.
	ended chan struct{}
	last  [][]byte
}

func newTails(l *Launcher, o tailOptions) *tails {
	return &tails{l: l, o: o, index: map[attemptKey]*tail{}}
}

// saw takes in an attempt as it is now.
func (t *tails) saw(ctx context.Context, f *follower, step string, a v1alpha1.AttemptStatus) {
	if t.o.only != "" && step != t.o.only {
		return
	}
	at := t.find(step, a)
	at.status = a
	if begun(a) && !at.following {
		at.following = true
		t.mark("+ %s", report.StepName(title(step, a.Number), step, t.l.ErrColor))
		t.follow(ctx, f, at)
	}
	if over(a) {
		at.end()
	}
	t.settle(at)
}

func (t *tails) find(step string, a v1alpha1.AttemptStatus) *tail {
	key := attemptKey{step, a.Number}
	if at, known := t.index[key]; known {
		return at
	}
	at := &tail{step: step, status: a, ended: make(chan struct{})}
	t.attempts = append(t.attempts, at)
	t.index[key] = at
	return at
}

func (a *tail) end() {
	select {
	case <-a.ended:
	default:
		close(a.ended)
	}
}

// begun says that there is, or was, a main whose log can be read. A container that could not be started says 1970.
func begun(a v1alpha1.AttemptStatus) bool { return a.StartedAt != nil && a.StartedAt.Unix() > 0 }

// over says that main has ended, even if it is not yet clear how.
func over(a v1alpha1.AttemptStatus) bool { return a.FinishedAt != nil || a.Phase.Ended() }

// title is a step's name, with the attempt's number from the second on.
func title(step string, attempt int) string {
	if attempt > 1 {
		return fmt.Sprintf("%s#%d", step, attempt)
	}
	return step
}

// follow reads an attempt's log in a goroutine of the follower's.
func (t *tails) follow(ctx context.Context, f *follower, at *tail) {
	t.open++
	c := logs.Container{Pod: at.status.Pod, Name: t.o.container}
	if c.Name == v1alpha1.MainContainer {
		c.Ended = at.ended
	}
	prefix := linePrefix(t.l, t.o.only, at.step, at.status.Number)
	f.start(func() {
		err := logs.Follow(ctx, t.l.Logs, c, printer{prefix: prefix, print: func(text []byte) error {
			text = bytes.Clone(text)
			f.post(ctx, func(context.Context) { t.write(f, at, text, text[len(prefix):]) })
			return nil
		}})
		f.post(ctx, func(context.Context) { t.read(f, at, err) })
	})
}

// linePrefix stands in front of every line, unless only one step's are wanted.
func linePrefix(l *Launcher, only, step string, attempt int) string {
	if only != "" {
		return ""
	}
	return report.StepName(logs.Prefix(step, attempt), step, l.OutColor)
}

// write puts a line out and keeps its beginning for the end.
func (t *tails) write(f *follower, at *tail, text, line []byte) {
	f.contact()
	if _, err := t.l.Out.Write(text); err != nil {
		f.err = fmt.Errorf("write the log: %w", err)
	}
	line = bytes.TrimSuffix(line, []byte("\n"))
	if len(at.last) == tailLines {
		at.last = slices.Delete(at.last, 0, 1)
	}
	at.last = append(at.last, bytes.Clone(line[:min(len(line), tailBytes)]))
}

// read takes in that a log is at its end.
func (t *tails) read(f *follower, at *tail, err error) {
	t.open--
	at.drained = true
	var lost *logs.LostError
	switch {
	case err == nil || errors.Is(err, context.Canceled):
	case logs.IsGone(err):
		if len(at.last) == 0 {
			t.lost = append(t.lost, at.step)
		} else {
			t.l.note("the Pod of step %q went before its log was read to the end", at.step)
		}
	case errors.As(err, &lost):
		t.l.note("the end of the log of step %q cannot be read: %v", at.step, message(lost.Cause))
	default:
		f.err = err
	}
	t.settle(at)
}

// settle marks an attempt that has ended and whose log is out.
func (t *tails) settle(at *tail) {
	if at.marked || !at.status.Phase.Ended() || at.following && !at.drained {
		return
	}
	at.marked = true
	if at.status.Phase == v1alpha1.StepSucceeded {
		at.last = nil
	}
	name := report.StepName(title(at.step, at.status.Number), at.step, t.l.ErrColor)
	if why := report.Why(&v1alpha1.StepStatus{Phase: at.status.Phase, Attempts: []v1alpha1.AttemptStatus{at.status}}); why != "" {
		t.mark("- %s %s: %s", name, at.status.Phase, why)
		return
	}
	t.mark("- %s %s", name, at.status.Phase)
}

func (t *tails) mark(format string, args ...any) {
	if t.o.marks {
		_, _ = fmt.Fprintf(t.l.Err, format+"\n", args...)
	}
}

// finish takes in what the last reading shows: Pods that the watch had not shown yet, and ends that only the record knows.
func (t *tails) finish(ctx context.Context, f *follower, steps, pods []v1alpha1.StepStatus) {
	for _, s := range pods {
		for _, a := range s.Attempts {
			t.saw(ctx, f, s.Name, a)
		}
	}
	for i := range steps {
		for _, a := range steps[i].Attempts {
			if t.o.only == "" || steps[i].Name == t.o.only {
				t.end(&steps[i], a)
			}
		}
	}
}

func (t *tails) end(s *v1alpha1.StepStatus, a v1alpha1.AttemptStatus) {
	at := t.find(s.Name, a)
	if !at.following && begun(a) {
		at.drained = true
		t.lost = append(t.lost, s.Name)
	}
	if a.Phase.Ended() {
		at.status = a
	}
	at.end()
	t.settle(at)
}

// drained says that all logs are out.
func (t *tails) drained() bool { return t.open == 0 }

// enough says that the one step that is wanted has ended and its log is out.
func (t *tails) enough() bool {
	if t.o.only == "" || len(t.attempts) == 0 {
		return false
	}
	last := t.attempts[len(t.attempts)-1]
	return last.marked
}

// ends are the last lines by step.
func (t *tails) ends() map[string][]string {
	out := map[string][]string{}
	for _, at := range t.attempts {
		if at.status.Phase == v1alpha1.StepSucceeded || len(at.last) == 0 {
			continue
		}
		lines := make([]string, len(at.last))
		for i, l := range at.last {
			lines[i] = string(l)
		}
		out[at.step] = lines
	}
	return out
}
