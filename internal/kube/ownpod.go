package kube

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube/podstatus"
)

// OwnPod is the Pod that this program runs in.
type OwnPod struct {
	pods      *StepPods
	name, uid string
}

// NewOwnPod gives a Pod of a namespace; core is a client's CoreV1().RESTClient().
func NewOwnPod(core rest.Interface, namespace, name, uid string) *OwnPod {
	return &OwnPod{pods: NewStepPods(core, RunRef{Namespace: namespace}), name: name, uid: uid}
}

// lookTimeout bounds a look at the own Pod: it is made as the driver begins and leaves, and is worth no more.
const lookTimeout = 5 * time.Second

// Others are the names of the containers, beside the driver's, without whose end the Pod does not end. Init containers ended
// before the driver began, and the kubelet ends native sidecars when all else has ended. A Pod that does not exist any more
// has none.
func (p *OwnPod) Others(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	pod, err := p.pods.get(ctx, p.name)
	switch {
	case KindOf(err) == KindNotFound, err == nil && string(pod.UID) != p.uid:
		return nil, nil
	case err != nil:
		return nil, err
	}
	var names []string
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		again := c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		ended := podstatus.StatusOf(pod.Status.ContainerStatuses, c.Name).State.Terminated != nil && !again
		if c.Name != v1alpha1.DriverContainer && !ended {
			names = append(names, c.Name)
		}
	}
	return names, nil
}

// Delete asks for the end of the Pod, by its UID, within its own grace. Errors are *Error.
func (p *OwnPod) Delete(ctx context.Context) error { return p.pods.Delete(ctx, p.name, p.uid, nil) }
