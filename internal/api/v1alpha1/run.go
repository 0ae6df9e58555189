package v1alpha1

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Run is one execution of a pipeline as `launcher get -o json` shows it. Its keys are fixed, because scripts read them.
// Absent keys are left out.
type Run struct {
	APIVersion string           `json:"apiVersion"`
	Kind       string           `json:"kind"`
	Metadata   RunMetadata      `json:"metadata"`
	Pipeline   string           `json:"pipeline,omitempty"`
	Phase      RunPhase         `json:"phase"`
	Reason     Reason           `json:"reason,omitempty"`
	Message    string           `json:"message,omitempty"`
	CreatedAt  *metav1.Time     `json:"createdAt,omitempty"`
	StartedAt  *metav1.Time     `json:"startedAt,omitempty"`
	FinishedAt *metav1.Time     `json:"finishedAt,omitempty"`
	Parameters map[string]Value `json:"parameters,omitempty"`
	Steps      []StepStatus     `json:"steps,omitempty"`
	// HoldUp is what keeps the Job of a run that is over from its end. Message ends with it.
	HoldUp string `json:"-"`
}

// RunMetadata is the part of the Job's metadata that a run shows.
type RunMetadata struct {
	Name      string            `json:"name"`
	Namespace string            `json:"namespace,omitempty"`
	UID       string            `json:"uid,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
}

// StepStatus is what is known of one step.
type StepStatus struct {
	Name     string           `json:"name"`
	Phase    StepPhase        `json:"phase"`
	Reason   Reason           `json:"reason,omitempty"`
	Message  string           `json:"message,omitempty"`
	Needs    []string         `json:"needs,omitempty"`
	Results  map[string]Value `json:"results,omitempty"`
	Attempts []AttemptStatus  `json:"attempts,omitempty"`
	// Finally reports whether the step stands under finally.
	Finally bool `json:"finally,omitempty"`
	// Growth tells how a step joined the run that the pipeline does not list; nil for all others. It is of the record alone:
	// `get -o json` does not show it.
	Growth *Growth `json:"growth,omitempty"`
}

// Growth is what the record keeps of a step that joined its run, so that the next driver has the same graph. The step's needs
// are StepStatus.Needs.
type Growth struct {
	// Template is the name of the pipeline's step that it is made of, and Index its place among those made of it, from 0.
	Template string `json:"template"`
	Index    int    `json:"index"`
	// AfterEnd are those of its needs that must only have ended, while all others must have succeeded.
	AfterEnd []string `json:"afterEnd,omitempty"`
	// Before are the steps that existed and were made to wait for it.
	Before []GrowthEdge `json:"before,omitempty"`
}

// GrowthEdge is a step that waits for one that joined the run.
type GrowthEdge struct {
	Step string `json:"step"`
	// AfterEnd reports whether the end is enough, and otherwise it must be a success.
	AfterEnd bool `json:"afterEnd,omitempty"`
}

// AttemptStatus is what is known of one Pod of a step. Number counts from 1.
type AttemptStatus struct {
	Number      int          `json:"number"`
	Pod         string       `json:"pod,omitempty"`
	Node        string       `json:"node,omitempty"`
	Phase       StepPhase    `json:"phase,omitempty"`
	Reason      Reason       `json:"reason,omitempty"`
	Message     string       `json:"message,omitempty"`
	ExitCode    *int32       `json:"exitCode,omitempty"`
	CreatedAt   *metav1.Time `json:"createdAt,omitempty"`
	ScheduledAt *metav1.Time `json:"scheduledAt,omitempty"`
	StartedAt   *metav1.Time `json:"startedAt,omitempty"`
	FinishedAt  *metav1.Time `json:"finishedAt,omitempty"`
	// Containers are those with something to tell beside the attempt's own end.
	Containers []ContainerEnd `json:"containers,omitempty"`
	// Transient says of an attempt that failed with ImagePull that its registry could not be asked. It is of the record
	// alone, as Log is: `get -o json` does not show them.
	Transient bool       `json:"transient,omitempty"`
	Log       *LogStatus `json:"log,omitempty"`
	// Others are the Pod's containers beside main that have begun. They are known of Pods that are there, and are no part
	// of what is shown or recorded.
	Others []OtherContainer `json:"-"`
	// Queued reports whether a queue of Kueue holds the Pod back; it is known as Others are.
	Queued bool `json:"-"`
}

// ContainerEnd is the end of a container that does not decide how its attempt ended, and that went wrong: a side container that
// failed or was cut off, or one that ended with 0 although one of its processes was killed for its memory.
type ContainerEnd struct {
	Name     string `json:"name"`
	Reason   Reason `json:"reason"`
	Message  string `json:"message,omitempty"`
	ExitCode *int32 `json:"exitCode,omitempty"`
}

// LogStatus is what the record keeps of an attempt's log.
type LogStatus struct {
	// Open reports whether the log was not wholly printed when this was written.
	Open bool `json:"open,omitempty"`
	// At is how far the log of each container was printed, as package logs writes positions; containers of which
	// nothing was printed are left out.
	At map[string]string `json:"at,omitempty"`
	// Exact reports whether nothing behind At was printed.
	Exact bool `json:"exact,omitempty"`
	// First is the stamp of the first line of each container's log that the driver has followed from its beginning, and that
	// began so late that a reader who opens it could take lines before it for lost. Of all other logs it says nothing.
	First map[string]time.Time `json:"first,omitempty"`
	// Tail are the last 20 lines of a failed attempt, at most 2 KiB.
	Tail string `json:"tail,omitempty"`
}

// OtherContainer is a container beside main, for those who read its log.
type OtherContainer struct {
	Name      string
	StartedAt *metav1.Time
	// Ended reports whether it has ended, and will not begin again.
	Ended bool
}

// RunPhase is the phase of a run.
type RunPhase string

// The phases of a run.
const (
	RunPending   RunPhase = "Pending"
	RunRunning   RunPhase = "Running"
	RunSucceeded RunPhase = "Succeeded"
	RunFailed    RunPhase = "Failed"
	RunCancelled RunPhase = "Cancelled"
)

// Ended reports whether the phase is a verdict.
func (p RunPhase) Ended() bool {
	return p == RunSucceeded || p == RunFailed || p == RunCancelled
}

// StepPhase is the phase of a step or of one of its attempts.
type StepPhase string

// The phases of a step.
const (
	StepWaiting   StepPhase = "Waiting"   // its needs are not met, or it waits for a slot
	StepPending   StepPhase = "Pending"   // its Pod is created, main has not started
	StepRunning   StepPhase = "Running"   // main runs
	StepSucceeded StepPhase = "Succeeded" // main ended with 0
	StepFailed    StepPhase = "Failed"
	StepSkipped   StepPhase = "Skipped"   // never had a Pod and never will
	StepCancelled StepPhase = "Cancelled" // its Pod was deleted by us before it ended
)

// Ended reports whether the phase is final.
func (p StepPhase) Ended() bool {
	return p == StepSucceeded || p == StepFailed || p == StepSkipped || p == StepCancelled
}

// Reason is why something ended as it did. The names are fixed: the record of
// an older driver and users' scripts have them.
type Reason string

// Reasons of steps and attempts.
const (
	ReasonError       Reason = "Error"       // main ended with a code other than 0
	ReasonOOMKilled   Reason = "OOMKilled"   // the kernel killed it for its memory
	ReasonEvicted     Reason = "Evicted"     // the node or the eviction API asked it to go
	ReasonPreempted   Reason = "Preempted"   // a Pod of higher priority took its place, or its share of a queue
	ReasonNodeLost    Reason = "NodeLost"    // its node went away
	ReasonDeleted     Reason = "Deleted"     // somebody else deleted its Pod
	ReasonConfigError Reason = "ConfigError" // missing Secret, ConfigMap, volume; invalid image name; root image under runAsNonRoot
	ReasonImagePull   Reason = "ImagePull"   // the image cannot be had
	ReasonStartFailed Reason = "StartFailed" // command not found
	ReasonRejected    Reason = "Rejected"    // the API server or an admission refused the Pod

	ReasonStartTimeout Reason = "StartTimeout" // main did not start within startTimeout, or the init containers did not end within initTimeout
	ReasonQueueTimeout Reason = "QueueTimeout" // there was no quota, or no node, within queueTimeout

	ReasonInvalidResult     Reason = "InvalidResult"     // main ended with 0, and its results are not what the step declares
	ReasonInvalidExpression Reason = "InvalidExpression" // an expression of the step has no value

	// Of steps that did not run.
	ReasonUpstreamFailed Reason = "UpstreamFailed"
	ReasonStopped        Reason = "Stopped" // by the failure policy
	ReasonCancelled      Reason = "Cancelled"

	ReasonConditionFalse Reason = "ConditionFalse" // its when was false, or it needs a step whose when was
)

// Reasons of runs, beside ReasonCancelled.
const (
	ReasonStepFailed  Reason = "StepFailed"
	ReasonTimeout     Reason = "Timeout"     // of an attempt too: main ran longer than timeout
	ReasonDriverLost  Reason = "DriverLost"  // the Job failed with no verdict in the record
	ReasonInvalidPlan Reason = "InvalidPlan" // the driver refused the plan (exit code 102)
)
