package steplogs

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/stdout"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/run"
)

// Config is what Followers need. All fields but Archive and Streams must be set.
type Config struct {
	Source logs.Source
	// Archive keeps the logs, too; nil where there is none.
	Archive Archive
	// Streams is how many logs are followed at once at most; 0 means 512.
	Streams  int
	Out      *stdout.Mux
	Book     Book
	Log      *zap.Logger
	Listener Listener
	// Tasks waits for the goroutines that read logs.
	Tasks *sync.WaitGroup
}

// Followers are the logs of the run, one follower for each container that has started. The loop alone uses it.
type Followers struct {
	config  Config
	streams *streams

	byPod     map[string]*podLogs // by UID; also those that are done
	unprinted int                 // logs that are not printed to their end
	reading   int                 // logs that are being read
	// unarchived is set when the archive has not taken all of a log. The goroutines that read logs set it.
	unarchived atomic.Bool
	// printedUntil is until when an earlier driver may have printed lines of the Pods that are inherited, by their UIDs.
	printedUntil time.Time
	inherited    map[string]bool
}

// Listener is told of what is read of the logs, by the goroutines that read it.
type Listener interface {
	// FirstLine takes the first line of a log that came late.
	FirstLine(ctx context.Context, m FirstLine)
	// Followed takes the end of a log, or why it cannot be had.
	Followed(ctx context.Context, m Followed)
}

// FirstLine is the first line of a container's log that is followed from its beginning.
type FirstLine struct {
	stdout.LogOf
	at time.Time
}

// Followed means that a container's log is at its end, or cannot be had.
type Followed struct {
	stdout.LogOf
	tail string
	err  error
}

// New returns Followers that follow no log yet.
func New(c Config) *Followers {
	return &Followers{config: c, streams: newStreams(c.Streams), byPod: map[string]*podLogs{}, inherited: map[string]bool{}}
}

// Unprinted returns the number of logs that are not printed to their ends.
func (f *Followers) Unprinted() int { return f.unprinted }

// Reading returns the number of logs that are being read.
func (f *Followers) Reading() int { return f.reading }

// Archived reports whether there is an archive and it has all logs to their ends.
func (f *Followers) Archived() bool {
	return f.config.Archive != nil && !f.unarchived.Load() && f.unprinted == 0
}

// Terminal reports whether a Pod whose logs are followed was seen in its terminal phase.
func (f *Followers) Terminal(uid string) bool {
	one := f.byPod[uid]
	return one != nil && one.terminal
}

// Inherit tells that an earlier driver may have printed lines of these Pods until then.
func (f *Followers) Inherit(until time.Time, pods []run.Pod) {
	f.printedUntil = until
	for _, pod := range pods {
		f.inherited[pod.UID] = true
	}
}

// podLogs are the logs of one Pod.
type podLogs struct {
	pod        run.Pod // as it was first seen
	attempt    AttemptOf
	terminal   bool // the Pod was seen in its terminal phase
	containers []*follower
	succeeded  bool
}

// follower is the log of one container, as the loop knows it.
type follower struct {
	container string
	ended     chan struct{} // closed when the container is known to have ended
	told      bool          // ended is closed
	printed   bool          // to its end, and read from stdout
	stop      context.CancelFunc
	tail      string // the last lines, unless main succeeded
}

// See starts to follow the containers of a Pod that have begun, and passes on which have ended.
func (f *Followers) See(ctx context.Context, pod run.Pod, attempt AttemptOf) {
	one := f.byPod[pod.UID]
	for _, c := range begunIn(pod) {
		if one == nil {
			one = &podLogs{pod: pod, attempt: attempt}
			f.byPod[pod.UID] = one
		}
		log := one.of(c.Name)
		if log == nil {
			log = f.start(ctx, one, c)
		}
		if c.Ended {
			log.end()
		}
	}
	if one != nil && pod.Terminal {
		one.terminal = true
	}
	if one != nil && pod.End == run.EndSucceeded && !one.succeeded {
		one.succeeded = true
		for _, log := range one.containers {
			log.tail = ""
		}
		if known := f.config.Book[one.attempt]; known != nil {
			known.last("")
		}
	}
}

// begunIn are the containers of a Pod that have begun: what could not be started has no log.
func begunIn(pod run.Pod) []run.Container {
	all := make([]run.Container, 0, 1+len(pod.Others))
	for _, c := range pod.Others {
		c.Ended = c.Ended || pod.Terminal
		all = append(all, c)
	}
	if !pod.Started.IsZero() || pod.Running {
		ended := pod.End != run.EndNone || pod.Terminal
		all = append(all, run.Container{Name: v1alpha1.MainContainer, Started: pod.Started, Finished: pod.Finished, Ended: ended})
	}
	return all
}

// of gives a container's log; nil if it has not begun.
func (p *podLogs) of(container string) *follower {
	for _, log := range p.containers {
		if log.container == container {
			return log
		}
	}
	return nil
}

func (p *podLogs) end() {
	for _, log := range p.containers {
		log.end()
	}
}

