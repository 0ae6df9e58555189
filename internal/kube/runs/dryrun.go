package runs

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube"
)

// TryPod asks the API server, with all its admissions, whether it would take a Pod, and what it would make of it.
func (r *Client) TryPod(ctx context.Context, pod *corev1.Pod) (answer *corev1.Pod, warnings []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	ctx, collected := kube.CollectWarnings(ctx)
	answer, err = r.client.CoreV1().Pods(pod.Namespace).Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return nil, collected.All(), kube.Failed(err, "try pod %s", pod.Name)
	}
	return answer, collected.All(), nil
}

// TryRecord asks the API server whether it would take the first ConfigMap of a run's record.
func (r *Client) TryRecord(ctx context.Context, namespace, run string) error {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	ctx, _ = kube.CollectWarnings(ctx)
	rec := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Name: record.Name(run, 0), Namespace: namespace,
		Labels: map[string]string{
			v1alpha1.LabelManagedBy: v1alpha1.ManagedBy, v1alpha1.LabelComponent: v1alpha1.ComponentRecord, v1alpha1.LabelRun: run,
		},
	}}
	_, err := r.client.CoreV1().ConfigMaps(namespace).Create(ctx, rec, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	return kube.Failed(err, "try configmap %s", rec.Name)
}

// Quotas lists the ResourceQuotas of a namespace.
func (r *Client) Quotas(ctx context.Context, namespace string) ([]corev1.ResourceQuota, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	list, err := r.client.CoreV1().ResourceQuotas(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, kube.Failed(err, "list resourcequotas")
	}
	return list.Items, nil
}
