package podevents

import (
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/phrase"
)

// WhyQueued finds the latest news of a Pod that Kueue holds back: Kueue tells it of the Workload that it makes for the Pod,
// and if it can make none, of the Pod itself. Events may be those of the whole namespace.
func WhyQueued(events []corev1.Event, pod string) News {
	var latest *corev1.Event
	for i := range events {
		if e := &events[i]; isQueueNews(e, pod) && (latest == nil || Later(e, latest)) {
			latest = e
		}
	}
	if latest == nil || latest.Reason == "QuotaReserved" || latest.Reason == "Admitted" {
		return News{}
	}
	return News{Text: phrase.OneLine(latest.Message), Wrong: true}
}

func isQueueNews(e *corev1.Event, pod string) bool {
	o := e.InvolvedObject
	if o.Kind == "Pod" {
		return o.Name == pod && strings.HasPrefix(e.Reason, "ErrWorkload")
	}
	suffix, is := strings.CutPrefix(o.Name, "pod-"+pod+"-")
	return o.Kind == "Workload" && is && hash.MatchString(suffix)
}

// hash ends the name of a Workload (Kueue, pkg/controller/jobframework/workload_names.go).
var hash = regexp.MustCompile(`^[0-9a-f]{5}$`)
