package launchtest

import (
	"cmp"
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// ServerVersion is 1.Minor.
func (c *Cluster) ServerVersion(ctx context.Context) (major, minor int, err error) {
	end, err := c.begin(ctx, "ServerVersion")
	defer end()
	return 1, c.Minor, err
}

// NamespaceExists knows one namespace.
func (c *Cluster) NamespaceExists(ctx context.Context, namespace string) (bool, error) {
	end, err := c.begin(ctx, "NamespaceExists")
	defer end()
	return namespace == c.Namespace, err
}

// ServiceAccountExists looks it up.
func (c *Cluster) ServiceAccountExists(ctx context.Context, namespace, name string) (bool, error) {
	end, err := c.begin(ctx, "ServiceAccountExists")
	defer end()
	return namespace == c.Namespace && slices.Contains(c.Accounts, name), err
}

// MissingRights are what the test says.
func (c *Cluster) MissingRights(ctx context.Context, _, account string, _ []rbacv1.PolicyRule) ([]string, error) {
	end, err := c.begin(ctx, "MissingRights")
	defer end()
	return c.MissingRightsOf[account], err
}

// MayCreatePods is what the test says.
func (c *Cluster) MayCreatePods(ctx context.Context, _ string) (bool, error) {
	end, err := c.begin(ctx, "MayCreatePods")
	defer end()
	return !c.NoPods, err
}

// TryPod refuses what Refuse refuses, and answers with what Admit makes of a Pod.
func (c *Cluster) TryPod(ctx context.Context, pod *corev1.Pod) (answer *corev1.Pod, warnings []string, err error) {
	end, err := c.begin(ctx, "TryPod")
	defer end()
	c.calls = append(c.calls, "try "+cmp.Or(pod.Labels[v1alpha1.LabelStep], "the driver"))
	if err == nil && c.Refuse != nil {
		err = c.Refuse(pod)
	}
	if err != nil {
		return nil, nil, err
	}
	answer = pod.DeepCopy()
	if c.Admit != nil {
		warnings = c.Admit(answer)
	}
	return answer, warnings, nil
}

// TryRecord is what the test says.
func (c *Cluster) TryRecord(ctx context.Context, _, _ string) error {
	end, err := c.begin(ctx, "TryRecord")
	defer end()
	return err
}

// Quotas are what the test says.
func (c *Cluster) Quotas(ctx context.Context, _ string) ([]corev1.ResourceQuota, error) {
	end, err := c.begin(ctx, "Quotas")
	defer end()
	return c.QuotaList, err
}
