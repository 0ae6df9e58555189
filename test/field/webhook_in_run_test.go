//go:build e2e

package field

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

// TestWebhookAwayInARun takes a webhook away that decides on step Pods, but not on the driver's: the step waits, and says for
// what, until the webhook is no longer asked.
func TestWebhookAwayInARun(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	remove := installWebhook(t, ns, "steps.field.example", nobody(ns), stepPods)
	run := ns.Submit(t, harness.Pipeline("away", oneStep), "--no-check")
	harness.Eventually(t, "get names the webhook", func() bool {
		return strings.Contains(ns.Launcher(t, "get", run).Stdout, `admission webhook "steps.field.example"`)
	})
	remove()
	if got := ns.Wait(t, run); got.Code != 0 {
		t.Errorf("wait: exit code %d\n%s", got.Code, got.Stderr)
	}
}

// TestPolicyDeniesInARun denies a step's Pod with a code that is not 403: the step is Rejected, in the policy's words.
func TestPolicyDeniesInARun(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	const policy = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: %[1]s}
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %[1]s}}
    objectSelector: {matchExpressions: [{key: stepherd.dev/step, operator: Exists}]}
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations: [{expression: "false", message: "no steps on Sundays", reason: RequestEntityTooLarge}]
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
	awaitDenial(t, ns, "no steps on Sundays")
	run := ns.Submit(t, harness.Pipeline("denied", oneStep), "--no-check")
	if got := ns.Wait(t, run); got.Code != 1 {
		t.Errorf("wait: exit code %d, want 1\n%s", got.Code, got.Stderr)
	}
	step := harness.Step(t, ns.Get(t, run), "a")
	if step.Reason != v1alpha1.ReasonRejected || !strings.Contains(step.Message, "no steps on Sundays") {
		t.Errorf("the step is %s: %s", step.Reason, step.Message)
	}
}
