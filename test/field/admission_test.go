//go:build e2e

package field

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/test/harness"
)

// limited makes a ResourceQuota or a LimitRange in the namespace.
func limited(t *testing.T, ns harness.Namespace, kind, spec string) {
	t.Helper()
	harness.Kubectl(t, fmt.Sprintf("apiVersion: v1\nkind: %s\nmetadata: {name: field}\nspec: %s\n", kind, spec), "apply", "-n", ns.Name, "-f", "-")
	if kind == "ResourceQuota" {
		harness.Eventually(t, "the quota is counted", func() bool {
			return harness.Kubectl(t, "", "get", "resourcequota", "field", "-n", ns.Name, "-o", "jsonpath={.status.used}") != ""
		})
	}
}

// refused submits what the cluster must refuse, and gives what was said; no run may come of it.
func refused(t *testing.T, ns harness.Namespace, pipeline string, code int, parts ...string) string {
	t.Helper()
	got := ns.LauncherWith(t, pipeline, "submit", "-")
	if got.Code != code {
		t.Errorf("submit: exit code %d, want %d", got.Code, code)
	}
	harness.MustContain(t, "stderr of submit", got.Stderr, parts...)
	if jobs := harness.Kubectl(t, "", "get", "jobs", "-n", ns.Name, "-o", "name"); jobs != "" {
		t.Errorf("there is a run: %s", jobs)
	}
	return got.Stderr
}

const oneStep = "settings: {image: docker.io/library/busybox:latest, imagePullPolicy: IfNotPresent, resources: {cpu: 50m, memory: 32Mi, limits: {cpu: 100m}}}\n" +
	"steps: [{name: a, command: [echo, hi]}]\n"

// TestQuotaOfTheDriver: a quota that wants limits.cpu of the driver, too, is told at submit, with the line that mends it.
func TestQuotaOfTheDriver(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	limited(t, ns, "ResourceQuota", "{hard: {limits.cpu: 4, limits.memory: 4Gi}}")
	const line = "driver: {resources: {limits: {cpu: 100m}}}"
	refused(t, ns, harness.Pipeline("quota", oneStep), 2, "the driver: ", "limits.cpu", "add to the pipeline: "+line)
	ns.Follow(t, harness.Pipeline("quota", oneStep+line+"\n"), 0)
}

// TestLimitRangeOfBoth: the least memory and cpu of a LimitRange, told for the driver and for the step at once.
func TestLimitRangeOfBoth(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	limited(t, ns, "LimitRange", "{limits: [{type: Container, min: {memory: 160Mi, cpu: 120m}}]}")
	const steps = "settings: {image: docker.io/library/busybox:latest, imagePullPolicy: IfNotPresent}\nsteps: [{name: a, command: [echo, hi], settings: {resources: {cpu: 50m, memory: 32Mi}}}]\n"
	refused(t, ns, harness.Pipeline("least", steps), 2,
		"add to the pipeline: driver: {resources: {cpu: 120m, memory: 160Mi}}",
		"add to the pipeline or to the step: settings: {resources: {cpu: 120m, memory: 160Mi}}")
	mended := strings.Replace(steps, "{cpu: 50m, memory: 32Mi}", "{cpu: 120m, memory: 160Mi}", 1) + "driver: {resources: {cpu: 120m, memory: 160Mi}}\n"
	if got := ns.LauncherWith(t, harness.Pipeline("least", mended), "submit", "-", "--dry-run=server"); got.Code != 0 {
		t.Errorf("the advice does not help: %s", got.Stderr)
	}
}

// TestQuotaThatNeverFits: a step that no quota will ever have room for is refused, and so is one that has none beside the driver.
func TestQuotaThatNeverFits(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	limited(t, ns, "ResourceQuota", "{hard: {limits.cpu: 2, limits.memory: 1Gi, pods: 5}}")
	step := func(memory string) string {
		return harness.Pipeline("never", strings.Replace(oneStep, "command: [echo, hi]", "command: [echo, hi], settings: {resources: {memory: "+memory+"}}", 1)+"driver: {resources: {limits: {cpu: 200m}}}\n")
	}
	refused(t, ns, step("8Gi"), 2, `step "a": its Pod can never be created`, "limits.memory=8Gi", `quota "field" allows 1Gi`)
	const beside = "limits.memory=1000Mi beside the driver's 128Mi"
	refused(t, ns, step("1000Mi"), 2, `step "a": its Pod can never be created`, beside)
	user := ns.AsUser(t, "jane", "")
	if got := user.LauncherWith(t, step("8Gi"), "submit", "-"); got.Code != 2 || !strings.Contains(got.Stderr, "can never be created") {
		t.Errorf("a user who may not list quotas: exit code %d, %s", got.Code, got.Stderr)
	}
	ns.Follow(t, step("64Mi"), 0)
}

