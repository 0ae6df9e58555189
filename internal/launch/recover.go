package launch

import (
	"context"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// Recover takes away the driver's Pods that are stuck on a node that does not answer, and gives sentences that say what was
// done and what follows. It touches no other Pod, and nothing of a run that has ended.
//
// It does no harm if the node turns out to live: the driver there finds another holder in the record, and stops.
func (l *Launcher) Recover(ctx context.Context, run string) ([]string, error) {
	job, err := l.job(ctx, run)
	if err != nil {
		return nil, err
	}
	k, err := l.know(ctx, job)
	if err != nil {
		return nil, err
	}
	if jobEnd(job) != nil {
		return []string{fmt.Sprintf("run %s has ended: %s", run, Summary(job, k.head()).Phase)}, nil
	}
	stuck := stuckPods(k.Drivers, k.Now)
	if len(stuck) == 0 {
		return []string{fmt.Sprintf("run %s has no stuck driver: %s", run, whereabouts(k))}, nil
	}
	var said []string
	for _, pod := range stuck {
		if err := l.takeAway(ctx, job, pod); err != nil {
			return said, err
		}
		said = append(said, removedSentence(pod))
	}
	if failing(job) {
		return append(said, fmt.Sprintf("the Job of run %s can end now: %s", run, l.Hints.Command("get", run))), nil
	}
	return append(said, fmt.Sprintf("the Job of run %s starts another driver, which goes on from the record: %s", run, l.Hints.Command("wait", run))), nil
}

// takeAway removes a stuck Pod. The Job controller lets go of it only where the Job is at its end.
func (l *Launcher) takeAway(ctx context.Context, job *batchv1.Job, pod *corev1.Pod) error {
	if !failing(job) {
		err := l.Cluster.ReleasePod(ctx, l.Namespace, pod.Name, string(pod.UID))
		if r, missing := missingRight(err); missing {
			return &Error{Class: ClassCluster, err: err, Lines: []string{fmt.Sprintf(
				"%s may not %s %s in namespace %q, which it takes to free driver Pod %s from its Job; ask somebody who may, or whoever looks after node %s: kubectl taint node %s %s=nodeshutdown:NoExecute",
				l.subject(r), r.verb, r.resource, r.namespaceOr(l.Namespace), pod.Name, pod.Spec.NodeName, pod.Spec.NodeName, corev1.TaintNodeOutOfService)}}
		}
		if err != nil {
			return l.sentence(err)
		}
	}
	return l.sentence(l.Cluster.RemovePod(ctx, l.Namespace, pod.Name, string(pod.UID)))
}

func removedSentence(pod *corev1.Pod) string {
	return fmt.Sprintf("deleted driver Pod %s by force: it was stuck on node %s, which does not answer", pod.Name, pod.Spec.NodeName)
}

// stuckPods are the driver's Pods that should have been gone for a while, and whose node does nothing about it.
func stuckPods(pods []corev1.Pod, now time.Time) []*corev1.Pod {
	var stuck []*corev1.Pod
	for i := range pods {
		if isStuck(&pods[i], now) {
			stuck = append(stuck, &pods[i])
		}
	}
	return stuck
}

// isStuck says that a Pod was to be gone goingGrace ago. One at its terminal phase waits for the Job controller alone.
func isStuck(pod *corev1.Pod, now time.Time) bool {
	return pod.DeletionTimestamp != nil && !terminal(pod) && now.Sub(pod.DeletionTimestamp.Time) >= goingGrace
}

// failing says that the Job controller has decided how the Job ends and waits for its Pods to be gone, or that the Job
// itself is being deleted.
func failing(job *batchv1.Job) bool {
	for _, c := range job.Status.Conditions {
		if (c.Type == batchv1.JobFailureTarget || c.Type == batchv1.JobSuccessCriteriaMet) && c.Status == corev1.ConditionTrue {
			return true
		}
	}
	return job.DeletionTimestamp != nil
}

// whereabouts says where the driver of a run that has not ended is.
func whereabouts(k Known) string {
	live, _ := drivers(k.Drivers)
	explained := explainDriver(k)
	switch {
	case live != nil && live.DeletionTimestamp != nil:
		return fmt.Sprintf("driver Pod %s is being deleted and has until %s; if it is still there %s later, come again",
			live.Name, clock(live.DeletionTimestamp), goingGrace)
	case explained != "":
		return explained
	case live != nil && live.Spec.NodeName != "":
		return fmt.Sprintf("driver Pod %s is on node %s", live.Name, live.Spec.NodeName)
	case live != nil:
		return fmt.Sprintf("driver Pod %s has no node yet", live.Name)
	}
	return "there is no driver Pod at the moment"
}
