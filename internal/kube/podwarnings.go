package kube

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
)

// PodWarnings are the events of type Warning about Pods.
type PodWarnings struct {
	core      typedcorev1.EventsGetter
	namespace string
}

// NewPodWarnings reads the events of a namespace.
func NewPodWarnings(core typedcorev1.EventsGetter, namespace string) *PodWarnings {
	return &PodWarnings{core: core, namespace: namespace}
}

// Latest is the message of the newest warning about the Pod with that UID; empty if there is none. Errors are *Error.
func (w *PodWarnings) Latest(ctx context.Context, podUID string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	about := fields.Set{"involvedObject.uid": podUID, "type": corev1.EventTypeWarning}
	list, err := w.core.Events(w.namespace).List(ctx, metav1.ListOptions{FieldSelector: about.String()})
	if err != nil {
		return "", Failed(err, "list the events of a pod")
	}
	var newest *corev1.Event
	for i := range list.Items {
		if e := &list.Items[i]; newest == nil || lastSeen(e).After(lastSeen(newest)) {
			newest = e
		}
	}
	if newest == nil {
		return "", nil
	}
	return oneLine(newest.Reason + ": " + newest.Message), nil
}

// lastSeen is when an event last happened: the two APIs of events fill different fields.
func lastSeen(e *corev1.Event) time.Time {
	switch {
	case e.Series != nil:
		return e.Series.LastObservedTime.Time
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	}
	return e.CreationTimestamp.Time
}
