package podevents

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/phrase"
)

// News is what events say of a Pod that has not started.
type News struct {
	Text string
	// Wrong reports whether something does not work; otherwise it only takes its time.
	Wrong bool
}

// Why finds the latest news among the events of one Pod. What was told before a volume was there is over, and before a
// node was found (placed), too.
func Why(events []corev1.Event, placed bool) News {
	var latest *corev1.Event
	for i := range events {
		if e := &events[i]; counts(e, placed) && (latest == nil || Later(e, latest)) {
			latest = e
		}
	}
	switch {
	case latest == nil:
		return News{}
	case latest.Type == corev1.EventTypeWarning:
		return News{Text: latest.Reason + ": " + containerOf(latest) + phrase.OneLine(latest.Message), Wrong: true}
	case latest.Reason == "Pulling":
		return News{Text: phrase.OneLine(latest.Message)}
	}
	return News{}
}

// counts reports whether an event tells of what a Pod needs before its containers can start.
func counts(e *corev1.Event, placed bool) bool {
	if !placed {
		return e.Reason == failedClaim
	}
	return ofTheNode(e) && !isHarmless(e)
}

// failedClaim is told by the resource claim controller (pkg/controller/resourceclaim, v1.35) of a Pod whose claim cannot be
// made, such as for want of its template. The scheduler puts such a Pod aside without a condition.
const failedClaim = "FailedResourceClaimCreation"

// ofTheNode reports whether an event is by one of those who bring a Pod up on its node, and worth telling. The kubelet's
// summary of a wait for volumes (pkg/kubelet/kubelet.go, SyncPod, v1.35) names none of the reasons that its own events name.
func ofTheNode(e *corev1.Event) bool {
	by := cmp.Or(e.ReportingController, e.Source.Component)
	return (by == "kubelet" || by == "attachdetach-controller") && !strings.HasPrefix(e.Message, "Unable to attach or mount volumes")
}

// harmless are the kubelet's warnings of what keeps no container from starting (pkg/kubelet/events/event.go and the calls
// of the recorder in pkg/kubelet, v1.35). A pull secret that is missing shows in the pull, if it matters.
var harmless = []string{
	"AlreadyMountedVolume", "CgroupV1", "CheckLimitsForResolvConf", "DNSConfigForming", "ExceededGracePeriod", "FailedKillPod",
	"FailedPreStopHook", "FailedToRetrieveImagePullSecret", "InvalidEnvironmentVariableNames", "Killing", "MissingClusterDNS",
	"PossibleMemoryBackedVolumesOnDisk", "Preempting", "ProbeWarning", "ResizeDeferred", "ResizeError", "ResizeInfeasible",
	"UnfinishedPreStopHook", "VolumeResizeFailed",
}

// isHarmless reports whether a warning is of what blocks nothing. A probe that fails holds a Pod up only if it is the startup
// probe of a native side container, which the event names.
func isHarmless(e *corev1.Event) bool {
	if e.Reason == "Unhealthy" {
		return !strings.HasPrefix(e.InvolvedObject.FieldPath, initContainers)
	}
	return slices.Contains(harmless, e.Reason)
}

const initContainers = "spec.initContainers{"

// containerOf names the container whose probe an event is about.
func containerOf(e *corev1.Event) string {
	name, is := strings.CutPrefix(e.InvolvedObject.FieldPath, initContainers)
	if !is || e.Reason != "Unhealthy" {
		return ""
	}
	return "side container " + strings.TrimSuffix(name, "}") + ": "
}

// Later reports whether a was told after b. Events that were told in the same second go by their names, which end in the
// time at which they were first told (client-go/tools/record/event.go, makeEvent).
func Later(a, b *corev1.Event) bool {
	return cmp.Or(When(a).Compare(When(b)), cmp.Compare(a.Name, b.Name)) > 0
}

// When is an event's latest time: the two APIs of events fill different fields.
func When(e *corev1.Event) time.Time {
	switch {
	case e.Series != nil && !e.Series.LastObservedTime.IsZero():
		return e.Series.LastObservedTime.Time
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	}
	return e.CreationTimestamp.Time
}

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
