package v1alpha1

import (
	"testing"
	"time"
)

func TestMarksOf(t *testing.T) {
	minute, second := time.Minute, time.Second
	for name, tt := range map[string]struct {
		annotations map[string]string
		want        Marks
	}{
		"none":       {nil, Marks{}},
		"a cancel":   {map[string]string{AnnotationCancel: ""}, Marks{Cancelled: true}},
		"with grace": {map[string]string{AnnotationCancel: "2031-01-02T03:04:05Z", AnnotationCancelGrace: "1m"}, Marks{Cancelled: true, Grace: &minute}},
		"a second one": {
			map[string]string{AnnotationCancel: "x", AnnotationCancelGrace: "-1m", AnnotationCancelFinally: "x", AnnotationCancelFinallyGrace: "1s"},
			Marks{Cancelled: true, FinallyCancelled: true, FinallyGrace: &second},
		},
		"of a CronJob": {map[string]string{AnnotationScheduledAt: "2031-01-02T03:04:05+01:00"}, Marks{ScheduledAt: "2031-01-02T03:04:05+01:00"}},
	} {
		if got := MarksOf(tt.annotations); !got.Equal(tt.want) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if (Marks{Grace: &minute}).Equal(Marks{Grace: &second}) {
		t.Error("another grace is the same")
	}
}
