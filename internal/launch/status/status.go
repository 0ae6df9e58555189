package status

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/phrase"
	"github.com/stepherd/stepherd/internal/podspec"
)

// Snapshot is all that is known of a run at one moment.
type Snapshot struct {
	Job *batchv1.Job
	// Record is nil while there is none.
	Record *record.Record
	// StepPods are the step Pods that exist, as attempts.
	StepPods []v1alpha1.StepStatus
	// Drivers are the Job's own Pods; Events are about the Job and those Pods.
	Drivers []corev1.Pod
	Events  []corev1.Event
	// NoEvents: the user may not list events.
	NoEvents bool
	// Starting has, by the names of step Pods, why they have a node and have not started; only events tell it.
	Starting map[string]string
	Now      time.Time
	// Hints are for what to do next.
	Hints client.Hints
}

// Of is a run as `get` shows it. Steps come from the plan, which is in the Job; what is known of them from the record
// and from Pods: the record follows what happens by a moment, so Pods win unless the record has the step's end.
func Of(k Snapshot) v1alpha1.Run {
	run := Summary(k.Job, k.Head())
	comment(&run, k)
	if run.Reason == v1alpha1.ReasonDriverLost {
		run.Message += leftBehind(k) + lastDriver(k.Drivers)
	}
	run.Steps = steps(k)
	return run
}

// Brief is a run as a list shows it: as Assemble does, but without its steps.
func Brief(k Snapshot) v1alpha1.Run {
	run := Summary(k.Job, k.Head())
	comment(&run, k)
	return run
}

// Summary is a run without its steps; head is nil where the record is not known.
func Summary(job *batchv1.Job, head *record.Head) v1alpha1.Run {
	o := outcomeOf(job, head)
	created := job.CreationTimestamp
	run := v1alpha1.Run{
		APIVersion: v1alpha1.APIVersion,
		Kind:       v1alpha1.KindRun,
		Metadata: v1alpha1.RunMetadata{
			Name: job.Name, Namespace: job.Namespace, UID: string(job.UID), Labels: job.Labels,
		},
		Pipeline:   job.Labels[v1alpha1.LabelPipeline],
		Phase:      o.phase,
		Reason:     o.reason,
		Message:    o.message,
		CreatedAt:  &created,
		FinishedAt: o.at,
		Parameters: parameters(job),
	}
	switch {
	case head != nil && head.StartedAt != nil:
		run.StartedAt = head.StartedAt
	case run.Phase != v1alpha1.RunPending:
		run.StartedAt = job.Status.StartTime
	}
	return run
}

// comment adds to a run what its Job and its driver tell of it.
func comment(run *v1alpha1.Run, k Snapshot) {
	switch {
	case !run.Phase.Ended():
		run.Message = WhyStalled(k)
	case JobEnd(k.Job) == nil:
		run.HoldUp = holdUp(k)
		run.Message = strings.TrimPrefix(run.Message+"; "+run.HoldUp, "; ")
		run.Message = strings.TrimSuffix(run.Message, "; ")
	}
}

// WhyStalled is why a run that has not ended does not get on, and that a cancel was asked for; empty where there is nothing to say.
func WhyStalled(k Snapshot) string {
	why, mark := WhyNoDriver(k), CancelRequested(k.Job)
	switch {
	case mark == "":
		return why
	case why == "":
		return mark
	}
	return fmt.Sprintf("%s, and no driver is at work to carry it out: %s; to end the run without one: %s",
		mark, why, k.Hints.Command("cancel", k.Job.Name, "--force"))
}

// CancelRequested says when a cancel was asked for; empty when it was not.
func CancelRequested(job *batchv1.Job) string {
	if at := job.Annotations[v1alpha1.AnnotationCancelFinally]; at != "" {
		return "a cancel of the steps under finally was asked for at " + at
	}
	at := job.Annotations[v1alpha1.AnnotationCancel]
	switch grace := v1alpha1.CancelGrace(job.Annotations); {
	case at == "":
		return ""
	case grace != nil:
		return fmt.Sprintf("a cancel was asked for at %s, with a grace of %s", at, v1alpha1.Duration(*grace))
	}
	return "a cancel was asked for at " + at
}

// RunsFinally reports whether the run has come to its steps under finally and has not ended, as far as the record tells.
func (k Snapshot) RunsFinally() bool {
	head := k.Head()
	return head != nil && head.FinallyStartedAt != nil && !head.Phase.Ended()
}

// parameters are the values that the run was given. A list knows them if they are short.
func parameters(job *batchv1.Job) map[string]v1alpha1.Value {
	var values map[string]v1alpha1.Value
	if text, told := job.Annotations[v1alpha1.AnnotationParameters]; told && json.Unmarshal([]byte(text), &values) == nil {
		return values
	}
	if plan := Plan(job); plan != nil {
		return plan.Arguments
	}
	return nil
}

