package status

import (
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

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
