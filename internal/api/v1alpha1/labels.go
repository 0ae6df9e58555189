package v1alpha1

import "time"

// Keys of labels and annotations. They are fixed: objects of older versions carry them. The launcher and CronJob manifests write those of the
// Job and its Pod template, the driver those of step Pods and of the record.
const (
	Prefix = "stepherd.dev/"

	LabelManagedBy = "app.kubernetes.io/managed-by" // always ManagedBy
	LabelComponent = "app.kubernetes.io/component"  // one of the Component constants
	LabelPipeline  = Prefix + "pipeline"            // metadata.name of the pipeline, on every object
	LabelRun       = Prefix + "run"                 // name of the Job; on step Pods and record only: a CronJob's template cannot know it
	LabelRunUID    = Prefix + "run-uid"             // UID of the Job; likewise
	LabelStep      = Prefix + "step"                // step Pods
	LabelAttempt   = Prefix + "attempt"             // step Pods, from "1"
	LabelIndex     = Prefix + "index"               // step Pods of a fanned-out step

	// LabelJobName and LabelControllerUID are the Job controller's, on the driver Pod.
	LabelJobName       = "batch.kubernetes.io/job-name"
	LabelControllerUID = "batch.kubernetes.io/controller-uid"

	// LabelKueueQueue is Kueue's: on a Job it makes Kueue suspend it until it is its turn
	// (https://kueue.sigs.k8s.io/docs/tasks/run/jobs), on a Pod hold it back (https://kueue.sigs.k8s.io/docs/tasks/run/plain_pods).
	LabelKueueQueue = "kueue.x-k8s.io/queue-name"

	AnnotationPlan = Prefix + "plan" // on the Job's Pod template
	// AnnotationMinDriver is beside the plan: the version of the oldest driver that understands it. Manifests that were
	// written by hand may leave it out.
	AnnotationMinDriver = Prefix + "min-driver"
	AnnotationCancel    = Prefix + "cancel" // on the Job; its presence asks for the end, its value is when (RFC 3339)
	// AnnotationCancelGrace is on the Job beside AnnotationCancel: how long the step Pods get to end, as a Duration.
	// Absent, each Pod has its own grace.
	AnnotationCancelGrace = Prefix + "cancel-grace"
	// AnnotationCancelFinally is on the Job; its presence asks for the end of the steps under finally, and counts only while they
	// run. Its value is when (RFC 3339). AnnotationCancelFinallyGrace is the same to it as AnnotationCancelGrace to a cancel.
	AnnotationCancelFinally      = Prefix + "cancel-finally"
	AnnotationCancelFinallyGrace = Prefix + "cancel-finally-grace"
	// AnnotationParameters is on the Job: the values of the parameters as a JSON object, unless they are long, for lists of runs.
	AnnotationParameters = Prefix + "parameters"
	// AnnotationMustSucceed is on step Pods: the side containers without whose success there is none, divided by commas.
	AnnotationMustSucceed = Prefix + "must-succeed"
)

// Values of the labels.
const (
	ManagedBy       = "stepherd"
	ComponentDriver = "driver"
	ComponentStep   = "step"
	ComponentRecord = "record"
	// ComponentArchive is on the Job that reads a log archive for somebody, and on its Pod; it is no run.
	ComponentArchive = "archive"
)

// Fixed names inside Pods.
const (
	// MainContainer decides the step.
	MainContainer = "main"
	// DriverContainer is the driver Pod's only container.
	DriverContainer = "driver"
	// ArchiveContainer is the only container of the Pod that reads a log archive.
	ArchiveContainer = "archive"
)

// CancelGrace returns how long a cancel that is asked for in a Job's annotations gives the step Pods to end; nil where it does
// not say, or cannot be understood.
func CancelGrace(annotations map[string]string) *time.Duration {
	return GraceOf(annotations[AnnotationCancelGrace])
}
