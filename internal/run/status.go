package run

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Record is the state as the record keeps it; the head's Holder is left to the caller.
func (s State) Record() record.Record {
	r := record.Record{
		Head: record.Head{
			Version: record.Version, Phase: v1alpha1.RunRunning, StepCount: s.count(),
			StartedAt: stamp(s.startedAt), FinishedAt: stamp(s.finishedAt), CancelledAt: stamp(s.cancelledAt),
			FinallyStartedAt: stamp(s.final.startedAt),
		},
		Steps: make([]v1alpha1.StepStatus, s.count()),
	}
	if f, ok := s.Verdict(); ok {
		r.Head.Phase, r.Head.Reason, r.Head.Message = f.Phase, f.Reason, f.Message
	}
	if f := s.final.verdict; f != nil {
		r.Head.Provisional = &record.Verdict{Phase: f.Phase, Reason: f.Reason, Message: f.Message}
	}
	for i := range s.count() {
		r.Steps[i] = s.Step(i)
	}
	return r
}

// Step is the status of the step of that number; empty for one that has not joined the run yet.
func (s State) Step(i int) v1alpha1.StepStatus {
	if i >= s.Len() {
		return v1alpha1.StepStatus{}
	}
	st := s.steps.at(i)
	status := v1alpha1.StepStatus{
		Name: s.Name(i), Phase: st.end.phase, Reason: st.end.reason, Message: st.end.message, Growth: s.table.nodes[i].growth,
		Results: st.end.results, Finally: s.template(i).finally,
	}
	for _, need := range s.needs(i) {
		status.Needs = append(status.Needs, s.Name(int(need.node)))
	}
	for k := range st.attempts {
		if a := &st.attempts[k]; a.hasStory() {
			status.Attempts = append(status.Attempts, a.status(k+1))
		}
	}
	switch a := st.latest(); {
	case st.end.known():
	case a == nil:
		status.Phase = v1alpha1.StepWaiting
	case a.end.known():
		status.Phase, status.Reason = v1alpha1.StepWaiting, a.end.reason
		status.Message = fmt.Sprintf("attempt %d follows", len(st.attempts)+1)
		if a.end.message != "" {
			status.Message += fmt.Sprintf("; attempt %d: %s", len(st.attempts), a.end.message)
		}
	default:
		status.Phase, status.Reason, status.Message = a.standing()
	}
	return status
}

// hasStory reports whether there is something to tell of an attempt: that it has a Pod, or was refused one for good. An
// attempt whose Pod may not exist must not be in the record: the next driver would take its Pod for deleted.
func (a *attempt) hasStory() bool {
	return a.pod.Name != "" || a.end.phase == v1alpha1.StepFailed
}

// standing is how an attempt that has not ended gets on.
func (a *attempt) standing() (v1alpha1.StepPhase, v1alpha1.Reason, string) {
	switch {
	case a.end.known():
		return a.end.phase, a.end.reason, a.end.message
	case a.stage == refused:
		return v1alpha1.StepWaiting, "", a.message
	case a.pod.End == EndAwaitsSides && !a.pod.NodeSilent:
		return v1alpha1.StepRunning, "", AwaitsSides(a.pod)
	case (a.pod.Running || a.pod.End != EndNone) && a.pod.NodeSilent:
		return v1alpha1.StepRunning, "", fmt.Sprintf("node %s does not answer", a.pod.Node)
	case a.pod.Running || a.pod.End != EndNone:
		return v1alpha1.StepRunning, "", ""
	case a.pod.Waiting != WaitingNone:
		return v1alpha1.StepPending, a.pod.Reason, a.why()
	}
	return v1alpha1.StepPending, "", a.why()
}

func (a *attempt) status(number int) v1alpha1.AttemptStatus {
	phase, reason, message := a.standing()
	return v1alpha1.AttemptStatus{
		Number: number, Pod: a.pod.Name, Node: a.pod.Node, Phase: phase, Reason: reason, Message: message, ExitCode: a.pod.ExitCode,
		Transient: a.end.transient, Containers: a.told,
		CreatedAt: stamp(a.pod.Created), ScheduledAt: stamp(a.pod.Scheduled),
		StartedAt: stamp(a.pod.Started), FinishedAt: stamp(a.pod.Finished),
	}
}

// stamp is a time for the record; nil if it is not known.
func stamp(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	return &metav1.Time{Time: t}
}

func timeOf(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}
