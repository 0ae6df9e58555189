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

// Latest gives the message of the newest warning about each of the Pods with those UIDs, by UID, where there is one. It costs
// one request (more where a namespace has many hundred warnings): the server goes through all events of the namespace for
// each, whatever it is asked for. Errors are *Error.
func (w *PodWarnings) Latest(ctx context.Context, podUIDs []string) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	about := fields.Set{"involvedObject.kind": "Pod", "type": corev1.EventTypeWarning}
	if len(podUIDs) == 1 {
		about = fields.Set{"involvedObject.uid": podUIDs[0], "type": corev1.EventTypeWarning}
	}
	opts := metav1.ListOptions{FieldSelector: about.String(), Limit: listPage}
	newest := map[string]warning{}
	for {
		list, err := w.core.Events(w.namespace).List(ctx, opts)
		if err != nil {
			return nil, Failed(err, "list the events of pods")
		}
		for i := range list.Items {
			keepNewer(newest, &list.Items[i])
		}
		if opts.Continue = list.Continue; opts.Continue == "" {
			break
		}
	}
	latest := map[string]string{}
	for _, uid := range podUIDs {
		if one, warned := newest[uid]; warned {
			latest[uid] = one.message
		}
	}
	return latest, nil
}

type warning struct {
	seen    time.Time
	message string
}

func keepNewer(newest map[string]warning, e *corev1.Event) {
	uid, seen := string(e.InvolvedObject.UID), lastSeen(e)
	if one, warned := newest[uid]; !warned || seen.After(one.seen) {
		newest[uid] = warning{seen, oneLine(e.Reason + ": " + e.Message)}
	}
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
