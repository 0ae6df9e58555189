package run

import (
	"reflect"
	"time"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Event is something that was observed. The set is closed.
type Event interface{ event() }

// Restored is the first event of a driver's life: what the record says and the Pods that exist.
type Restored struct {
	Now       time.Time
	Record    record.Record // zero for a run that has none yet
	Pods      []Pod
	Cancelled bool
	Grace     *time.Duration // as in CancelAsked
	// Deleted is as in CancelAsked.
	Deleted bool
	// FinallyCancelled reports whether the Job has the mark that stops the steps under finally.
	FinallyCancelled bool
	// ScheduledAt is when a CronJob was to start the run, in RFC 3339; empty for a run that none has started.
	ScheduledAt string
}

// PodSeen is a step Pod as it is now: from the list, the watch, or the answer to a create.
type PodSeen struct {
	Now time.Time
	Pod Pod
}

// PodGone is a Pod of ours that exists no more. Pod is the last that was seen of it.
type PodGone struct {
	Now time.Time
	Pod Pod
}

// CreateFailed is a create that made no Pod, or may have made none.
type CreateFailed struct {
	Now     time.Time
	Step    string
	Attempt int
	Class   CreateClass
	// Reason is that of the step's failure after CreateRejected; ReasonRejected if it is empty.
	Reason v1alpha1.Reason
	// Message is one sentence for the user.
	Message string
	// RetryAfter is the server's wish, 0 if it has none.
	RetryAfter time.Duration
}

// CreateClass says what a failed create means.
type CreateClass int

// The classes of a failed create.
const (
	// CreateTransient is a passing fault of the API (429, 5xx, timeout, no connection): tried again with back-off.
	CreateTransient CreateClass = iota
	// CreateQuota is a refusal by quota: tried again when one of our Pods ends, and now and then.
	CreateQuota
	// CreateBlocked is what passes and leaves no Pod behind: a name that is taken by a stranger's Pod which is on its way
	// out, an admission webhook that cannot be asked. Tried again with back-off.
	CreateBlocked
	// CreateRejected is a refusal for good: the step fails.
	CreateRejected
)

// CancelAsked is a cancel mark on the Job.
type CancelAsked struct {
	Now time.Time
	// Finally reports whether it is the second mark, which stops the steps under finally and counts only while they run. The first
	// one lets them run.
	Finally bool
	// Deleted reports whether the run's Job is being deleted, or is gone: the steps under finally do not run either.
	Deleted bool
	// Grace is how long Pods get to end; nil means what each says itself.
	Grace *time.Duration
}

// PodWarned is what events tell of why a Pod does not get on, beside its status.
type PodWarned struct {
	Now     time.Time
	Step    string
	Attempt int
	UID     string
	// Message is one line; empty when events tell of nothing any more.
	Message string
}

// TimerFired answers a SetTimer.
type TimerFired struct{ Now time.Time }

func (Restored) event()     {}
func (PodSeen) event()      {}
func (PodGone) event()      {}
func (CreateFailed) event() {}
func (CancelAsked) event()  {}
func (PodWarned) event()    {}
func (TimerFired) event()   {}

// Pod is what Next needs to know of a step's Pod; package kube's observe makes it from the API object.
type Pod struct {
	Step    string
	Attempt int
	Name    string
	UID     string
	Node    string
	// Created, Scheduled, Started and Finished are zero while unknown. Started and Finished are main's.
	Created, Scheduled, Started, Finished time.Time
	// Running reports whether main runs.
	Running bool
	// End is what is known of main's end.
	End End
	// Reason, Message and ExitCode belong to End and to Waiting. ExitCode is nil if main never ended.
	Reason   v1alpha1.Reason
	Message  string
	ExitCode *int32
	// Output is what main's program wrote as its results, where main ended with 0; package results reads it.
	Output string
	// Containers is how many containers the Pod has, as the kubelet counts them: results.Limit needs it. It is 0 without an Output.
	Containers int
	// Waiting tells why a Pod that has not ended does not get on; WaitingNone while it does.
	Waiting Waiting
	// Pull belongs to a Waiting with ReasonImagePull.
	Pull Pull
	// Queued reports whether a queue of Kueue holds the Pod back.
	Queued bool
	// Init is how far the init containers are that come before main; native side containers are none of them.
	Init Init
	// Terminal reports whether the Pod's phase is Succeeded or Failed: it holds no resources any more.
	Terminal bool
	// Deleting reports whether the Pod has a deletionTimestamp, and DeleteBy is when it is to be gone; zero while it does not.
	Deleting bool
	DeleteBy time.Time
	// NodeSilent reports whether the Pod's node does not answer, as far as the cluster knows.
	NodeSilent bool
	// SidesRunning are the regular side containers that have not ended, once main has.
	SidesRunning []string
	// Awaited are those of them for which a success waits.
	Awaited []string
	// Ends are containers of which there is something to tell beside main's end.
	Ends []v1alpha1.ContainerEnd
	// Others are the Pod's containers beside main that have begun: init containers first, each kind in the order of the
	// Pod's spec.
	Others []Container
}

// Equal reports whether two Pods are the same to a run and to readers of its logs.
func (p Pod) Equal(other Pod) bool { return reflect.DeepEqual(p, other) }

// Init is how far init containers are.
type Init struct {
	// Since is the start of the one that runs; zero if none does.
	Since time.Time
	// Ran is how long those have run that have ended.
	Ran time.Duration
}

// Container is a container beside main, for those who read its log. What it does decides nothing here.
type Container struct {
	Name string
	// Started and Finished are zero while unknown.
	Started, Finished time.Time
	// Ended reports whether it has ended and will not begin again.
	Ended bool
}

// End is how sure it is how main ended.
type End int

// The kinds of End.
const (
	// EndNone: main has not ended.
	EndNone End = iota
	// EndSucceeded: main ended with 0 and nothing speaks against it; final at once.
	EndSucceeded
	// EndUnclear: main ended, but the kubelet may still be withholding the reason. Reason is the best
	// guess, taken if nothing better comes within SettleTime.
	EndUnclear
	// EndFailed: Reason is final.
	EndFailed
	// EndAwaitsSides: main ended with 0, and the success waits for side containers that must succeed and have not ended.
	EndAwaitsSides
)

// Waiting is why a Pod that has not ended does not get on.
type Waiting int

// The kinds of Waiting.
const (
	WaitingNone Waiting = iota
	// WaitingUnbounded is worth telling and may pass for ever (no node fits): never fails the step here.
	WaitingUnbounded
	// WaitingGrace fails the step with Reason when it has lasted for its grace (image pull, missing Secret).
	WaitingGrace
	// WaitingFinal fails the step with Reason at once (invalid image name, root image under runAsNonRoot).
	WaitingFinal
)

// Pull is what a failed pull of an image tells of the registry.
type Pull int

// The kinds of Pull.
const (
	// PullUntold: nothing is told, or nothing new.
	PullUntold Pull = iota
	// PullUnanswered: the registry could not be asked.
	PullUnanswered
	// PullRefused: the registry has answered, or something else is wrong with the image.
	PullRefused
)

// How long Next waits before it believes something.
const (
	// SettleTime is how long an unclear end may stay unclear: the kubelet may report the reason later than the exit code.
	SettleTime = 5 * time.Second
	// LostGrace is how long a Pod that is to be deleted is waited for when its node does not answer.
	LostGrace = 10 * time.Second
	// IdleGrace is how long a Pod whose main never started, or has ended, may outlast the time by which it was to be gone.
	IdleGrace = 30 * time.Second
	// ConfigGrace is how long a missing Secret or the like may be missing: the kubelet's caches lag at start.
	ConfigGrace = 15 * time.Second
)
