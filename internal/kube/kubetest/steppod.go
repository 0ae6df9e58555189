package kubetest

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// UID is that of the Job of the run to which StepPod belongs.
const UID = "11111111-2222-3333-4444-555555555555"

// Created is when StepPod was created.
var Created = metav1.NewTime(time.Unix(1_900_000_000, 0))

// StepPod returns a running Pod of the first attempt of step load; mods make it what a test is about.
func StepPod(mods ...func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: "run-load-1-abcde", Namespace: "ns", UID: "pod-uid", CreationTimestamp: Created,
			Labels: map[string]string{
				v1alpha1.LabelRunUID: UID, v1alpha1.LabelStep: "load", v1alpha1.LabelAttempt: "1",
			},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "Job", Name: "run", UID: UID}},
		},
		Spec:   corev1.PodSpec{NodeName: "node-1", Containers: []corev1.Container{{Name: "main", Image: "img"}}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	}
	for _, mod := range mods {
		mod(pod)
	}
	return pod
}
