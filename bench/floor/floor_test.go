package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
)

// kubelet is a cluster in which main of every Pod has ended, with a code, as soon as the Pod is created.
func kubelet(codes map[string]int32) (*fake.Clientset, func() []string) {
	client := fake.NewClientset()
	var mutex sync.Mutex
	var created []string
	client.PrependReactor("create", "pods", func(a clienttesting.Action) (bool, runtime.Object, error) {
		pod := a.(clienttesting.CreateAction).GetObject().(*corev1.Pod)
		step := pod.Labels[v1alpha1.LabelStep]
		mutex.Lock()
		created = append(created, step)
		mutex.Unlock()
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name:  v1alpha1.MainContainer,
			State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: codes[step]}},
		}}
		return false, nil, nil // the tracker stores it
	})
	return client, func() []string {
		mutex.Lock()
		defer mutex.Unlock()
		return slices.Clone(created)
	}
}

var diamond = &v1alpha1.Pipeline{
	Metadata: v1alpha1.Metadata{Name: "diamond"},
	Settings: v1alpha1.Settings{Image: "busybox"},
	Steps: []v1alpha1.Step{
		{Name: "load"},
		{Name: "left", Needs: []string{"load"}},
		{Name: "right", Needs: []string{"load"}},
		{Name: "join", Needs: []string{"left", "right"}},
	},
}

var me = podspec.Identity{Run: "diamond-1", RunUID: "u-1", Namespace: "n"}

func TestExecute(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client, created := kubelet(nil)
	var stdout strings.Builder
	if err := execute(ctx, client, diamond, me, &stdout); err != nil {
		t.Fatal(err)
	}
	got := created()
	if len(got) != 4 || got[0] != "load" || got[3] != "join" {
		t.Errorf("got Pods of %v created, want load first, join last, and each once", got)
	}
	if got, want := strings.Count(stdout.String(), "fake logs"), 4; got != want {
		t.Errorf("got %d logs on stdout, want %d", got, want)
	}
}

func TestExecuteEndsWithAFailedStep(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client, created := kubelet(map[string]int32{"left": 3})
	var stdout strings.Builder
	err := execute(ctx, client, diamond, me, &stdout)
	if err == nil || err.Error() != "step left ended with exit code 3" {
		t.Errorf("got error %v, want that of step left", err)
	}
	if slices.Contains(created(), "join") {
		t.Error("join was created although left failed")
	}
}
