package run

import (
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
)

// Action is something to be done. The set is closed.
type Action interface{ action() }

// CreatePod asks for the Pod of an attempt; it is answered by PodSeen or CreateFailed. A Pod of that name
// that is ours already is an answer by PodSeen.
type CreatePod struct {
	Step    string
	Attempt int
	// OOMs is how many earlier attempts of the step were OOMKilled.
	OOMs int
	// AfterRecord asks to wait until the record has the state in which this was asked for, and to write it without delay: the
	// step depends on what no Pod proves.
	AfterRecord bool
	// Values are what the expressions in the step's command, args and env are evaluated with, and nil where there are none. They do
	// not change any more, and may be used by another goroutine.
	Values *expr.Values
}

// DeletePod asks for the end of a live Pod, by its UID; it is answered by PodGone in the end. The driver
// repeats it as long as the API cannot be reached.
type DeletePod struct {
	Step    string
	Attempt int
	Name    string
	UID     string
	// AfterLogs asks to drain main's log first.
	AfterLogs bool
	// AfterRecord reports whether there is no hurry: the Pod has ended, and the record is written in its own time. Before any other
	// delete the record is written at once, since the Pod is the proof of all that led to it.
	AfterRecord bool
	// Grace is how long the Pod gets to end; nil means what it says itself.
	Grace *time.Duration
}

// SetTimer asks for a TimerFired at or after that time. The latest SetTimer replaces the earlier ones.
type SetTimer struct{ At time.Time }

// Finish is the verdict.
type Finish struct {
	Phase   v1alpha1.RunPhase
	Reason  v1alpha1.Reason
	Message string
}

func (CreatePod) action() {}
func (DeletePod) action() {}
func (SetTimer) action()  {}
func (Finish) action()    {}
