package record

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Annotations of the record's first ConfigMap: its head once more, for readers that list metadata alone. A list of runs that
// had to read every record would move megabytes.
const (
	AnnotationPhase      = v1alpha1.Prefix + "phase"
	AnnotationReason     = v1alpha1.Prefix + "reason"
	AnnotationMessage    = v1alpha1.Prefix + "message"
	AnnotationStartedAt  = v1alpha1.Prefix + "started-at"  // RFC 3339
	AnnotationFinishedAt = v1alpha1.Prefix + "finished-at" // RFC 3339
)

// Annotations are what the record's metadata has of its head. What is empty is left out.
func (h Head) Annotations() map[string]string {
	out := map[string]string{AnnotationPhase: string(h.Phase)}
	add := func(key, value string) {
		if value != "" {
			out[key] = value
		}
	}
	add(AnnotationReason, string(h.Reason))
	add(AnnotationMessage, cutMessage(h.Message))
	add(AnnotationStartedAt, timeText(h.StartedAt))
	add(AnnotationFinishedAt, timeText(h.FinishedAt))
	return out
}

// HeadFromAnnotations reads what Annotations wrote. It reports false for a record of an earlier build, which has none, and
// for annotations that no driver writes: the record itself must be read then.
func HeadFromAnnotations(a map[string]string) (Head, bool) {
	h := Head{
		Version: Version, Phase: v1alpha1.RunPhase(a[AnnotationPhase]), Reason: v1alpha1.Reason(a[AnnotationReason]), Message: a[AnnotationMessage],
	}
	var started, finished bool
	h.StartedAt, started = timeOf(a[AnnotationStartedAt])
	h.FinishedAt, finished = timeOf(a[AnnotationFinishedAt])
	return h, started && finished && h.check() == nil
}

func timeText(t *metav1.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// timeOf reads a time, or nil for none; it reports whether the text is either.
func timeOf(text string) (*metav1.Time, bool) {
	if text == "" {
		return nil, true
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, false
	}
	m := metav1.NewTime(t.Local())
	return &m, true
}
