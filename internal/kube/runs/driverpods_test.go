package runs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
	"github.com/stepherd/stepherd/internal/kube/runs"
)

func TestDriverPods(t *testing.T) {
	s := kubetest.New()
	client := s.Client()
	for name, owner := range map[string]string{"mine": "uid-job", "foreign": "other"} {
		_, err := client.CoreV1().Pods(ns).Create(t.Context(), &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{v1alpha1.LabelControllerUID: "uid-job"},
				OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "r", UID: "uid-job"}}},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "driver"}}},
		}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s.Set("pods", ns, name, func(o map[string]any) {
			o["metadata"].(map[string]any)["ownerReferences"].([]any)[0].(map[string]any)["uid"] = owner
		})
	}
	pods, err := runs.New(client).DriverPods(t.Context(), ns, "uid-job")
	if err != nil || len(pods) != 1 || pods[0].Name != "mine" {
		t.Errorf("got %d Pods, %v", len(pods), err)
	}
}

// TestRemovePod deletes that very Pod with no grace.
func TestRemovePod(t *testing.T) {
	s := kubetest.New()
	putPod(t, s, "a", 1, running())
	uid := s.Get("pods", ns, "pod-a-1")["metadata"].(map[string]any)["uid"].(string)
	runs := runs.New(s.Client())
	asked := listen(s, nil)
	if err := runs.RemovePod(t.Context(), ns, "pod-a-1", "another"); err != nil || s.Get("pods", ns, "pod-a-1")["metadata"].(map[string]any)["deletionTimestamp"] != nil {
		t.Errorf("another Pod of that name: %v", err)
	}
	if err := runs.RemovePod(t.Context(), ns, "pod-a-1", uid); err != nil {
		t.Error(err)
	}
	body := (*asked)[1].body
	if body["gracePeriodSeconds"] != 0.0 || body["propagationPolicy"] != "Background" || body["preconditions"].(map[string]any)["uid"] != uid {
		t.Errorf("asked %v", body)
	}
	if err := runs.RemovePod(t.Context(), ns, "nope", uid); err != nil {
		t.Errorf("a Pod that is gone: %v", err)
	}
	s.Intercept(func(*http.Request) *http.Response {
		return kubetest.Status(http.StatusForbidden, metav1.StatusReasonForbidden, `pods "x" is forbidden: User "jane" cannot delete resource "pods" in API group "" in the namespace "ml"`)
	})
	if err := runs.RemovePod(t.Context(), ns, "pod-a-1", uid); kube.KindOf(err) != kube.KindNoRight {
		t.Errorf("got %v", err)
	}
}

// TestReleasePod takes off the one finalizer, of that very Pod.
func TestReleasePod(t *testing.T) {
	s := kubetest.New()
	var kind, patch string
	answer := kubetest.Status(http.StatusNotFound, metav1.StatusReasonNotFound, "not found")
	s.Intercept(func(r *http.Request) *http.Response {
		text, _ := io.ReadAll(r.Body)
		kind, patch = kubetest.Verb(r)+" "+r.Header.Get("Content-Type"), string(text)
		return answer
	})
	runs := runs.New(s.Client())
	if err := runs.ReleasePod(t.Context(), ns, "driver-1", "uid-driver-1"); err != nil {
		t.Errorf("a Pod that is gone: %v", err)
	}
	var got, want any
	const text = `{"metadata":{"uid":"uid-driver-1","$deleteFromPrimitiveList/finalizers":["batch.kubernetes.io/job-tracking"]}}`
	if json.Unmarshal([]byte(patch), &got) != nil || json.Unmarshal([]byte(text), &want) != nil || !reflect.DeepEqual(got, want) || kind != "PATCH pods application/strategic-merge-patch+json" {
		t.Errorf("asked %s %s", kind, patch)
	}
	answer = kubetest.Status(http.StatusForbidden, metav1.StatusReasonForbidden, `pods "x" is forbidden: User "jane" cannot patch resource "pods" in API group "" in the namespace "ml"`)
	if err := runs.ReleasePod(t.Context(), ns, "driver-1", "uid-driver-1"); kube.KindOf(err) != kube.KindNoRight {
		t.Errorf("got %v", err)
	}
}

// TestWatchJobPods tells of a Job's own Pods, as they are and as they go.
func TestWatchJobPods(t *testing.T) {
	s := kubetest.New()
	client := s.Client()
	put := func(name, owner string) {
		_, err := client.CoreV1().Pods(ns).Create(t.Context(), &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{v1alpha1.LabelControllerUID: "uid-job"},
				OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "r", UID: types.UID(owner)}}},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "archive"}}},
		}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	put("mine", "uid-job")
	put("foreign", "other")
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan string, 10)
	done := make(chan error, 1)
	go func() {
		done <- runs.New(client).WatchJobPods(ctx, ns, "uid-job", func(pod *corev1.Pod, gone bool) {
			told <- fmt.Sprintf("%s %v", pod.Name, gone)
		}, func(err error) { t.Error(err) })
	}()
	if got := <-told; got != "mine false" {
		t.Errorf("told %s", got)
	}
	atOnce := int64(0)
	if err := client.CoreV1().Pods(ns).Delete(t.Context(), "mine", metav1.DeleteOptions{GracePeriodSeconds: &atOnce}); err != nil {
		t.Fatal(err)
	}
	if got := <-told; got != "mine true" {
		t.Errorf("told %s", got)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || len(told) > 0 {
		t.Errorf("%v; and told more: %d", err, len(told))
	}
}
