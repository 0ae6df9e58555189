//go:build e2e

package field

import (
	"encoding/json"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/report"
	"github.com/stepherd/stepherd/test/harness"
)

// TestContainerThatStays: a container beside the driver that does not end, as a mesh injects one, keeps the Job from its end and
// no verb waiting, whatever it answers to SIGTERM.
func TestContainerThatStays(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{"sigterm-0": "0", "sigterm-143": "143"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := harness.NewNamespace(t)
			submitBeside(t, ns, "trap 'exit "+answer+"' TERM; sleep 100000 & wait")
			if got := ns.Launcher(t, "wait", "held"); got.Code != 0 {
				t.Errorf("wait: exit code %d\n%s", got.Code, got.Stderr)
			} else {
				harness.MustContain(t, "what wait says", got.Stderr, "the run is over, but container mesh of its driver Pod held-")
			}
			var listed report.List
			if err := json.Unmarshal([]byte(ns.Launcher(t, "list", "-o", "json").Stdout), &listed); err != nil || len(listed.Items) != 1 {
				t.Fatalf("list: %d runs, %v", len(listed.Items), err)
			}
			one, same := listed.Items[0], ns.Get(t, "held")
			if one.Phase != same.Phase || !one.StartedAt.Equal(same.StartedAt) || !one.FinishedAt.Equal(same.FinishedAt) || one.Message != same.Message {
				t.Errorf("list says %+v, get %+v", one, same)
			}
			if got := ns.Launcher(t, "cancel", "held"); got.Code != 0 || !strings.Contains(got.Stdout, "had ended before: Succeeded") {
				t.Errorf("cancel: exit code %d, %s%s", got.Code, got.Stdout, got.Stderr)
			}
			if got := ns.Launcher(t, "cancel", "held", "--force"); got.Code != 0 {
				t.Errorf("cancel --force: exit code %d\n%s", got.Code, got.Stderr)
			}
			if now := ns.Get(t, "held"); string(now.Phase) != "Succeeded" || now.Message != "" {
				t.Errorf("after cancel --force the run is %s: %s", now.Phase, now.Message)
			}
			if got := ns.Launcher(t, "delete", "held"); got.Code != 0 || got.Stderr != "" {
				t.Errorf("delete: exit code %d\n%s", got.Code, got.Stderr)
			}
		})
	}
}

// submitBeside submits the run held with a container mesh in its driver's Pod.
func submitBeside(t *testing.T, ns harness.Namespace, script string) {
	t.Helper()
	text := harness.Pipeline("held", harness.Busybox+"steps: [{name: work, command: [echo, done]}]\n")
	got := ns.LauncherWith(t, text, "submit", "-", "--name", "held", "--dry-run=client", "-o", "json")
	var job batchv1.Job
	if err := json.Unmarshal([]byte(got.Stdout), &job); err != nil {
		t.Fatalf("submit --dry-run: %v\n%s", err, got.Stderr)
	}
	user, no := int64(1000), false
	pod := &job.Spec.Template.Spec
	pod.Containers = append(pod.Containers, corev1.Container{
		Name: "mesh", Image: "docker.io/library/busybox:latest", ImagePullPolicy: corev1.PullIfNotPresent, Command: []string{"sh", "-c", script},
		SecurityContext: &corev1.SecurityContext{RunAsUser: &user, AllowPrivilegeEscalation: &no},
	})
	body, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	harness.Kubectl(t, string(body), "create", "-n", ns.Name, "-f", "-")
}
