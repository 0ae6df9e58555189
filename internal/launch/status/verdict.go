package status

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
)

// outcome is how a run stands.
type outcome struct {
	phase   v1alpha1.RunPhase
	reason  v1alpha1.Reason
	message string
	at      *metav1.Time // of the end
}

// JobEnd is the condition that ended a Job, or nil.
func JobEnd(job *batchv1.Job) *batchv1.JobCondition {
	for i := range job.Status.Conditions {
		c := &job.Status.Conditions[i]
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue {
			return c
		}
	}
	return nil
}

// outcomeOf: the record's verdict rules. A run is Pending until its driver has begun the record. Without a verdict, the Job's end tells what its driver's exit code was; a driver that
// ended otherwise, too often or too late, is lost, unless it was ended by force after a cancel. Why a run with a timeout
// failed is not in its exit code.
func outcomeOf(job *batchv1.Job, head *record.Head) outcome {
	if head != nil && head.Phase.Ended() {
		return outcome{phase: head.Phase, reason: head.Reason, message: head.Message, at: head.FinishedAt}
	}
	end := JobEnd(job)
	switch {
	case end == nil && head != nil:
		return outcome{phase: v1alpha1.RunRunning}
	case end == nil:
		return outcome{phase: v1alpha1.RunPending}
	}
	at := end.LastTransitionTime
	o := outcome{phase: v1alpha1.RunFailed, at: &at}
	code, known := verdictCode(end)
	switch {
	case end.Type == batchv1.JobComplete:
		o.phase = v1alpha1.RunSucceeded
	case known && code == podspec.ExitFailed && job.Spec.ActiveDeadlineSeconds != nil:
	case known && code == podspec.ExitFailed:
		o.reason = v1alpha1.ReasonStepFailed
	case known && code == podspec.ExitCancelled:
		o.phase, o.reason = v1alpha1.RunCancelled, v1alpha1.ReasonCancelled
	case forced(job, end):
		o.phase, o.reason, o.message = v1alpha1.RunCancelled, v1alpha1.ReasonCancelled, "ended by force, without a word of its driver"
	case known && code == podspec.ExitInvalidPlan:
		o.reason, o.message = v1alpha1.ReasonInvalidPlan, "the driver refused the plan"
	default:
		o.reason, o.message = v1alpha1.ReasonDriverLost, lost(job, end)
	}
	return o
}

// ForceDeadlineSeconds is the Job's deadline by which a cancel --force ends it, and with it its driver, at once: 0 is not allowed.
const ForceDeadlineSeconds = 1

// lost explains the end of a driver that gave no verdict, from the Job's end. A driver at work ends its run in time; the Job's own
// deadline is some minutes later.
func lost(job *batchv1.Job, end *batchv1.JobCondition) string {
	deadline := job.Spec.ActiveDeadlineSeconds
	if end.Reason == batchv1.JobReasonDeadlineExceeded && deadline != nil && *deadline > ForceDeadlineSeconds {
		return fmt.Sprintf("the run's timeout has passed and no driver was left to end it: its Job has reached its own deadline of %s",
			v1alpha1.Duration(time.Duration(*deadline)*time.Second))
	}
	return "the driver ended without a verdict: " + end.Message
}

// forced reports whether a cancel --force ended the Job: it has the mark and reached the deadline that only force sets so low.
func forced(job *batchv1.Job, end *batchv1.JobCondition) bool {
	_, marked := job.Annotations[v1alpha1.AnnotationCancel]
	deadline := job.Spec.ActiveDeadlineSeconds
	return marked && end.Reason == batchv1.JobReasonDeadlineExceeded && deadline != nil && *deadline <= ForceDeadlineSeconds
}

// exitCodeInMessage is how the Job controller tells which code a rule matched (pkg/controller/job/pod_failure_policy.go,
// matchPodFailurePolicy).
var exitCodeInMessage = regexp.MustCompile(`failed with exit code (\d+) matching FailJob rule`)

// verdictCode is the driver's exit code by which the Job failed.
func verdictCode(end *batchv1.JobCondition) (int, bool) {
	m := exitCodeInMessage.FindStringSubmatch(end.Message)
	if m == nil || end.Reason != batchv1.JobReasonPodFailurePolicy {
		return 0, false
	}
	code, err := strconv.Atoi(m[1])
	return code, err == nil
}
