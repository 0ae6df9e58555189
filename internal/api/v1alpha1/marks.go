package v1alpha1

import (
	"reflect"
	"time"
)

// AnnotationScheduledAt is the CronJob controller's, on the Jobs that it creates: the time that the schedule has for the run, in
// RFC 3339 (k8s.io/api/batch/v1, CronJobScheduledTimestampAnnotation). A Job that `kubectl create job --from` makes has none.
const AnnotationScheduledAt = "batch.kubernetes.io/cronjob-scheduled-timestamp"

// Marks is what the annotations of a run's Job tell the driver.
type Marks struct {
	// Cancelled asks for the end of the run, and Grace is how long its Pods get; nil for what each says itself.
	Cancelled bool
	Grace     *time.Duration
	// Deleted reports whether the Job is being deleted, or is gone. It is Cancelled, too, then.
	Deleted bool
	// FinallyCancelled asks for the end of the steps under finally while they run, and FinallyGrace is how long their Pods get.
	FinallyCancelled bool
	FinallyGrace     *time.Duration
	// ScheduledAt is AnnotationScheduledAt; empty in a run that no CronJob started.
	ScheduledAt string
}

// MarksOf reads annotations. A grace that cannot be understood counts as none.
func MarksOf(annotations map[string]string) Marks {
	m := Marks{
		Grace: CancelGrace(annotations), FinallyGrace: GraceOf(annotations[AnnotationCancelFinallyGrace]),
		ScheduledAt: annotations[AnnotationScheduledAt],
	}
	_, m.Cancelled = annotations[AnnotationCancel]
	_, m.FinallyCancelled = annotations[AnnotationCancelFinally]
	return m
}

// Equal reports whether two say the same.
func (m Marks) Equal(other Marks) bool { return reflect.DeepEqual(m, other) }

// GraceOf reads the value of an annotation that says how long Pods get to end; nil where it does not say, or cannot be understood.
func GraceOf(text string) *time.Duration {
	grace, err := time.ParseDuration(text)
	if err != nil || grace < 0 {
		return nil
	}
	return &grace
}
