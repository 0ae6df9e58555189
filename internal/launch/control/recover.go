package control

import (
	"context"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/status"
)

// DriverRemover takes a driver's Pod away that its node does not. Both succeed of a Pod that is not there any more.
type DriverRemover interface {
	// ReleasePod takes the finalizer off by which the Job controller holds that very Pod. It holds it until the Pod has
	// reached a terminal phase, which is never written for a node that does not answer.
	ReleasePod(ctx context.Context, namespace, name, uid string) error
	// RemovePod deletes that very Pod with no grace: it goes at once, unless a finalizer holds it.
	RemovePod(ctx context.Context, namespace, name, uid string) error
}

// Recover takes away the driver's Pods that are stuck on a node that does not answer, and gives sentences that say what was
// done and what follows. It touches no other Pod, and nothing of a run that has ended.
//
// It does no harm if the node turns out to live: the driver there finds another holder in the record, and stops.
func (c *Controller) Recover(ctx context.Context, run string) ([]string, error) {
	job, err := c.Reader.Job(ctx, run)
	if err != nil {
		return nil, err
	}
	k, err := c.Reader.Snapshot(ctx, job)
	if err != nil {
		return nil, err
	}
	if status.JobEnd(job) != nil {
		return []string{fmt.Sprintf("run %s has ended: %s", run, status.Summary(job, k.Head()).Phase)}, nil
	}
	stuck := status.StuckPods(k.Drivers, k.Now)
	if len(stuck) == 0 {
		return []string{fmt.Sprintf("run %s has no stuck driver: %s", run, whereabouts(k))}, nil
	}
	var said []string
	for _, pod := range stuck {
		if err := c.takeAway(ctx, job, pod); err != nil {
			return said, err
		}
		said = append(said, removedSentence(pod))
	}
	if status.IsEnding(job) {
		return append(said, fmt.Sprintf("the Job of run %s can end now: %s", run, c.Client.Hints.Command("get", run))), nil
	}
	return append(said, fmt.Sprintf("the Job of run %s starts another driver, which goes on from the record: %s", run, c.Client.Hints.Command("wait", run))), nil
}

// takeAway removes a stuck Pod. The Job controller lets go of it only where the Job is at its end.
func (c *Controller) takeAway(ctx context.Context, job *batchv1.Job, pod *corev1.Pod) error {
	if !status.IsEnding(job) {
		err := c.Drivers.ReleasePod(ctx, c.Client.Namespace, pod.Name, string(pod.UID))
		if r, missing := client.MissingRight(err); missing {
			return client.Errorf(client.ClassCluster, err,
				"%s may not %s %s in namespace %q, which it takes to free driver Pod %s from its Job; ask somebody who may, or whoever looks after node %s: kubectl taint node %s %s=nodeshutdown:NoExecute",
				c.Client.Subject(r), r.Verb, r.Resource, r.NamespaceOr(c.Client.Namespace), pod.Name, pod.Spec.NodeName, pod.Spec.NodeName, corev1.TaintNodeOutOfService)
		}
		if err != nil {
			return c.Client.Sentence(err)
		}
	}
	return c.Client.Sentence(c.Drivers.RemovePod(ctx, c.Client.Namespace, pod.Name, string(pod.UID)))
}

func removedSentence(pod *corev1.Pod) string {
	return fmt.Sprintf("deleted driver Pod %s by force: it was stuck on node %s, which does not answer", pod.Name, pod.Spec.NodeName)
}

// whereabouts says where the driver of a run that has not ended is.
func whereabouts(k status.Snapshot) string {
	live, _ := status.LiveAndLastDriver(k.Drivers)
	explained := status.WhyNoDriver(k)
	switch {
	case live != nil && live.DeletionTimestamp != nil:
		return fmt.Sprintf("driver Pod %s is being deleted and has until %s; if it is still there %s later, come again",
			live.Name, status.Clock(live.DeletionTimestamp), status.GoingGrace)
	case explained != "":
		return explained
	case live != nil && live.Spec.NodeName != "":
		return fmt.Sprintf("driver Pod %s is on node %s", live.Name, live.Spec.NodeName)
	case live != nil:
		return fmt.Sprintf("driver Pod %s has no node yet", live.Name)
	}
	return "there is no driver Pod at the moment"
}
