package launch

import (
	"cmp"
	"context"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/report"
)

// What a Pod that is on a node waits for is in its status only once its image is asked for. Before that, of a volume whose
// Secret, ConfigMap or disk is missing, and of a network that is not ready, its status says ContainerCreating and nothing
// else; the kubelet tells of them in events.

// maxAsked is how many Pods' events are asked for at a time: an event is found by looking at all of the namespace's.
const maxAsked = 8

// isStarting says that an attempt's Pod has a node, has not started, and does not say why.
func isStarting(a v1alpha1.AttemptStatus) bool {
	return a.Phase == v1alpha1.StepPending && a.ScheduledAt != nil && a.Message == ""
}

// knowStarting asks why step Pods do not start that are on a node. It is an extra: what cannot be had is left out.
func (l *Launcher) knowStarting(ctx context.Context, k *Known) {
	var pods []string
	for _, s := range k.StepPods {
		for _, a := range s.Attempts {
			if isStarting(a) && len(pods) < maxAsked {
				pods = append(pods, a.Pod)
			}
		}
	}
	texts := make([]string, len(pods))
	var wg sync.WaitGroup
	for i, pod := range pods {
		wg.Go(func() {
			events, err := l.Cluster.PodEvents(ctx, l.Namespace, pod)
			if err == nil {
				texts[i] = whyStarting(events, "").text
			}
		})
	}
	wg.Wait()
	k.Starting = map[string]string{}
	for i, pod := range pods {
		k.Starting[pod] = texts[i]
	}
}

// startNews is what events say of a Pod that has not started.
type startNews struct {
	text string
	// wrong says that something does not work; otherwise it only takes its time.
	wrong bool
}

// whyStarting finds the latest news of a Pod that is on a node; uid is empty where all events are about that Pod. What was
// told before a volume was there, or a node was found, is over.
func whyStarting(events []corev1.Event, uid types.UID) startNews {
	var latest *corev1.Event
	for i := range events {
		e := &events[i]
		if uid != "" && e.InvolvedObject.UID != uid || !ofTheNode(e) {
			continue
		}
		if latest == nil || later(e, latest) {
			latest = e
		}
	}
	switch {
	case latest == nil:
		return startNews{}
	case latest.Type == corev1.EventTypeWarning:
		return startNews{text: latest.Reason + ": " + report.Line(latest.Message), wrong: true}
	case latest.Reason == "Pulling":
		return startNews{text: report.Line(latest.Message)}
	}
	return startNews{}
}

// ofTheNode says that an event is by one of those who bring a Pod up on its node, and worth telling. The kubelet's summary
// of a wait for volumes (pkg/kubelet/kubelet.go, SyncPod, v1.35) names none of the reasons that its own events name.
func ofTheNode(e *corev1.Event) bool {
	by := cmp.Or(e.ReportingController, e.Source.Component)
	return (by == "kubelet" || by == "attachdetach-controller") && !strings.HasPrefix(e.Message, "Unable to attach or mount volumes")
}

// later says that a was told after b. Events that were told in the same second go by their names, which end in the time at
// which they were first told (client-go/tools/record/event.go, makeEvent).
func later(a, b *corev1.Event) bool {
	return cmp.Or(when(a).Compare(when(b)), cmp.Compare(a.Name, b.Name)) > 0
}