// TestQuotaOfConfigMaps: a run whose record has no room is refused.
func TestQuotaOfConfigMaps(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	harness.Eventually(t, "the namespace has its ConfigMap", func() bool {
		return harness.Kubectl(t, "", "get", "configmaps", "-n", ns.Name, "-o", "name") != ""
	})
	limited(t, ns, "ResourceQuota", "{hard: {count/configmaps: 1}}")
	refused(t, ns, harness.Pipeline("record", oneStep), 2, "the run's record", "count/configmaps")
	user := ns.AsUser(t, "jane", "")
	got := user.LauncherWith(t, harness.Pipeline("record", oneStep), "submit", "-", "--dry-run=server")
	if got.Code != 0 {
		t.Errorf("a user who may not ask: exit code %d, %s", got.Code, got.Stderr)
	}
	harness.MustContain(t, "stderr", got.Stderr, "the quotas (list resourcequotas)")
}

// TestQuotaOfJobs: of a run whose Job has no room the POST itself tells.
func TestQuotaOfJobs(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	limited(t, ns, "ResourceQuota", "{hard: {count/jobs.batch: 0}}")
	refused(t, ns, harness.Pipeline("jobs", oneStep), 2, "exceeded quota: field", "count/jobs.batch=1")
}

// TestWebhookThatIsAway is named at submit; it is not a namespace that is missing, nor a cluster that does not answer.
func TestWebhookThatIsAway(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	installWebhook(t, ns, "away.field.example", nobody(ns), "")
	awaitWebhook(t, ns)
	text := refused(t, ns, harness.Pipeline("away", oneStep), 3, `the driver, step "a": `, `the admission webhook "away.field.example" cannot be called`, "--no-check")
	if strings.Contains(text, "namespace \"") || strings.Contains(text, "cannot be asked") {
		t.Errorf("misleading: %s", text)
	}
}

// awaitWebhook waits until the API server, which learns of a configuration a moment later, calls it.
func awaitWebhook(t *testing.T, ns harness.Namespace) {
	t.Helper()
	harness.Eventually(t, "the webhook is called", func() bool {
		got := harness.Command(t, nil, "", harness.Bin("localcluster"), "kubectl", "--name", *harness.ClusterName, "--",
			"run", "probe", "-n", ns.Name, "--image=x", "--dry-run=server")
		return got.Code != 0
	})
}

// TestPolicyThatDenies: a ValidatingAdmissionPolicy chooses the code of its denial, here 413.
func TestPolicyThatDenies(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	const policy = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: %[1]s}
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %[1]s}}
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations: [{expression: "false", message: "no Pods on Sundays", reason: RequestEntityTooLarge}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: %[1]s}
spec: {policyName: %[1]s, validationActions: [Deny]}
`
	t.Cleanup(func() {
		harness.Kubectl(t, "", "delete", "validatingadmissionpolicy,validatingadmissionpolicybinding", ns.Name, "--ignore-not-found")
	})
	harness.Kubectl(t, fmt.Sprintf(policy, ns.Name), "apply", "-f", "-")
	awaitWebhook(t, ns)
	refused(t, ns, harness.Pipeline("denied", oneStep), 2, `the driver, step "a": the cluster refuses its Pod: `, "no Pods on Sundays")
}

// TestWarningsNameTheirSteps: the server's warnings about Pods, and a field that it drops, say whose they are.
func TestWarningsNameTheirSteps(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t, "pod-security.kubernetes.io/warn=restricted")
	got := ns.LauncherWith(t, harness.Pipeline("warned", harness.Busybox+
		"steps:\n  - {name: a, command: [echo]}\n  - {name: b, command: [echo]}\n"+
		"  - {name: c, command: [echo], settings: {security: restricted, podSettings: {schedulingGroup: {podGroupName: g}}}}\n"), "submit", "-", "--dry-run=server")
	if got.Code != 0 {
		t.Fatalf("exit code %d: %s", got.Code, got.Stderr)
	}
	harness.MustContain(t, "stderr", got.Stderr,
		`warning: step "a" and 1 other: would violate PodSecurity`,
		`warning: step "c": the cluster leaves spec.schedulingGroup`)
}
