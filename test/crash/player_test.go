//go:build cluster

package crash

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// act is what a Pod does: it runs, and at once main ends with exit, after which the Pod reaches its terminal phase.
type act struct {
	exit    int32
	output  string // what main writes as its results
	oom     bool   // exit was the kernel's doing
	evicted bool   // the kubelet ends the Pod for its node's need, with that reason
	awaits  string // a mark without which main does not end
	runs    bool   // main never ends
	waits   bool   // the Pod is never scheduled
}

// player is the kubelet of all Pods in the test's namespace, and its scheduler.
type player struct {
	client kubernetes.Interface
	fail   func(error)
	acts   sync.WaitGroup
}

// enter begins a Pod's act if it has not begun.
func (p *player) enter(ctx context.Context, s *stage, pod *corev1.Pod) {
	if !s.enters(pod) {
		return
	}
	pod = pod.DeepCopy() // the watch keeps its own
	p.acts.Go(func() {
		defer s.change(func() { s.busy-- })
		p.play(ctx, s, pod)
	})
}

// play plays a Pod's act. Each state is a write of its own, as a kubelet makes them.
func (p *player) play(ctx context.Context, s *stage, pod *corev1.Pod) {
	key := keyOf(pod)
	a := s.variant.acts[key]
	if a.waits {
		s.mark(key, "waits")
		return
	}
	if !p.write(ctx, pod, a.begin) {
		return
	}
	s.mark(key, "runs")
	switch {
	case a.runs:
		return
	case a.awaits != "" && !s.pauses(ctx, a.awaits):
		return
	case !a.evicted && !p.write(ctx, pod, a.endMain):
		return
	}
	if p.write(ctx, pod, a.endPod) {
		s.mark(key, "ended")
	}
}

// write writes a Pod's next state; false if the Pod is gone.
func (p *player) write(ctx context.Context, pod *corev1.Pod, change func(*corev1.PodStatus)) bool {
	change(&pod.Status)
	written, err := p.client.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, pod, metav1.UpdateOptions{})
	switch {
	case err == nil:
		*pod = *written
		return true
	case apierrors.IsNotFound(err), apierrors.IsConflict(err), ctx.Err() != nil: // a conflict is another's Pod of the name
		return false
	}
	p.fail(err)
	return false
}

func (a act) begin(status *corev1.PodStatus) {
	now := metav1.Now()
	status.Phase, status.StartTime = corev1.PodRunning, &now
	status.Conditions = []corev1.PodCondition{
		{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: now},
		{Type: corev1.ContainersReady, Status: corev1.ConditionTrue, LastTransitionTime: now},
		{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: now},
	}
	status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: v1alpha1.MainContainer, Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}},
	}}
}

func (a act) endMain(status *corev1.PodStatus) {
	main := &status.ContainerStatuses[0]
	ended := &corev1.ContainerStateTerminated{
		ExitCode: a.exit, Message: a.output, Reason: "Error", FinishedAt: metav1.NewTime(time.Now()), StartedAt: main.State.Running.StartedAt,
	}
	switch {
	case a.oom:
		ended.Reason = "OOMKilled"
	case a.exit == 0:
		ended.Reason = "Completed"
	}
	main.Ready, main.State = false, corev1.ContainerState{Terminated: ended}
}

func (a act) endPod(status *corev1.PodStatus) {
	status.Phase = corev1.PodSucceeded
	for i := range status.Conditions {
		if c := &status.Conditions[i]; c.Type != corev1.PodScheduled {
			c.Status, c.LastTransitionTime = corev1.ConditionFalse, metav1.Now()
		}
	}
	if a.exit != 0 {
		status.Phase = corev1.PodFailed
	}
	if a.evicted {
		status.Phase, status.Reason, status.Message = corev1.PodFailed, "Evicted", "The node was low on resource: memory."
		act{exit: 137}.endMain(status)
	}
}
