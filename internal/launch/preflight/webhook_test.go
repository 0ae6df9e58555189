package preflight_test

import (
	"strings"
	"testing"
	"testing/synctest"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestWebhookInTheWay: submit names the webhook that lets no step Pod through, and what to do; it creates nothing.
func TestWebhookInTheWay(t *testing.T) {
	const remedy = "; try again later, ask whoever runs that webhook, or submit with --no-check and the run waits for it"
	for _, tc := range []struct {
		name  string
		err   *launchtest.Error
		want  string
		class client.Class
	}{
		{"away", &launchtest.Error{Kind: launchtest.WebhookAway, Webhook: "w.example", Text: `service "s" not found`},
			`the driver, step "a" and 2 others: its Pod cannot be created: the admission webhook "w.example" cannot be called (service "s" not found)` + remedy, client.ClassCluster},
		{"busy", &launchtest.Error{Kind: launchtest.WebhookBusy, Webhook: "w.example", Text: "not now"},
			`the driver, step "a" and 2 others: its Pod cannot be created: the admission webhook "w.example" denies it for now (not now)` + remedy, client.ClassCluster},
		{"denies", &launchtest.Error{Kind: launchtest.Refused, Text: `admission webhook "w.example" denied the request: no`},
			`the driver, step "a" and 2 others: the cluster refuses its Pod: admission webhook "w.example" denied the request: no`, client.ClassUser},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := launchtest.NewBench()
			b.Cluster.Refuse = func(*corev1.Pod) error { return tc.err }
			_, err := b.Submit(t.Context(), launchtest.Submission(t, "r"))
			if err == nil || err.Error() != tc.want || client.ClassOf(err) != tc.class {
				t.Errorf("got class %d\n%v\nwant\n%s", client.ClassOf(err), err, tc.want)
			}
			if got := strings.Join(b.Cluster.Calls(), ", "); strings.Contains(got, "create") {
				t.Errorf("something was created: %s", got)
			}
		})
	}
}

// TestWebhookWithoutDryRun: what cannot be tried is said, and stops nothing.
func TestWebhookWithoutDryRun(t *testing.T) {
	b := launchtest.NewBench()
	b.Cluster.Refuse = func(*corev1.Pod) error {
		return &launchtest.Error{Kind: launchtest.NoDryRun, Webhook: "w.example", Text: "does not support dry run"}
	}
	if _, err := b.Submit(t.Context(), launchtest.Submission(t, "r")); err != nil {
		t.Fatal(err)
	}
	if got, want := b.Err.String(), `the admission webhook "w.example" takes no dry-run`; !strings.Contains(got, want) {
		t.Errorf("stderr: %s, want %s", got, want)
	}
}

// TestWebhookBeforeTheJob: an answer of the server that a webhook is away proves that there is no run.
func TestWebhookBeforeTheJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.NewBench()
		b.Cluster.Fail["CreateJob"] = &launchtest.Error{Kind: launchtest.WebhookAway, Webhook: "w.example", Text: "connection refused"}
		s := launchtest.Submission(t, "r")
		s.NoCheck = true
		_, err := b.Submit(t.Context(), s)
		const want = `the cluster cannot do that now: the admission webhook "w.example" cannot be called (connection refused); try again later, or ask whoever runs that webhook`
		if err == nil || err.Error() != want || client.ClassOf(err) != client.ClassCluster {
			t.Errorf("got %v", err)
		}
	})
}

// TestNamespaceOnItsWayOut is told as such, whichever check meets it.
func TestNamespaceOnItsWayOut(t *testing.T) {
	b := launchtest.NewBench()
	b.Cluster.Refuse = func(*corev1.Pod) error {
		return &launchtest.Error{Kind: launchtest.NamespaceEnding, Text: "unable to create new content in namespace ml because it is being terminated"}
	}
	_, err := b.Submit(t.Context(), launchtest.Submission(t, "r"))
	const want = `namespace "ml" is being deleted; name another with -n, or make it anew when it is gone`
	if err == nil || err.Error() != want || client.ClassOf(err) != client.ClassCluster {
		t.Errorf("got %v", err)
	}
}
