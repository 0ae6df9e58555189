package runs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
	"github.com/stepherd/stepherd/internal/kube/runs"
	"github.com/stepherd/stepherd/internal/run"
)

// putPod makes a step's Pod; status is as a kubelet writes it.
func putPod(t *testing.T, s *kubetest.Server, step string, attempt int, status map[string]any) {
	t.Helper()
	name := fmt.Sprintf("pod-%s-%d", step, attempt)
	_, err := s.Client().CoreV1().Pods(ns).Create(t.Context(), &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name,
			Labels: map[string]string{v1alpha1.LabelRunUID: "uid", v1alpha1.LabelStep: step, v1alpha1.LabelAttempt: fmt.Sprint(attempt),
				v1alpha1.LabelComponent: v1alpha1.ComponentStep},
			OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "r", UID: "uid"}},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: v1alpha1.MainContainer}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.Set("pods", ns, name, func(o map[string]any) {
		o["status"] = status
		o["spec"].(map[string]any)["nodeName"] = "node-1"
	})
}

func running() map[string]any {
	return map[string]any{"phase": "Running", "containerStatuses": []any{map[string]any{
		"name": "main", "state": map[string]any{"running": map[string]any{"startedAt": "2026-03-01T12:00:00Z"}},
	}}}
}

func finished(phase string, code int) map[string]any {
	return map[string]any{"phase": phase, "containerStatuses": []any{map[string]any{
		"name": "main", "state": map[string]any{"terminated": map[string]any{
			"exitCode": code, "startedAt": "2026-03-01T12:00:00Z", "finishedAt": "2026-03-01T12:00:09Z",
		}},
	}}}
}

func TestStepPodsAsAttempts(t *testing.T) {
	s := kubetest.New()
	putPod(t, s, "a", 1, finished("Failed", 3))
	putPod(t, s, "a", 2, running())
	putPod(t, s, "b", 1, finished("Succeeded", 0))
	steps, err := runs.New(s.Client()).StepPods(t.Context(), ns, "uid")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, step := range steps {
		for _, a := range step.Attempts {
			got = append(got, fmt.Sprintf("%s %d %s %s %s", step.Name, a.Number, a.Pod, a.Node, a.Phase))
		}
	}
	want := []string{"a 1 pod-a-1 node-1 Failed", "a 2 pod-a-2 node-1 Running", "b 1 pod-b-1 node-1 Succeeded"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWatchStepPods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := kubetest.New()
		putPod(t, s, "a", 1, running())
		var seen []string
		go func() {
			_ = runs.New(s.Client()).WatchStepPods(t.Context(), ns, "uid", func(step string, a v1alpha1.AttemptStatus, gone bool) {
				seen = append(seen, fmt.Sprintf("%s %s %v", step, a.Phase, gone))
			}, func(error) {})
		}()
		synctest.Wait()
		s.Set("pods", ns, "pod-a-1", func(o map[string]any) { o["status"] = finished("Succeeded", 0) })
		synctest.Wait()
		s.Remove("pods", ns, "pod-a-1")
		synctest.Wait()
		if got, want := strings.Join(seen, ", "), "a Running false, a Succeeded false, a Succeeded true"; got != want {
			t.Errorf("seen %s, want %s", got, want)
		}
	})
}

// TestStopStepPods asks for each live Pod's end once, and counts it until it is gone.
func TestStopStepPods(t *testing.T) {
	s := kubetest.New()
	putPod(t, s, "a", 1, running())
	putPod(t, s, "b", 1, running())
	putPod(t, s, "c", 1, finished("Succeeded", 0))
	runs := runs.New(s.Client())
	deletes := func() int {
		n := 0
		for _, r := range s.Requests() {
			if r == "DELETE pods" {
				n++
			}
		}
		return n
	}
	for range 2 {
		if live, lost, err := runs.StopStepPods(t.Context(), ns, "uid", nil); err != nil || live != 2 || lost != 0 || deletes() != 2 {
			t.Errorf("%d live, %d lost, %d deletes, %v", live, lost, deletes(), err)
		}
	}
	s.Remove("pods", ns, "pod-a-1")
	s.Remove("pods", ns, "pod-b-1")
	if live, _, err := runs.StopStepPods(t.Context(), ns, "uid", nil); err != nil || live != 0 || s.Get("pods", ns, "pod-c-1") == nil {
		t.Errorf("%d live, %v", live, err)
	}
}

