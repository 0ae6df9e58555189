package record

import (
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// TestHeadAnnotations: what a list reads from the metadata is what the head itself says.
func TestHeadAnnotations(t *testing.T) {
	at := func(s int) *metav1.Time {
		m := metav1.NewTime(time.Date(2030, 1, 2, 3, 4, s, 0, time.UTC).Local())
		return &m
	}
	for name, h := range map[string]Head{
		"running":   {Version: Version, Phase: v1alpha1.RunRunning, StartedAt: at(1)},
		"succeeded": {Version: Version, Phase: v1alpha1.RunSucceeded, StartedAt: at(1), FinishedAt: at(9)},
		"failed":    {Version: Version, Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonStepFailed, Message: "step b failed", StartedAt: at(1), FinishedAt: at(9)},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := HeadFromAnnotations(h.Annotations())
			if !ok || !reflect.DeepEqual(got, h) {
				t.Errorf("got %+v, %v\nwant %+v", got, ok, h)
			}
		})
	}
}

func TestHeadAnnotationsRefused(t *testing.T) {
	good := Head{Phase: v1alpha1.RunRunning}.Annotations()
	for name, change := range map[string]func(map[string]string){
		"of an earlier build": func(a map[string]string) { clear(a) },
		"unknown phase":       func(a map[string]string) { a[AnnotationPhase] = "Paused" },
		"no time":             func(a map[string]string) { a[AnnotationStartedAt] = "yesterday" },
		"no end":              func(a map[string]string) { a[AnnotationFinishedAt] = "-" },
	} {
		a := maps.Clone(good)
		change(a)
		if h, ok := HeadFromAnnotations(a); ok {
			t.Errorf("%s: taken for %+v", name, h)
		}
	}
}

// TestHeadAnnotationsAreShort: all annotations of an object share 256 KiB.
func TestHeadAnnotationsAreShort(t *testing.T) {
	a := Head{Phase: v1alpha1.RunFailed, Message: strings.Repeat("x", 1<<20)}.Annotations()
	if got := len(a[AnnotationMessage]); got > MaxMessage {
		t.Errorf("the message has %d bytes", got)
	}
}
