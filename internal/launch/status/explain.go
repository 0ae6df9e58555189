package status

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podevents"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/report"
)

const (
	// silence is how long a driver may run before it has a record.
	silence = 30 * time.Second
	// GoingGrace is how long after its deletion was due a Pod may still be there.
	GoingGrace = 30 * time.Second
	// slowStart is from when on a container that is being created is worth a word.
	slowStart = 10 * time.Second
)

// WhyNoDriver says in one sentence why a run that has not ended has no driver at work, or is empty where all is well or
// nothing is known yet.
func WhyNoDriver(k Snapshot) string {
	if s := k.Job.Spec.Suspend; s != nil && *s {
		return explainSuspended(k.Job)
	}
	live, last := LiveAndLastDriver(k.Drivers)
	switch {
	case live != nil && live.DeletionTimestamp != nil:
		return explainGoing(live, k)
	case live != nil:
		return explainPod(live, k)
	}
	if refusal := refusedCreate(k, last); refusal != "" {
		return refusal
	}
	switch {
	case last == nil && k.NoEvents && since(k.Now, &k.Job.CreationTimestamp) > slowStart:
		return "the driver has no Pod; the reason is among the events, which you may not list"
	case last == nil || gaveVerdict(last):
		return ""
	}
	return fmt.Sprintf("the driver's Pod %s ended%s; another is started", last.Name, driverEnd(last))
}

func explainSuspended(job *batchv1.Job) string {
	if queue := job.Labels[v1alpha1.LabelKueueQueue]; queue != "" {
		return fmt.Sprintf("the run waits for its turn in the Kueue queue %q", queue)
	}
	return "the run is suspended: its Job has spec.suspend set"
}

// gaveVerdict reports whether a driver ended because the run had: the Job's condition follows.
func gaveVerdict(pod *corev1.Pod) bool {
	for _, c := range pod.Status.ContainerStatuses {
		if t := c.State.Terminated; c.Name == v1alpha1.DriverContainer && t != nil {
			return t.ExitCode == 0 || t.ExitCode == podspec.ExitFailed || t.ExitCode == podspec.ExitCancelled || t.ExitCode == podspec.ExitInvalidPlan
		}
	}
	return false
}