// TestStopStepPodsWithin: the grace goes with each delete; what is on its way out is only hurried, and not asked again and
// again; what is on a dead node is not waited for.
func TestStopStepPodsWithin(t *testing.T) {
	s := kubetest.New()
	putPod(t, s, "new", 1, running())
	putPod(t, s, "soon", 1, running())
	putPod(t, s, "late", 1, running())
	dead := running()
	dead["conditions"] = []any{map[string]any{"type": "Ready", "status": "False"}, map[string]any{"type": "ContainersReady", "status": "True"}}
	putPod(t, s, "lost", 1, dead)
	putPod(t, s, "unasked", 1, dead)
	for step, in := range map[string]time.Duration{"soon": 10 * time.Second, "late": time.Hour, "lost": -time.Minute} {
		s.Set("pods", ns, "pod-"+step+"-1", func(o map[string]any) {
			o["metadata"].(map[string]any)["deletionTimestamp"] = time.Now().Add(in).UTC().Format(time.RFC3339)
		})
	}
	var asked []string
	s.Intercept(func(r *http.Request) *http.Response {
		if r.Method == http.MethodDelete {
			var o metav1.DeleteOptions
			text, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(text))
			if err := json.Unmarshal(text, &o); err != nil || o.GracePeriodSeconds == nil {
				t.Errorf("asked %s: %v", text, err)
				return nil
			}
			asked = append(asked, fmt.Sprintf("%s %d", path.Base(r.URL.Path), *o.GracePeriodSeconds))
		}
		return nil
	})
	grace := 10 * time.Second
	live, lost, err := runs.New(s.Client()).StopStepPods(t.Context(), ns, "uid", &grace)
	slices.Sort(asked)
	if want := []string{"pod-late-1 10", "pod-new-1 10", "pod-unasked-1 10"}; err != nil || live != 4 || lost != 1 || !slices.Equal(asked, want) {
		t.Errorf("%d live, %d lost, asked %q, %v", live, lost, asked, err)
	}
}

func TestAttempt(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 10, 0, time.UTC)
	three := int32(3)
	for _, tc := range []struct {
		name string
		pod  run.Pod
		want v1alpha1.StepPhase
	}{
		{"created", run.Pod{}, v1alpha1.StepPending},
		{"in trouble", run.Pod{Waiting: run.WaitingGrace, Reason: v1alpha1.ReasonImagePull}, v1alpha1.StepPending},
		{"running", run.Pod{Running: true}, v1alpha1.StepRunning},
		{"succeeded", run.Pod{End: run.EndSucceeded}, v1alpha1.StepSucceeded},
		{"failed", run.Pod{End: run.EndFailed, Reason: v1alpha1.ReasonError, ExitCode: &three}, v1alpha1.StepFailed},
		{"just ended, unclear how", run.Pod{End: run.EndUnclear, Finished: now.Add(-run.SettleTime)}, v1alpha1.StepRunning},
		{"ended for long, unclear how", run.Pod{End: run.EndUnclear, Finished: now.Add(-run.SettleTime - 1)}, v1alpha1.StepFailed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.pod.Attempt, tc.pod.Name, tc.pod.Started = 2, "p", now
			got := runs.Attempt(tc.pod, now)
			if got.Phase != tc.want || got.Reason != tc.pod.Reason || got.ExitCode != tc.pod.ExitCode || got.Number != 2 || got.Pod != "p" {
				t.Errorf("got %+v", got)
			}
			if got.StartedAt == nil || !got.StartedAt.Time.Equal(now) || got.ScheduledAt != nil {
				t.Errorf("times %v, %v", got.StartedAt, got.ScheduledAt)
			}
		})
	}
}

// TestAttemptHasItsContainers: those who read logs learn of the containers beside main.
func TestAttemptHasItsContainers(t *testing.T) {
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	got := runs.Attempt(run.Pod{Others: []run.Container{{Name: "init", Started: began, Ended: true}, {Name: "mesh", Started: began}}}, began).Others
	at := metav1.NewTime(began)
	want := []v1alpha1.OtherContainer{{Name: "init", StartedAt: &at, Ended: true}, {Name: "mesh", StartedAt: &at}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}
