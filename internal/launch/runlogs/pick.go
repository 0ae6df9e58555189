package runlogs

import (
	"cmp"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/logview"
)

// logRef is one log to show: a container's of a Pod that is there, or all that is kept of an attempt whose Pod is gone.
type logRef struct {
	logview.Origin
	pod        string
	from       location
	started    time.Time // of the container of a Pod; zero where unknown
	status     v1alpha1.AttemptStatus
	startShown bool // the attempt's beginning was; endTold: its end was
	endShown   bool
	ended      bool // the container of a Pod has
	// broke is where lines of the log were shown before its Pod was gone; nil where none were.
	broke *logview.Printer
	// emptied: the Pod is there and its log has no lines, but had some.
	emptied bool
}

// pick is what a query wants of a run, in the order of the pipeline, of attempts and of containers' beginnings. there are the
// Pods that exist, by name.
func pick(run v1alpha1.Run, there map[string]v1alpha1.AttemptStatus, q *Query, keep stores) []logRef {
	var out []logRef
	for i := range run.Steps {
		s := &run.Steps[i]
		if !q.wantsStep(s.Name) {
			continue
		}
		latest := latestBegun(s.Attempts, there)
		for _, a := range s.Attempts {
			if q.wantsAttempt(a.Number, latest) {
				out = append(out, logsOf(s.Name, a, there, q, keep)...)
			}
		}
	}
	return out
}

// latestBegun is the number of the latest attempt that has a log; 0 when none has.
func latestBegun(attempts []v1alpha1.AttemptStatus, there map[string]v1alpha1.AttemptStatus) int {
	latest := 0
	for _, a := range attempts {
		if pod, exists := there[a.Pod]; status.Begun(a) || exists && len(pod.Others) > 0 {
			latest = max(latest, a.Number)
		}
	}
	return latest
}

func logsOf(step string, a v1alpha1.AttemptStatus, there map[string]v1alpha1.AttemptStatus, q *Query, keep stores) []logRef {
	pod, exists := there[a.Pod]
	began := status.Begun(a) || exists && len(pod.Others) > 0
	from := locationOf(keep.availabilityOf(step, a.Number, began, exists))
	one := logRef{Origin: logview.Origin{Step: step, Attempt: a.Number}, pod: a.Pod, from: from, status: a}
	switch from {
	case noLog:
		return nil
	case fromPod:
	default:
		one.Container = q.oneContainer()
		return []logRef{one}
	}
	var out []logRef
	for _, c := range containersOf(pod) {
		if q.wantsContainer(c.Name) {
			one.Container, one.started, one.ended = c.Name, c.StartedAt.Time, c.Ended
			out = append(out, one)
		}
	}
	return out
}

// oneContainer is the container that is wanted alone, or empty.
func (q *Query) oneContainer() string {
	if q.Container == "" && q.Step != "" {
		return v1alpha1.MainContainer
	}
	return q.Container
}

// containersOf are the containers of a Pod that have begun, those that did first in front.
func containersOf(pod v1alpha1.AttemptStatus) []v1alpha1.OtherContainer {
	all := slices.Clone(pod.Others)
	if status.Begun(pod) {
		all = append(all, v1alpha1.OtherContainer{Name: v1alpha1.MainContainer, StartedAt: pod.StartedAt, Ended: status.Over(pod)})
	}
	slices.SortStableFunc(all, func(a, b v1alpha1.OtherContainer) int {
		switch {
		case a.StartedAt.Equal(b.StartedAt):
			// Times have whole seconds: main comes behind those that did not begin after it.
			return cmp.Compare(status.MainLast(a.Name), status.MainLast(b.Name))
		case a.StartedAt.Before(b.StartedAt):
			return -1
		}
		return 1
	})
	return all
}

// goneLogs are the logs of attempts that are wanted, and that have begun, and whose Pods are not there any more.
func goneLogs(run v1alpha1.Run, there map[string]v1alpha1.AttemptStatus, q *Query) []logRef {
	return slices.DeleteFunc(pick(run, there, q, stores{}), func(p logRef) bool { return p.from == fromPod })
}

// sameAttempt reports whether two logs are of one attempt.
func (p logRef) sameAttempt(q logRef) bool { return p.Step == q.Step && p.Attempt == q.Attempt }
