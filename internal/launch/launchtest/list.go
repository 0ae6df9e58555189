package launchtest

import (
	"context"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// List is the runs of the namespace, as the ports of launch ask for it.
type List struct{ c *Cluster }

// List is the cluster's.
func (c *Cluster) List() List { return List{c} }

// EachJob calls each with what a list tells of the Jobs, by name.
func (f List) EachJob(ctx context.Context, namespace string, each func(*batchv1.Job)) error {
	end, err := f.c.begin(ctx, "EachJob")
	defer end()
	if err != nil || namespace != f.c.Namespace {
		return err
	}
	var names []string
	for name := range f.c.JobsByName {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if job := f.c.JobsByName[name]; job.Labels[v1alpha1.LabelComponent] == v1alpha1.ComponentDriver {
			each(listed(job))
		}
	}
	return nil
}

// RecordHeads are the heads of all records but those of OldRecords.
func (f List) RecordHeads(ctx context.Context, _ string) (map[string]record.Head, error) {
	end, err := f.c.begin(ctx, "RecordHeads")
	defer end()
	if err != nil {
		return nil, err
	}
	heads := map[string]record.Head{}
	for uid, rec := range f.c.RecordOf {
		if head, ok := record.HeadFromAnnotations(rec.Head.Annotations()); ok && !f.c.OldRecords {
			heads[uid] = head
		}
	}
	return heads, nil
}

// LiveDriverPods are those of all Jobs that have not ended.
func (f List) LiveDriverPods(ctx context.Context, _ string) ([]corev1.Pod, error) {
	end, err := f.c.begin(ctx, "LiveDriverPods")
	defer end()
	if err != nil {
		return nil, err
	}
	var pods []corev1.Pod
	for uid, own := range f.c.DriverPodsOf {
		for _, pod := range own {
			if pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed {
				yes := true
				pod.OwnerReferences = []metav1.OwnerReference{{Kind: "Job", UID: types.UID(uid), Controller: &yes}}
				pods = append(pods, pod)
			}
		}
	}
	return pods, nil
}

// NamespaceExists knows one namespace.
func (f List) NamespaceExists(ctx context.Context, namespace string) (bool, error) {
	end, err := f.c.begin(ctx, "NamespaceExists")
	defer end()
	return namespace == f.c.Namespace, err
}

// listed is what a list tells of a Job.
func listed(job *batchv1.Job) *batchv1.Job {
	out := &batchv1.Job{ObjectMeta: *job.ObjectMeta.DeepCopy(), Spec: batchv1.JobSpec{Suspend: job.Spec.Suspend}}
	for _, c := range job.Status.Conditions {
		if c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed {
			out.Status.Conditions = append(out.Status.Conditions, batchv1.JobCondition{Type: c.Type, Status: c.Status})
		}
	}
	return out
}
