package status

import (
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
)

func TestHoldUp(t *testing.T) {
	terminated := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 100}}
	up := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	with := func(states map[string]corev1.ContainerState) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			for _, name := range []string{"driver", "vault-agent", "istio-proxy"} {
				if state, has := states[name]; has {
					pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{Name: name, State: state})
				}
			}
		}
	}
	deleted := func(second int) func(*corev1.Pod) {
		return func(pod *corev1.Pod) { pod.DeletionTimestamp = at(second) }
	}
	byCron := func(job *batchv1.Job) {
		job.OwnerReferences = []metav1.OwnerReference{{Kind: "CronJob", Name: "nightly"}}
	}
	one := map[string]corev1.ContainerState{"driver": terminated, "istio-proxy": up}
	for _, tc := range []struct {
		name string
		job  func(*batchv1.Job)
		pods []corev1.Pod
		want string
	}{
		{"no Pod", nil, nil, ""},
		{"the driver runs", nil, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, with(map[string]corev1.ContainerState{"driver": up, "istio-proxy": up}))}, ""},
		{"all have ended", nil, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, with(map[string]corev1.ContainerState{"driver": terminated, "istio-proxy": terminated}))}, ""},
		{"the Pod has ended", nil, []corev1.Pod{driverPod("p", 3, corev1.PodFailed, with(one))}, ""},
		{"the Pod is being deleted", nil, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, with(one), deleted(99))}, ""},
		{"the Pod should be gone", nil, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, with(one), deleted(10), onNode)},
			"driver Pod p is stuck on node node-1, which does not answer: launcher recover chain-1 -n ml"},
		{"one container", nil, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, with(one))},
			"the run is over, but container istio-proxy of its driver Pod p is still running, so that its Job does not end; to end it: launcher cancel chain-1 --force -n ml"},
		{"two containers, of a CronJob", byCron, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, with(map[string]corev1.ContainerState{"driver": terminated, "istio-proxy": up, "vault-agent": up}))},
			"the run is over, but containers vault-agent, istio-proxy of its driver Pod p are still running, so that its Job does not end, " +
				"and CronJob nightly starts no other while it has concurrencyPolicy Forbid; to end it: launcher cancel chain-1 --force -n ml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			k := Snapshot{Job: jobOf(t, tc.job), Drivers: tc.pods, Now: at(100).Time, Hints: client.Hints{Program: "launcher", Flags: []string{"-n", "ml"}},
				Record: &record.Record{Head: record.Head{Phase: v1alpha1.RunSucceeded}}}
			if got := Of(k).HoldUp; got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}