// LiveAndLastDriver are the Pod that is to do the work now, and the latest that has ended; either may be nil.
func LiveAndLastDriver(pods []corev1.Pod) (live, last *corev1.Pod) {
	sorted := make([]*corev1.Pod, 0, len(pods))
	for i := range pods {
		sorted = append(sorted, &pods[i])
	}
	slices.SortFunc(sorted, func(a, b *corev1.Pod) int {
		if c := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	for _, p := range sorted {
		if IsTerminal(p) {
			last = p
		} else {
			live = p
		}
	}
	return live, last
}

// IsTerminal reports whether a Pod has ended for good, as its node has told.
func IsTerminal(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// refusedCreate reports whether a driver Pod could not be made after the last one that could.
func refusedCreate(k Snapshot, last *corev1.Pod) string {
	text := CreateRefusal(k.Events, last)
	if text == "" {
		return ""
	}
	if strings.Contains(text, "serviceaccount") && strings.Contains(text, "not found") {
		text += "; install it: " + k.Hints.Bare("rbac", "-n", k.Job.Namespace) + " | kubectl apply -f -"
	}
	return "the driver's Pod cannot be created: " + text
}

// CreateRefusal is the latest event about a Pod that a Job could not make after the last one that it could; empty if there is none.
func CreateRefusal(events []corev1.Event, last *corev1.Pod) string {
	var latest *corev1.Event
	for i := range events {
		e := &events[i]
		if e.Reason != "FailedCreate" || last != nil && when(e).Before(last.CreationTimestamp.Time) {
			continue
		}
		if latest == nil || when(e).After(when(latest)) {
			latest = e
		}
	}
	if latest == nil {
		return ""
	}
	return report.Line(anyPod.ReplaceAllString(latest.Message, ""))
}

// anyPod is the beginning of a refusal; the Pod's name is another one at every try and says nothing.
var anyPod = regexp.MustCompile(`^Error creating: (pods "[^"]*" is forbidden: )?`)

// when is an event's latest time.
func when(e *corev1.Event) time.Time { return podevents.When(e) }

// explainGoing: the Job starts no new driver before the old Pod is gone (podReplacementPolicy Failed), and does not end
// either, so a Pod that stays on a dead node holds the run up.
func explainGoing(pod *corev1.Pod, k Snapshot) string {
	switch {
	case isStuck(pod, k.Now):
		return fmt.Sprintf("driver Pod %s is stuck on node %s, which does not answer: %s", pod.Name, pod.Spec.NodeName, k.Hints.Command("recover", k.Job.Name))
	case IsEnding(k.Job):
		return fmt.Sprintf("the driver's Pod %s is being deleted; the run ends when it is gone", pod.Name)
	}
	return fmt.Sprintf("the driver's Pod %s is being deleted; another is started when it is gone", pod.Name)
}

func explainPod(pod *corev1.Pod, k Snapshot) string {
	if pod.Spec.NodeName == "" {
		return explainUnscheduled(pod)
	}
	for i := range pod.Status.ContainerStatuses {
		c := &pod.Status.ContainerStatuses[i]
		if c.Name != v1alpha1.DriverContainer {
			continue
		}
		switch {
		case c.State.Waiting != nil:
			return explainWaiting(pod, c, k)
		case c.State.Running != nil:
			return explainSilent(pod, c.State.Running, k)
		case c.State.Terminated != nil:
			return "" // the kubelet tells the Pod's phase a moment later
		}
	}
	return explainSlow(pod, k, "")
}

func explainUnscheduled(pod *corev1.Pod) string {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return fmt.Sprintf("the driver's Pod %s waits for a node: %s", pod.Name, report.Line(c.Message))
		}
	}
	return ""
}

func explainWaiting(pod *corev1.Pod, c *corev1.ContainerStatus, k Snapshot) string {
	why, text := c.State.Waiting.Reason, c.State.Waiting.Message
	switch why {
	case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable", "ImageInspectError":
		return fmt.Sprintf("the driver's image %q cannot be had on node %s (%s); bring it there, or name another with --driver-image or driver.image",
			c.Image, pod.Spec.NodeName, report.Line(pullError(why, text)))
	case "", "ContainerCreating", "PodInitializing":
		return explainSlow(pod, k, report.Line(text))
	}
	return fmt.Sprintf("the driver's Pod %s does not start: %s: %s", pod.Name, why, report.Line(text))
}

// backOff is how the kubelet begins what it says between two pulls; what the last one met follows
// (pkg/kubelet/images/image_manager.go, EnsureImageExists, v1.35).
var backOff = regexp.MustCompile(`^Back-off pulling image "[^"]*"(: )?`)

// pullError is why an image cannot be had, in the same words while a pull fails and while the kubelet waits for the next.
func pullError(why, text string) string {
	cause := strings.TrimPrefix(backOff.ReplaceAllString(text, ""), "ErrImagePull: ")
	switch {
	case cause == "":
		return why
	case why == "ErrImagePull", why == "ImagePullBackOff":
		return cause
	}
	return why + ": " + cause
}

// explainSlow returns what is known about a Pod that is on a node and has no container yet.
func explainSlow(pod *corev1.Pod, k Snapshot, text string) string {
	if pod.Status.StartTime == nil || since(k.Now, pod.Status.StartTime) < slowStart {
		return ""
	}
	if told := WhyStarting(k.Events, pod.UID); told.Text != "" {
		text = told.Text
	}
	if text != "" {
		text = ": " + text
	}
	return fmt.Sprintf("the driver's Pod %s has been starting on node %s since %s%s",
		pod.Name, pod.Spec.NodeName, Clock(pod.Status.StartTime), text)
}

func explainSilent(pod *corev1.Pod, running *corev1.ContainerStateRunning, k Snapshot) string {
	if k.HoldsRecord(pod) || since(k.Now, &running.StartedAt) < silence {
		return ""
	}
	what := "written a record"
	if k.Record != nil {
		what = "taken up the record of the driver before it"
	}
	return fmt.Sprintf("the driver has run since %s and has not %s; see its log: kubectl logs %s -n %s",
		Clock(&running.StartedAt), what, pod.Name, pod.Namespace)
}

// HoldsRecord reports whether a driver's Pod keeps the record, as far as can be told.
func (k Snapshot) HoldsRecord(pod *corev1.Pod) bool {
	if k.Record == nil {
		return false
	}
	holder := k.Record.Head.Holder
	return holder == "" || pod == nil || holder == string(pod.UID) || k.Record.Head.Phase.Ended()
}

// Clock formats a time for a sentence that must stay the same while the time does: the user who follows a run sees each
// sentence once.
func Clock(t *metav1.Time) string { return t.UTC().Format(time.RFC3339) }
