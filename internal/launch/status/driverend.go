package status

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/report"
)

// driverEnd is how a driver's container ended.
func driverEnd(pod *corev1.Pod) string {
	for _, c := range pod.Status.ContainerStatuses {
		if t := c.State.Terminated; c.Name == v1alpha1.DriverContainer && t != nil {
			return fmt.Sprintf(" with exit code %d (%s)%s", t.ExitCode, t.Reason, lastLine(t.Message))
		}
	}
	if pod.Status.Reason != "" {
		return fmt.Sprintf(" (%s)%s", pod.Status.Reason, lastLine(pod.Status.Message))
	}
	return ""
}

// lastLine returns the reason from a termination message, which is the end of the driver's transcript: its last error,
// or else its last line (a panic's trace has no transcript's form).
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	said := lines[len(lines)-1]
	for _, line := range slices.Backward(lines) {
		var entry struct{ Level, Msg, Error string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Level == "error" {
			said = strings.TrimSuffix(entry.Msg+": "+entry.Error, ": ")
			break
		}
	}
	if line := report.Line(said); line != "" {
		return ": " + line
	}
	return ""
}

// lastDriver adds to the verdict DriverLost how the last driver ended.
func lastDriver(pods []corev1.Pod) string {
	_, last := LiveAndLastDriver(pods)
	if last == nil {
		return ""
	}
	return fmt.Sprintf("; its last Pod %s ended%s", last.Name, driverEnd(last))
}

// StuckPods are the driver's Pods that should have been gone for a while, and whose node does nothing about it.
func StuckPods(pods []corev1.Pod, now time.Time) []*corev1.Pod {
	var stuck []*corev1.Pod
	for i := range pods {
		if isStuck(&pods[i], now) {
			stuck = append(stuck, &pods[i])
		}
	}
	return stuck
}

// isStuck reports whether a Pod was to be gone goingGrace ago. One at its terminal phase waits for the Job controller alone.
func isStuck(pod *corev1.Pod, now time.Time) bool {
	return pod.DeletionTimestamp != nil && !IsTerminal(pod) && now.Sub(pod.DeletionTimestamp.Time) >= GoingGrace
}

// IsEnding reports whether the Job controller has decided how the Job ends and waits for its Pods to be gone, or that the Job
// itself is being deleted.
func IsEnding(job *batchv1.Job) bool {
	for _, c := range job.Status.Conditions {
		if (c.Type == batchv1.JobFailureTarget || c.Type == batchv1.JobSuccessCriteriaMet) && c.Status == corev1.ConditionTrue {
			return true
		}
	}
	return job.DeletionTimestamp != nil
}
