package runs

import (
	"context"
	"encoding/json"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/podstatus"
)

// DriverPods are the Pods that the Job of that UID made.
func (r *Client) DriverPods(ctx context.Context, namespace, uid string) ([]corev1.Pod, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	list, err := r.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.LabelControllerUID + "=" + uid})
	if err != nil {
		return nil, kube.Failed(err, "list the driver's pods")
	}
	var own []corev1.Pod
	for i := range list.Items {
		if podstatus.OwnedBy(&list.Items[i], uid) {
			own = append(own, list.Items[i])
		}
	}
	return own, nil
}

// ReleasePod takes the Job controller's finalizer off the Pod of that name and UID. A Pod that does not exist any more is
// a success.
//
// The controller itself does so when the Pod has come to its terminal phase or the Job to its end, and with
// podReplacementPolicy Failed not before: a Pod that its node will never report upon stays for ever, also when it is
// deleted with a grace of 0 (pkg/controller/job/job_controller.go, isPodFailed and canRemoveFinalizer, v1.35). The patch
// is the controller's own, removeTrackingFinalizerPatch.
func (r *Client) ReleasePod(ctx context.Context, namespace, name, uid string) error {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"uid":                                 uid,
		"$deleteFromPrimitiveList/finalizers": []string{batchv1.JobTrackingFinalizer},
	}})
	if err != nil {
		return fmt.Errorf("make the patch of pod %s: %w", name, err)
	}
	_, err = r.client.CoreV1().Pods(namespace).Patch(ctx, name, types.StrategicMergePatchType, patch, metav1.PatchOptions{})
	return unlessGone(kube.Failed(err, "release pod %s", name))
}

// RemovePod deletes the Pod of that name and UID with a grace of 0, so that its node is not waited for. A Pod that does not
// exist any more is a success.
func (r *Client) RemovePod(ctx context.Context, namespace, name, uid string) error {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	atOnce, background, precondition := int64(0), metav1.DeletePropagationBackground, types.UID(uid)
	err := r.client.CoreV1().Pods(namespace).Delete(ctx, name, metav1.DeleteOptions{
		GracePeriodSeconds: &atOnce,
		PropagationPolicy:  &background,
		Preconditions:      &metav1.Preconditions{UID: &precondition},
	})
	return unlessGone(kube.Failed(err, "delete pod %s", name))
}

// unlessGone forgives that a Pod is not there any more, or that its name is another's now.
func unlessGone(err error) error {
	if kube.KindOf(err) == kube.KindNotFound || kube.IsAnotherUID(err) {
		return nil
	}
	return err
}

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
