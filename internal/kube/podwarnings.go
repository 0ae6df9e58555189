package kube

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/stepherd/stepherd/internal/kube/podstatus"
	"github.com/stepherd/stepherd/internal/podevents"
	"github.com/stepherd/stepherd/internal/run"
)

// PodWarnings are the events that tell why Pods do not get on.
type PodWarnings struct {
	core      typedcorev1.EventsGetter
	namespace string
}

// NewPodWarnings reads the events of a namespace.
func NewPodWarnings(core typedcorev1.EventsGetter, namespace string) *PodWarnings {
	return &PodWarnings{core: core, namespace: namespace}
}

// Latest gives of those Pods, by UID, what the newest of their events says of why each does not get on, where there is such
// an event. It costs one request (more where a namespace has many hundred events), and another where Kueue holds one of the
// Pods back: the server goes through all events of the namespace for each, whatever it is asked for. Errors are *Error.
func (w *PodWarnings) Latest(ctx context.Context, pods []run.Pod) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	ofPods, err := w.list(ctx, aboutPods(pods))
	if err != nil {
		return nil, err
	}
	var ofQueues []corev1.Event
	if slices.ContainsFunc(pods, func(p run.Pod) bool { return p.Queued }) {
		if ofQueues, err = w.list(ctx, fields.Set{"involvedObject.kind": "Workload"}); err != nil {
			return nil, err
		}
	}
	byPod, now := map[string][]corev1.Event{}, time.Now()
	for _, e := range ofPods {
		if uid := string(e.InvolvedObject.UID); isFresh(e, now) {
			byPod[uid] = append(byPod[uid], e)
		}
	}
	latest := map[string]string{}
	for _, p := range pods {
		news := podevents.Why(byPod[p.UID], !p.Scheduled.IsZero())
		if p.Queued {
			news = podevents.WhyQueued(slices.Concat(byPod[p.UID], ofQueues), p.Name)
		}
		if news.Text != "" {
			latest[p.UID] = podstatus.OneLine(news.Text)
		}
	}
	return latest, nil
}

// aboutPods asks of one Pod for all events. Of many it asks for warnings alone, since every Pod that starts makes several
// other events.
func aboutPods(pods []run.Pod) fields.Set {
	if len(pods) == 1 {
		return fields.Set{"involvedObject.uid": pods[0].UID}
	}
	return fields.Set{"involvedObject.kind": "Pod", "type": corev1.EventTypeWarning}
}

// staleAfter is when a warning that has not come again is over: the kubelet tries to mount, and to make a sandbox, at least
// every 2 minutes (pkg/util/goroutinemap/exponentialbackoff, v1.35).
const staleAfter = 150 * time.Second

func isFresh(e corev1.Event, now time.Time) bool {
	return e.Type != corev1.EventTypeWarning || e.Source.Component != "kubelet" || now.Sub(podevents.When(&e)) <= staleAfter
}

func (w *PodWarnings) list(ctx context.Context, about fields.Set) ([]corev1.Event, error) {
	opts := metav1.ListOptions{FieldSelector: about.String(), Limit: ListPage}
	var all []corev1.Event
	for {
		list, err := w.core.Events(w.namespace).List(ctx, opts)
		if err != nil {
			return nil, Failed(err, "list the events of pods")
		}
		all = append(all, list.Items...)
		if opts.Continue = list.Continue; opts.Continue == "" {
			return all, nil
		}
	}
}
