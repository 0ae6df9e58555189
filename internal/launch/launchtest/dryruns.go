package launchtest

import (
	"cmp"
	"context"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// DryRuns is what tries Pods, as the ports of launch ask for it.
type DryRuns struct{ c *Cluster }

// DryRuns is the cluster's.
func (c *Cluster) DryRuns() DryRuns { return DryRuns{c} }

// MayCreatePods is what the test says.
func (f DryRuns) MayCreatePods(ctx context.Context, _ string) (bool, error) {
	end, err := f.c.begin(ctx, "MayCreatePods")
	defer end()
	return !f.c.NoPods, err
}

// TryPod refuses what Refuse refuses, and answers with what Admit makes of a Pod.
func (f DryRuns) TryPod(ctx context.Context, pod *corev1.Pod) (answer *corev1.Pod, warnings []string, err error) {
	end, err := f.c.begin(ctx, "TryPod")
	defer end()
	f.c.calls = append(f.c.calls, "try "+cmp.Or(pod.Labels[v1alpha1.LabelStep], "the driver"))
	if err == nil && len(pod.Spec.Containers) == 0 {
		err = &Error{Kind: Refused, Text: "spec.containers: Required value"}
	}
	if err == nil && f.c.Refuse != nil {
		err = f.c.Refuse(pod)
	}
	if err != nil {
		return nil, nil, err
	}
	answer = pod.DeepCopy()
	if f.c.Admit != nil {
		warnings = f.c.Admit(answer)
	}
	return answer, warnings, nil
}

// TryRecord is what the test says.
func (f DryRuns) TryRecord(ctx context.Context, _, _ string) error {
	end, err := f.c.begin(ctx, "TryRecord")
	defer end()
	return err
}

// Quotas are what the test says.
func (f DryRuns) Quotas(ctx context.Context, _ string) ([]corev1.ResourceQuota, error) {
	end, err := f.c.begin(ctx, "Quotas")
	defer end()
	return f.c.QuotaList, err
}
