package submit

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// queued reports what the cluster changed in a run's Job when it created it; empty where the Job is as it was sent. A LocalQueue called
// `default` takes every Job of its namespace that names none (Kueue's LocalQueueDefaulting), and with it the driver: it waits
// its turn and then holds quota that its own steps wait for.
func queued(sent, created *batchv1.Job) string {
	queue := created.Labels[v1alpha1.LabelKueueQueue]
	switch {
	case queue != "" && sent.Labels[v1alpha1.LabelKueueQueue] == "":
		return fmt.Sprintf("the Kueue queue %q takes every Job of namespace %q that names none, and so this run's driver: it starts when its turn comes, "+
			"and then holds quota of that queue, for which its own steps may wait for ever; give drivers a queue with quota of their own "+
			"(metadata: {labels: {%s: QUEUE}}), or have an administrator take the namespace out of Kueue's managedJobsNamespaceSelector",
			queue, created.Namespace, v1alpha1.LabelKueueQueue)
	case isSuspended(created) && !isSuspended(sent) && queue == "":
		return fmt.Sprintf("the cluster has suspended the Job of run %q as it took it; the driver starts when whoever did that sets spec.suspend to false", created.Name)
	}
	return ""
}

func isSuspended(job *batchv1.Job) bool { return job.Spec.Suspend != nil && *job.Spec.Suspend }