// leftBehind returns what to do about the step Pods that a lost driver has left running.
func leftBehind(k Snapshot) string {
	live := 0
	for _, s := range k.StepPods {
		for _, a := range s.Attempts {
			if !a.Phase.Ended() {
				live++
			}
		}
	}
	if live == 0 {
		return ""
	}
	return fmt.Sprintf("; it left %s, to be stopped with %s, or deleted with the run: %s",
		phrase.Count(live, "live step Pod"), k.Hints.Command("cancel", k.Job.Name, "--force"), k.Hints.Command("delete", k.Job.Name))
}

// DriverReady reports whether a driver's container runs, as the Job controller sees it.
func DriverReady(job *batchv1.Job) bool {
	return job.Status.Ready != nil && *job.Status.Ready > 0
}

// Head is that of the record; nil where there is none.
func (k Snapshot) Head() *record.Head {
	if k.Record == nil {
		return nil
	}
	return &k.Record.Head
}

// steps are those of the plan, in its order. Steps that only record or Pods know follow: a plan that this build cannot read
// hides nothing that has happened.
func steps(k Snapshot) []v1alpha1.StepStatus {
	var out []v1alpha1.StepStatus
	index := map[string]int{}
	find := func(name string) *v1alpha1.StepStatus {
		i, known := index[name]
		if !known {
			i = len(out)
			index[name] = i
			out = append(out, v1alpha1.StepStatus{Name: name, Phase: v1alpha1.StepWaiting})
		}
		return &out[i]
	}
	if plan := Plan(k.Job); plan != nil {
		for i, step := range plan.EachStep() {
			s := find(step.Name)
			s.Needs, s.Finally = step.Needs, i >= len(plan.Steps)
		}
	}
	if k.Record != nil {
		for _, recorded := range k.Record.Steps {
			s := find(recorded.Name)
			needs, finally := s.Needs, s.Finally
			*s = recorded
			if s.Growth == nil { // otherwise it is not in the plan
				s.Needs, s.Finally = needs, finally
			}
			s.Growth = nil
			s.Attempts = withoutOwn(s.Attempts)
			if s.Phase == "" {
				s.Phase = v1alpha1.StepWaiting
			}
		}
	}
	for _, pods := range k.StepPods {
		s := find(pods.Name)
		*s = withPods(*s, pods.Attempts, k.Starting)
	}
	return out
}

// withoutOwn copies attempts without what the record keeps for the driver alone.
func withoutOwn(attempts []v1alpha1.AttemptStatus) []v1alpha1.AttemptStatus {
	out := slices.Clone(attempts)
	for i := range out {
		out[i].Log, out[i].Transient = nil, false
	}
	return out
}

// withPods merges what Pods show into a step of the record.
func withPods(s v1alpha1.StepStatus, pods []v1alpha1.AttemptStatus, starting map[string]string) v1alpha1.StepStatus {
	if s.Phase.Ended() {
		return s
	}
	attempts := append([]v1alpha1.AttemptStatus(nil), s.Attempts...)
	for _, pod := range pods {
		if text, asked := starting[pod.Pod]; asked && IsStarting(pod) {
			pod.Message = text
		}
		attempts = withAttempt(attempts, pod)
	}
	s.Attempts = attempts
	if n := len(attempts); n > 0 {
		last := attempts[n-1]
		s.Phase, s.Reason, s.Message = last.Phase, last.Reason, last.Message
	}
	return s
}

// withAttempt puts a Pod in its place among the attempts, which are in the order of their numbers; one whose end the record
// has stays as recorded.
func withAttempt(attempts []v1alpha1.AttemptStatus, pod v1alpha1.AttemptStatus) []v1alpha1.AttemptStatus {
	for i := range attempts {
		switch {
		case attempts[i].Number == pod.Number:
			if !attempts[i].Phase.Ended() {
				attempts[i] = pod
			}
			return attempts
		case attempts[i].Number > pod.Number:
			return append(attempts[:i], append([]v1alpha1.AttemptStatus{pod}, attempts[i:]...)...)
		}
	}
	return append(attempts, pod)
}

// Plan is the pipeline that a run carries, or nil where it cannot be read.
func Plan(job *batchv1.Job) *v1alpha1.Pipeline {
	text, ok := job.Spec.Template.Annotations[v1alpha1.AnnotationPlan]
	if !ok {
		return nil
	}
	p, err := podspec.DecodePlan([]byte(text))
	if err != nil {
		return nil
	}
	return p
}

// since is how long ago a time is; 0 for none.
func since(now time.Time, t *metav1.Time) time.Duration {
	if t == nil || t.IsZero() {
		return 0
	}
	return now.Sub(t.Time)
}
