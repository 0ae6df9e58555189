package drivertest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/run"
)

// Cluster plays all that a driver meets, in memory and, inside of testing/synctest, in virtual time. Its ports are
// Pods, Mark, Logs and Record.
type Cluster struct {
	mu        sync.Mutex
	changed   chan struct{} // closed and replaced at each change
	uids      int
	pods      map[string]run.Pod
	strangers map[string]bool // names of others' Pods, and whether they are on their way out
	queues    map[*queue]bool
	mains     map[string]corev1.Container // of the Pods that were made, by step#attempt
	marks     v1alpha1.Marks
	warnings  map[string]string // by the names of Pods
	store     store
	calls     []Call
	// streams are the streams of logs that are open, and mostStreams how many there ever were at once.
	streams, mostStreams int

	// Play is what a step does; nil means that it runs for a second and succeeds. Set it before the driver begins.
	Play func(step string, attempt int) Act
	// PieceBytes is what a piece of the record takes when it is written.
	PieceBytes int
	// Weather is asked before each call, by the names of Call; an error is the call's answer. With Lost the call is
	// done all the same. Set it before the driver begins.
	Weather func(call string) error
}

// Call is a call that reached the cluster.
type Call struct {
	At time.Time
	// Name is create, delete, list, take, save, check or log; What the step and attempt like `a#1`, or the pieces.
	Name, What string
}

// ErrLost as the weather does the call and loses its answer.
var ErrLost = errors.New("the answer was lost")

// Act is the life of a Pod.
type Act struct {
	// StartsAfter and RunsFor are from the create and from main's start; zero means half a second and a second.
	StartsAfter, RunsFor time.Duration
	Exit                 int32
	// Output is what main writes as its results.
	Output string
	// Lines are main's log. Every is how far apart it writes them; with zero all are there when it has ended.
	Lines []string
	Every time.Duration
	// WritesAfter is when main writes its first line, from its start.
	WritesAfter time.Duration
	// Init and Side are the logs of an init container and of a side container of these names; nil means that there is none.
	Init, Side []string
	// InitFails lets the init container fail, so that main never starts.
	InitFails bool
	// Never keeps main from ending by itself, Sides a side container.
	Never, Sides bool
	// Stubborn is how long main goes on after it was asked to end; zero means a second.
	Stubborn time.Duration
}

// queue is what one watch has not told yet.
type queue struct{ events []run.Event }

// NewCluster is a cluster with nothing in it.
func NewCluster() *Cluster {
	return &Cluster{
		changed: make(chan struct{}), pods: map[string]run.Pod{}, strangers: map[string]bool{}, queues: map[*queue]bool{}, mains: map[string]corev1.Container{},
		store: store{pieces: map[int][]v1alpha1.StepStatus{}}, PieceBytes: 2 << 10,
	}
}

// Calls are the calls so far with one of the names, or all.
func (c *Cluster) Calls(names ...string) []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.calls), func(call Call) bool { return len(names) > 0 && !slices.Contains(names, call.Name) })
}

// call notes a call and asks the weather.
func (c *Cluster) call(name, what string) error {
	c.mu.Lock()
	c.calls = append(c.calls, Call{At: time.Now(), Name: name, What: what})
	weather := c.Weather
	c.mu.Unlock()
	if weather == nil {
		return nil
	}
	return weather(name)
}

// Pod gives a Pod of ours.
func (c *Cluster) Pod(name string) (run.Pod, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.pods[name]
	return p, ok
}

// PodsOf are the Pods of a step.
func (c *Cluster) PodsOf(step string) []run.Pod {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(c.all(), func(p run.Pod) bool { return p.Step != step })
}

// Live are the names of the Pods that have no terminal phase.
func (c *Cluster) Live() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var live []string
	for _, name := range slices.Sorted(maps.Keys(c.pods)) {
		if !c.pods[name].Terminal {
			live = append(live, name)
		}
	}
	return live
}

// Change changes a Pod and tells the watches; false if there is none.
func (c *Cluster) Change(name string, f func(*run.Pod)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.pods[name]
	if !ok {
		return false
	}
	f(&p)
	c.pods[name] = p
	c.tell(run.PodSeen{Now: time.Now(), Pod: p})
	return true
}

// Remove takes a Pod away.
func (c *Cluster) Remove(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.pods[name]
	if !ok {
		return
	}
	delete(c.pods, name)
	c.tell(run.PodGone{Now: time.Now(), Pod: p})
}

