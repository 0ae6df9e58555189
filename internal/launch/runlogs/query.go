package runlogs

import (
	"context"
	"regexp"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/logview"
)

// Query says whose logs are wanted, and how they are to look.
type Query struct {
	Run string
	// Step is empty for all steps. The lines of one step's one container bear no prefix.
	Step string
	// Container is the one that is wanted. Empty is main where there is a Step, and all containers where there is none.
	Container string
	// Attempt is the one that is wanted. 0 is the latest of each step, or all with AllAttempts; Follow adds later ones.
	Attempt     int
	AllAttempts bool
	// Follow goes on until the run, or the one step, has ended.
	Follow bool

	// Since leaves out lines that are older; 0 wants all.
	Since time.Duration
	// Tail is how many of each container's last lines are wanted. Nil wants all.
	Tail *int
	// Grep wants the lines that match, without what colors them. Of a line longer than logs.MaxLine its beginning counts.
	Grep *regexp.Regexp

	// Timestamps puts each line's time before it. It is for Text; JSON has times anyway.
	Timestamps bool
	Form       logview.Kind
	// marks: say on Err when a step begins and ends.
	marks bool
	// planned are the containers that the step has by the plan; for a Container of a Step.
	planned []string
}

// wantsContainer reports whether a container's log is wanted.
func (q *Query) wantsContainer(name string) bool {
	switch {
	case q.Container != "":
		return name == q.Container
	case q.Step != "":
		return name == v1alpha1.MainContainer
	}
	return true
}

func (q *Query) wantsStep(name string) bool { return q.Step == "" || name == q.Step }

// wantsAttempt reports whether an attempt is wanted. latest is the latest attempt of its step that has begun, if there is one.
func (q *Query) wantsAttempt(number, latest int) bool {
	switch {
	case q.Attempt != 0:
		return number == q.Attempt
	case q.AllAttempts:
		return true
	}
	return number >= latest
}

// bare reports whether lines need no prefix: they are all of one log.
func (q *Query) bare() bool { return q.Step != "" }

// tailStart finds the position in front of the last n lines of a container's log as it is now. That costs one reading of what
// the node has of it (10 MiB by default), in memory for n positions: the kubelet's own tail counts the pieces into which a
// runtime cuts long lines, and the rest of a log could not be taken up behind it.
func (v *session) tailStart(ctx context.Context, c logs.Container, n int) (logs.Position, error) {
	t := logview.NewTailFinder(n, v.since)
	err := logs.Read(ctx, v.source(), c, t)
	return t.Start(), err
}
