package launchtest

import (
	"context"
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Runs is what there is of one run, as the ports of launch ask for it.
type Runs struct{ c *Cluster }

// Runs is the cluster's.
func (c *Cluster) Runs() Runs { return Runs{c} }

// Job gets a Job.
func (f Runs) Job(ctx context.Context, _, name string) (*batchv1.Job, error) {
	end, err := f.c.begin(ctx, "Job")
	defer end()
	if err != nil {
		return nil, err
	}
	return f.c.job(name)
}

// Record gives a record.
func (f Runs) Record(ctx context.Context, _, _, uid string) (*record.Record, error) {
	end, err := f.c.begin(ctx, "Record")
	defer end()
	return f.c.RecordOf[uid], err
}

// StepPods gives step Pods.
func (f Runs) StepPods(ctx context.Context, _, uid string) ([]v1alpha1.StepStatus, error) {
	end, err := f.c.begin(ctx, "StepPods")
	defer end()
	return slices.Clone(f.c.StepPodsOf[uid]), err
}

// DriverPods gives a Job's Pods.
func (f Runs) DriverPods(ctx context.Context, _, uid string) ([]corev1.Pod, error) {
	end, err := f.c.begin(ctx, "DriverPods")
	defer end()
	return slices.Clone(f.c.DriverPodsOf[uid]), err
}

// Events gives events.
func (f Runs) Events(ctx context.Context, _, uid string) ([]corev1.Event, error) {
	end, err := f.c.begin(ctx, "Events")
	defer end()
	return slices.Clone(f.c.EventsOf[uid]), err
}

func (c *Cluster) job(name string) (*batchv1.Job, error) {
	if job := c.JobsByName[name]; job != nil {
		return job.DeepCopy(), nil
	}
	return nil, &Error{Kind: NotFound, Text: fmt.Sprintf("jobs.batch %q not found", name)}
}
