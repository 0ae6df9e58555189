package status

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podevents"
)

// IsOver reports whether a run has ended, whatever its Job says: a Job ends after its driver's Pod, and that Pod with the last of
// its containers, among which may be one that a mesh or a vault has put there and that never ends.
func (k Snapshot) IsOver() bool {
	head := k.Head()
	return head != nil && head.Phase.Ended() || JobEnd(k.Job) != nil
}

// DriverRuns reports whether a driver's container runs. The status of a Pod that is stuck on a node that does not answer shows that
// for ever.
func DriverRuns(pods []corev1.Pod, now time.Time) bool {
	for i := range pods {
		pod := &pods[i]
		if IsTerminal(pod) || isStuck(pod, now) {
			continue
		}
		if c := driverStatus(pod); c != nil && c.State.Running != nil {
			return true
		}
	}
	return false
}

// DriverStarted reports whether a driver's container runs or has run.
func DriverStarted(pods []corev1.Pod) bool {
	return slices.ContainsFunc(pods, func(pod corev1.Pod) bool {
		c := driverStatus(&pod)
		return c != nil && c.State.Waiting == nil
	})
}

func driverStatus(pod *corev1.Pod) *corev1.ContainerStatus {
	for i := range pod.Status.ContainerStatuses {
		if c := &pod.Status.ContainerStatuses[i]; c.Name == v1alpha1.DriverContainer {
			return c
		}
	}
	return nil
}

// holdUp returns what keeps the Job of a finished run from ending; empty where nothing does.
func holdUp(k Snapshot) string {
	live, _ := LiveAndLastDriver(k.Drivers)
	switch {
	case live == nil:
		return ""
	case live.DeletionTimestamp != nil:
		if isStuck(live, k.Now) {
			return explainGoing(live, k)
		}
		return ""
	}
	held := holders(live)
	if len(held) == 0 {
		return ""
	}
	what, is := "container", "is"
	if len(held) > 1 {
		what, is = "containers", "are"
	}
	return fmt.Sprintf("the run is over, but %s %s of its driver Pod %s %s still running, so that its Job does not end%s; to end it: %s",
		what, strings.Join(held, ", "), live.Name, is, blocksCronJob(k), k.Hints.Command("cancel", k.Job.Name, "--force"))
}

// holders are the containers that keep a Pod alive whose driver has ended. Native sidecars do not: the kubelet ends them.
func holders(pod *corev1.Pod) []string {
	if c := driverStatus(pod); c == nil || c.State.Terminated == nil {
		return nil
	}
	var names []string
	for i := range pod.Status.ContainerStatuses {
		if c := &pod.Status.ContainerStatuses[i]; c.State.Running != nil {
			names = append(names, c.Name)
		}
	}
	return names
}

// blocksCronJob is what a Job that does not end means to the CronJob that made it.
func blocksCronJob(k Snapshot) string {
	for _, owner := range k.Job.OwnerReferences {
		if owner.Kind == "CronJob" {
			return fmt.Sprintf(", and CronJob %s starts no other while it has concurrencyPolicy Forbid", owner.Name)
		}
	}
	return ""
}

// What a Pod that is on a node waits for is in its status only once its image is asked for. Before that, of a volume whose
// Secret, ConfigMap or disk is missing, and of a network that is not ready, its status says ContainerCreating and nothing
// else; the kubelet tells of them in events, as do the controllers of resource claims and queues.

// IsStarting reports whether an attempt's Pod has not started and its status does not tell why, or only that Kueue holds it back.
func IsStarting(a v1alpha1.AttemptStatus) bool {
	return a.Phase == v1alpha1.StepPending && a.Pod != "" && (a.Queued || a.Message == "")
}

// JoinReasons joins the reason of a Pod's status and that of its events.
func JoinReasons(status, events string) string {
	if status != "" && events != "" {
		return status + ": " + events
	}
	return status + events
}

// WhyStarting finds the latest news of a Pod of that UID that is on a node.
func WhyStarting(events []corev1.Event, uid types.UID) podevents.News {
	return podevents.Why(slices.DeleteFunc(slices.Clone(events), func(e corev1.Event) bool { return e.InvolvedObject.UID != uid }), true)
}