// Gone passes on that a Pod exists no more.
func (f *Followers) Gone(pod run.Pod) {
	if one := f.byPod[pod.UID]; one != nil {
		one.end()
	}
}

// End passes on that no container of the run goes on, as far as anybody knows: not that of a node that is silent either.
func (f *Followers) End() {
	for _, one := range f.byPod {
		one.end()
	}
}

// Interrupted notes that the reading of a log has ended after Stop. Nothing else of that end counts.
func (f *Followers) Interrupted() { f.reading-- }

// Stop ends the reading of logs.
func (f *Followers) Stop() {
	for _, one := range f.byPod {
		for _, log := range one.containers {
			if log.stop != nil {
				log.stop()
			}
		}
	}
}

// Skip leaves the logs of a Pod alone: an earlier driver has printed them.
func (f *Followers) Skip(pod run.Pod, attempt AttemptOf) {
	one := &podLogs{pod: pod, attempt: attempt}
	for _, c := range begunIn(pod) {
		one.containers = append(one.containers, &follower{container: c.Name, told: true, printed: true})
	}
	f.byPod[pod.UID] = one
}

func (log *follower) end() {
	if !log.told {
		log.told = true
		close(log.ended)
	}
}

func (f *Followers) start(ctx context.Context, one *podLogs, c run.Container) *follower {
	f.unprinted++
	f.reading++
	log := &follower{container: c.Name, ended: make(chan struct{})}
	one.containers = append(one.containers, log)
	known := f.config.Book.of(one.attempt)
	known.opened(c.Name)
	r := reading{pod: one.pod, from: known.at[c.Name], container: logs.Container{
		Pod: one.pod.Name, Name: c.Name, Ended: log.ended, Started: c.Started, Allowed: true, // the Role grants it
	}}
	of := stdout.LogOf{UID: one.pod.UID, Container: c.Name}
	slot := f.config.Out.Queue(of, prefixOf(one.pod, c.Name))
	if f.inherited[one.pod.UID] && !known.exact {
		slot.Replay = logfmt.NewReplay(known.at[c.Name], f.printedUntil, "the driver was restarted")
	}
	var limited context.Context
	limited, log.stop = context.WithCancel(ctx)
	f.config.Tasks.Go(func() {
		tail, err := f.read(limited, r, slot)
		ended := limited.Err() == nil
		f.config.Listener.Followed(ctx, Followed{LogOf: of, tail: tail, err: err})
		if ended {
			slot.End()
		}
	})
	return log
}

// prefixOf is what stands in front of a container's lines.
func prefixOf(pod run.Pod, container string) string {
	name := pod.Step
	if container != v1alpha1.MainContainer {
		name += "/" + container
	}
	return logfmt.Prefix(name, pod.Attempt)
}

// Began takes the first line of a log.
func (f *Followers) Began(m FirstLine) {
	f.config.Book.of(f.byPod[m.UID].attempt).began(m.Container, m.at, time.Now())
}

// Finished takes the end of a follower, and warns if its log is not whole.
func (f *Followers) Finished(m Followed) {
	one := f.byPod[m.UID]
	f.reading--
	one.of(m.Container).stop()
	if !one.succeeded {
		one.of(m.Container).tail = m.tail
		if tail := one.tail(); tail != "" { // else what a former driver has seen of it is more
			f.config.Book.of(one.attempt).last(tail)
		}
	}
	switch log := f.config.Log.With(zap.String("pod", one.pod.Name), zap.String("container", m.Container)); {
	case m.err == nil, errors.Is(m.err, context.Canceled):
	case errs.IsNotFound(m.err):
		log.Warn("the log ended with its pod; lines may be missing", zap.Error(m.err))
	default:
		log.Error("the log is given up; lines are missing", zap.Error(m.err))
	}
}

// Printed takes how far logs have been read from stdout, and returns the UIDs of the Pods one of whose logs has thereby come to its end.
func (f *Followers) Printed(all []stdout.Progress) []string {
	var uids []string
	now := time.Now()
	for _, p := range all {
		one := f.byPod[p.UID]
		if one == nil {
			continue // a line that is no container's
		}
		f.config.Book.of(one.attempt).printed(p, now)
		if log := one.of(p.Container); p.Ended && !log.printed {
			log.printed = true
			f.unprinted--
			uids = append(uids, p.UID)
		}
	}
	return uids
}

// Drained reports whether the logs of a Pod's containers that have ended are printed. One that goes on is not waited for:
// a side container may do so for ever.
func (f *Followers) Drained(uid string) bool {
	one := f.byPod[uid]
	if one == nil {
		return true
	}
	for _, log := range one.containers {
		if log.told && !log.printed {
			return false
		}
	}
	return true
}

// tail returns the last lines of a Pod: main's, or, if main never started, those of the container that started last, which
// is the one that kept main from starting.
func (p *podLogs) tail() string {
	if log := p.of(v1alpha1.MainContainer); log != nil {
		return log.tail
	}
	if n := len(p.containers); n > 0 {
		return p.containers[n-1].tail
	}
	return ""
}
