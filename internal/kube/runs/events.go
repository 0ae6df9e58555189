package runs

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/stepherd/stepherd/internal/kube"
)

// Events are those about the object of that UID.
func (r *Client) Events(ctx context.Context, namespace, uid string) ([]corev1.Event, error) {
	return r.events(ctx, namespace, fields.Set{"involvedObject.uid": uid})
}

// PodEvents are those about the Pod of that name.
func (r *Client) PodEvents(ctx context.Context, namespace, pod string) ([]corev1.Event, error) {
	return r.events(ctx, namespace, fields.Set{"involvedObject.kind": "Pod", "involvedObject.name": pod})
}

// QueueEvents are those about Workloads, by which Kueue queues Pods.
func (r *Client) QueueEvents(ctx context.Context, namespace string) ([]corev1.Event, error) {
	return r.events(ctx, namespace, fields.Set{"involvedObject.kind": "Workload"})
}

func (r *Client) events(ctx context.Context, namespace string, about fields.Set) ([]corev1.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	list, err := r.client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: about.AsSelector().String()})
	if err != nil {
		return nil, kube.Failed(err, "list events")
	}
	return list.Items, nil
}
