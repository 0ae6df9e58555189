//go:build e2e

package field

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

// job is the Job that submit would create.
func job(t *testing.T, ns harness.Namespace, pipeline, run string) *batchv1.Job {
	t.Helper()
	got := ns.LauncherWith(t, pipeline, "submit", "-", "--dry-run=client", "-o", "json", "--name", run)
	if got.Code != 0 {
		t.Fatalf("submit --dry-run=client: exit code %d\n%s", got.Code, got.Stderr)
	}
	made := &batchv1.Job{}
	if err := json.Unmarshal([]byte(got.Stdout), made); err != nil {
		t.Fatal(err)
	}
	return made
}

// create creates a Job as an admission webhook has left it.
func create(t *testing.T, ns harness.Namespace, made *batchv1.Job) {
	t.Helper()
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	harness.Kubectl(t, string(text), "create", "-n", ns.Name, "-f", "-")
}

// injected is a container as a webhook adds it to the driver's Pod: in front.
func injected(made *batchv1.Job, script string) {
	user := int64(65534)
	spec := &made.Spec.Template.Spec
	spec.Containers = append([]corev1.Container{{
		Name: "injected", Image: "docker.io/library/busybox:latest", ImagePullPolicy: corev1.PullIfNotPresent,
		Command: []string{"sh", "-c", script}, SecurityContext: &corev1.SecurityContext{RunAsUser: &user},
	}}, spec.Containers...)
}

// untilTold runs for ever, and answers SIGTERM with an exit code.
func untilTold(code int) string {
	return fmt.Sprintf("trap 'exit %d' TERM; while :; do sleep 1; done", code)
}

// jobEnd is how a Job ended, with the message; empty while it has not.
func jobEnd(t *testing.T, ns harness.Namespace, run string) string {
	t.Helper()
	return harness.Kubectl(t, "", "get", "job", run, "-n", ns.Name,
		"-o", `jsonpath={range .status.conditions[?(@.status=="True")]}{.type}: {.message}{"\n"}{end}`)
}

// TestInjectedContainerOfAFailedRun: the Job of a run that has Failed or was Cancelled ends by the driver's exit code, whatever a
// container that was injected into the driver's Pod answers SIGTERM with.
func TestInjectedContainerOfAFailedRun(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	for _, c := range []struct {
		name   string
		answer int
		cancel bool
		end    string
	}{
		{"failed-0", 0, false, "with exit code 100 matching FailJob rule"},
		{"failed-143", 143, false, "with exit code 100 matching FailJob rule"},
		{"cancelled-0", 0, true, "with exit code 101 matching FailJob rule"},
		{"cancelled-143", 143, true, "with exit code 101 matching FailJob rule"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			command := "exit 3"
			if c.cancel {
				command = "sleep 1000"
			}
			made := job(t, ns, harness.Pipeline("ends", "driver: {endPod: true}\n"+harness.Busybox+`
steps: [{name: a, command: [sh, -c, "`+command+`"]}]
`), c.name)
			injected(made, untilTold(c.answer))
			create(t, ns, made)
			if c.cancel {
				harness.Eventually(t, "the step runs", func() bool {
					return harness.Step(t, ns.Get(t, c.name), "a").Phase == v1alpha1.StepRunning
				})
				ns.Launcher(t, "cancel", c.name, "--grace", "1s")
			}
			harness.Eventually(t, "the Job ends", func() bool { return strings.Contains(jobEnd(t, ns, c.name), "Failed: ") })
			harness.MustContain(t, "the Job's end", jobEnd(t, ns, c.name), c.end)
			want := v1alpha1.RunFailed
			if c.cancel {
				want = v1alpha1.RunCancelled
			}
			if got := ns.Get(t, c.name).Phase; got != want {
				t.Errorf("the run is %s, want %s", got, want)
			}
		})
	}
}

// TestInjectedContainerOfASucceededRun: the driver never deletes the Pod of a run that has Succeeded, and names what holds it.
func TestInjectedContainerOfASucceededRun(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	made := job(t, ns, harness.Pipeline("ends", "driver: {endPod: true}\n"+harness.Busybox+`
steps: [{name: a, command: ["true"]}]
`), "succeeded")
	injected(made, untilTold(143))
	create(t, ns, made)
	ended := `jsonpath={.items[*].status.containerStatuses[?(@.name=="driver")].state.terminated.exitCode}`
	harness.Eventually(t, "the driver ends", func() bool {
		return harness.Kubectl(t, "", "get", "pods", "-n", ns.Name, "-l", "batch.kubernetes.io/job-name=succeeded", "-o", ended) == "0"
	})
	deleted := harness.Kubectl(t, "", "get", "pods", "-n", ns.Name, "-l", "batch.kubernetes.io/job-name=succeeded", "-o", "jsonpath={.items[*].metadata.deletionTimestamp}")
	if deleted != "" || jobEnd(t, ns, "succeeded") != "" {
		t.Errorf("deleted %q, job %q", deleted, jobEnd(t, ns, "succeeded"))
	}
	if got := ns.Get(t, "succeeded").Phase; got != v1alpha1.RunSucceeded {
		t.Errorf("the run is %s", got)
	}
	log := harness.Kubectl(t, "", "logs", "-n", ns.Name, "-l", "batch.kubernetes.io/job-name=succeeded", "-c", "driver", "--tail", "-1")
	harness.MustContain(t, "the driver's transcript", log, `other containers keep this pod, and the run's job, from ending`, `"containers":["injected"]`)
}

// TestInjectedContainerThatQuits: a container that ends when the driver asks it to lets the Job complete.
func TestInjectedContainerThatQuits(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	made := job(t, ns, harness.Pipeline("ends", `driver: {quit: ["http://127.0.0.1:9/none", "http://127.0.0.1:8099/quit"]}
`+harness.Busybox+`
steps: [{name: a, command: ["true"]}]
`), "quits")
	injected(made, `printf 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' | nc -l -p 8099`)
	create(t, ns, made)
	harness.Eventually(t, "the Job ends", func() bool { return jobEnd(t, ns, "quits") != "" })
	harness.MustContain(t, "the Job's end", jobEnd(t, ns, "quits"), "Complete: ")
}

// TestPlanForANewerDriver: a plan with a key of a later version, as an old driver image meets it.
func TestPlanForANewerDriver(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	made := job(t, ns, harness.Pipeline("newer", harness.Busybox+`
steps: [{name: a, command: ["true"]}]
`), "newer")
	annotations := made.Spec.Template.Annotations
	annotations[v1alpha1.AnnotationPlan] = strings.Replace(annotations[v1alpha1.AnnotationPlan], `"steps"`, `"weather": "fine", "steps"`, 1)
	annotations[v1alpha1.AnnotationMinDriver] = "v99.0.0"
	create(t, ns, made)
	if got := ns.Wait(t, "newer"); got.Code != 1 {
		t.Errorf("wait: exit code %d\n%s", got.Code, got.Stderr)
	}
	run := ns.Get(t, "newer")
	if run.Reason != v1alpha1.ReasonInvalidPlan {
		t.Errorf("the run is %s, %s", run.Phase, run.Reason)
	}
	harness.MustContain(t, "the message", run.Message, "plan key weather is unknown to driver v", "it needs driver v99.0.0 or later: set driver.image")
}
