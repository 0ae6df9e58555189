package runs

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/podstatus"
)

// WatchJobPods tells of the Pods that the Job of that UID made.
func (r *Client) WatchJobPods(ctx context.Context, namespace, uid string, seen func(pod *corev1.Pod, gone bool), trouble func(error)) error {
	pods := r.client.CoreV1().Pods(namespace)
	lw := kube.ListWatch{
		LabelSelector: v1alpha1.LabelControllerUID + "=" + uid,
		List:          func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return pods.List(ctx, o) },
		Watch:         func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) { return pods.Watch(ctx, o) },
	}
	own := func(gone bool) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			if podstatus.OwnedBy(pod, uid) {
				seen(pod, gone)
			}
		}
	}
	ctx, ifDenied := kube.UntilDenied(ctx, trouble)
	return kube.Run(ctx, lw, kube.Handler[*corev1.Pod]{Seen: own(false), Gone: own(true), Trouble: ifDenied})
}