// tell puts an event in front of all watches. The lock is held.
func (c *Cluster) tell(events ...run.Event) {
	for q := range c.queues {
		q.events = append(q.events, events...)
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// Add creates a Pod of ours that the driver did not ask for, and lets it live.
func (c *Cluster) Add(step string, attempt int, name string) run.Pod {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.add(step, attempt, name)
}

func (c *Cluster) add(step string, attempt int, name string) run.Pod {
	c.uids++
	p := run.Pod{Step: step, Attempt: attempt, Name: name, UID: fmt.Sprintf("uid-%d", c.uids), Created: time.Now()}
	c.pods[name] = p
	c.tell(run.PodSeen{Now: time.Now(), Pod: p})
	c.live(p)
	return p
}

// Stranger puts a Pod of somebody else's there.
func (c *Cluster) Stranger(name string, deleting bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.strangers[name] = deleting
}

// Cancel sets the cancel mark, with the grace that Pods are to get; nil is their own.
func (c *Cluster) Cancel(grace *time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.marks.Cancelled, c.marks.Grace = true, grace
	c.tell()
}

// CancelFinally sets the second cancel mark.
func (c *Cluster) CancelFinally(grace *time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.marks.FinallyCancelled, c.marks.FinallyGrace = true, grace
	c.tell()
}

// ScheduledAt makes a CronJob have started the run, for that time.
func (c *Cluster) ScheduledAt(at string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.marks.ScheduledAt = at
}

// Main is the container main of the Pod that was made for an attempt, as in `train#1`.
func (c *Cluster) Main(attempt string) corev1.Container {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mains[attempt]
}

// Warn puts a warning about a Pod there.
func (c *Cluster) Warn(pod, message string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.warnings == nil {
		c.warnings = map[string]string{}
	}
	c.warnings[pod] = message
}

// Warnings is the driver's port.
func (c *Cluster) Warnings() driver.Warnings { return warningsPort{c} }

type warningsPort struct{ *Cluster }

func (c warningsPort) Latest(_ context.Context, pods []run.Pod) (map[string]string, error) {
	var uids []string
	for _, p := range pods {
		uids = append(uids, p.UID)
	}
	if err := c.call("events", strings.Join(uids, ",")); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	latest := map[string]string{}
	for _, p := range c.pods {
		if warning := c.warnings[p.Name]; warning != "" && slices.Contains(uids, p.UID) {
			latest[p.UID] = warning
		}
	}
	return latest, nil
}

// Pods is the driver's port.
func (c *Cluster) Pods() driver.Pods { return podsPort{c} }

type podsPort struct{ *Cluster }

func (c podsPort) Create(_ context.Context, pod *corev1.Pod) run.Event {
	step, attempt := pod.Labels[v1alpha1.LabelStep], 0
	_, _ = fmt.Sscan(pod.Labels[v1alpha1.LabelAttempt], &attempt)
	failed := run.CreateFailed{Step: step, Attempt: attempt}
	weather := c.call("create", fmt.Sprintf("%s#%d", step, attempt))
	c.mu.Lock()
	defer c.mu.Unlock()
	failed.Now = time.Now()
	if weather != nil && !errors.Is(weather, ErrLost) {
		failed.Message = weather.Error()
		return failed
	}
	deleting, taken := c.strangers[pod.Name]
	switch there, ours := c.pods[pod.Name]; {
	case taken && deleting:
		failed.Class, failed.Message = run.CreateBlocked, "the name is taken by a pod that is on its way out"
		return failed
	case taken:
		failed.Class, failed.Message = run.CreateRejected, "the name is taken by a pod of Job stranger"
		return failed
	case len(pod.Spec.Containers) == 0:
		failed.Class, failed.Message = run.CreateRejected, "spec.containers: Required value"
		return failed
	case ours:
		return run.PodSeen{Now: failed.Now, Pod: there}
	}
	p := c.add(step, attempt, pod.Name)
	c.mains[fmt.Sprintf("%s#%d", step, attempt)] = *pod.Spec.Containers[0].DeepCopy()
	if weather != nil {
		failed.Message = weather.Error()
		return failed
	}
	return run.PodSeen{Now: failed.Now, Pod: p}
}

func (c podsPort) Delete(_ context.Context, name, uid string, grace *time.Duration) error {
	what := name
	if grace != nil {
		what += " within " + grace.String()
	}
	if err := c.call("delete", what); err != nil {
		return err
	}
	c.mu.Lock()
	p, ok := c.pods[name]
	c.mu.Unlock()
	switch {
	case !ok || p.UID != uid:
	case p.Running:
		c.Change(name, func(p *run.Pod) { p.Deleting = true })
		after := cmp.Or(c.act(p.Step, p.Attempt).Stubborn, time.Second)
		if grace != nil {
			after = min(after, *grace)
		}
		time.AfterFunc(after, func() { c.kill(name, uid) })
	case slices.ContainsFunc(p.Others, func(o run.Container) bool { return !o.Ended }):
		// As with a kubelet, the news of the containers' ends comes before that of the Pod's.
		c.Change(name, func(p *run.Pod) { p.Deleting, p.Terminal, p.Others = true, true, endAll(p.Others) })
		time.AfterFunc(time.Second, func() { c.kill(name, uid) })
	default:
		c.Remove(name)
	}
	return nil
}

func (c podsPort) List(context.Context) ([]run.Pod, error) {
	if err := c.call("list", ""); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all(), nil
}

func (c *Cluster) all() []run.Pod {
	var all []run.Pod
	for _, name := range slices.Sorted(maps.Keys(c.pods)) {
		all = append(all, c.pods[name])
	}
	return all
}

func (c podsPort) Watch(ctx context.Context, listed func([]run.Pod), event func(run.Event), _ func(error, time.Duration)) error {
	q := &queue{}
	c.mu.Lock()
	c.queues[q] = true
	all := c.all()
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.queues, q)
		c.mu.Unlock()
	}()
	listed(all)
	for {
		c.mu.Lock()
		events, changed := q.events, c.changed
		q.events = nil
		c.mu.Unlock()
		for _, e := range events {
			event(e)
		}
		if len(events) > 0 {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Mark is the driver's port.
func (c *Cluster) Mark() driver.CancelMark { return markPort{c} }

type markPort struct{ *Cluster }

func (c markPort) Watch(ctx context.Context, mark func(v1alpha1.Marks), _ func(error, time.Duration)) error {
	var last *v1alpha1.Marks
	for {
		c.mu.Lock()
		now, changed := c.marks, c.changed
		c.mu.Unlock()
		if last == nil || !now.Equal(*last) {
			mark(now)
			last = &now
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
