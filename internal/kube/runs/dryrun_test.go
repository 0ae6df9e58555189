package runs_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
	"github.com/stepherd/stepherd/internal/kube/runs"
)

// warned is a client of a server that warns about every object it is sent, and the warnings that were not collected.
func warned(t *testing.T, server *kubetest.Server) (*runs.Client, func() []string) {
	t.Helper()
	var mu sync.Mutex
	var told []string
	config := &rest.Config{Host: "http://kubetest", QPS: -1}
	config.ContentType, config.AcceptContentTypes = "application/json", "application/json"
	kube.OnWarning(config, func(about, text string) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, about+": "+text)
	})
	server.Intercept(func(r *http.Request) *http.Response {
		name := strings.Fields(kubetest.Verb(r))[1]
		answer := server.Serve(r)
		answer.Header.Add("Warning", `299 - "about `+name+`"`)
		return answer
	})
	client, err := kubernetes.NewForConfigAndClient(config, &http.Client{Transport: server})
	if err != nil {
		t.Fatal(err)
	}
	return runs.New(client), func() []string {
		mu.Lock()
		defer mu.Unlock()
		return told
	}
}

// TestWarningsOfATriedPod come with the answer; those of a Job that is created say what they are about.
func TestWarningsOfATriedPod(t *testing.T) {
	runs, told := warned(t, kubetest.New())
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ml"}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main"}}}}
	answer, warnings, err := runs.TryPod(t.Context(), pod)
	if err != nil || answer.UID == "" || !slices.Equal(warnings, []string{"about pods"}) {
		t.Errorf("got %v, %q, %v", answer, warnings, err)
	}
	if err := runs.TryRecord(t.Context(), "ml", "r"); err != nil {
		t.Error(err)
	}
	if len(told()) > 0 {
		t.Errorf("told %q", told())
	}
	if _, err := runs.CreateJob(t.Context(), &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "r", Namespace: "ml"}}, "m", false); err != nil {
		t.Fatal(err)
	}
	if got := told(); !slices.Equal(got, []string{"the run's Job: about jobs"}) {
		t.Errorf("told %q", got)
	}
}

// TestQuotas lists those of the namespace; a user who may not is told which right it takes.
func TestQuotas(t *testing.T) {
	server := kubetest.New()
	runs := runs.New(server.Client())
	server.Intercept(func(r *http.Request) *http.Response {
		if got, want := r.URL.Path, "/api/v1/namespaces/ml/resourcequotas"; got != want {
			t.Errorf("asked for %s", got)
		}
		return kubetest.JSON(`{"kind":"ResourceQuotaList","apiVersion":"v1","items":[{"metadata":{"name":"q"},"spec":{"hard":{"pods":"1"}}}]}`)
	})
	quotas, err := runs.Quotas(t.Context(), "ml")
	if err != nil || len(quotas) != 1 || quotas[0].Name != "q" || quotas[0].Spec.Hard.Pods().Value() != 1 {
		t.Errorf("got %v, %v", quotas, err)
	}
	server.Intercept(func(*http.Request) *http.Response {
		return kubetest.Status(403, metav1.StatusReasonForbidden, `resourcequotas is forbidden: User "u" cannot list resource "resourcequotas" in API group "" in the namespace "ml"`)
	})
	_, err = runs.Quotas(t.Context(), "ml")
	var e *kube.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	if verb, what, where, ok := e.MissingRight(); !ok || verb != "list" || what != "resourcequotas" || where != "ml" {
		t.Errorf("got %s %s %s %v", verb, what, where, ok)
	}
}
