//go:build e2e

package field

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/test/harness"
)

// stepPods selects the Pods of steps, not the driver's.
const stepPods = "objectSelector: {matchExpressions: [{key: stepherd.dev/step, operator: Exists}]}"

// nobody is the clientConfig of a webhook that is away.
func nobody(ns harness.Namespace) string {
	return fmt.Sprintf("{service: {namespace: %s, name: nobody, path: /}}", ns.Name)
}

// installWebhook lets a webhook decide on Pods of the namespace: on all, or on those that selector (a field of the webhook) selects.
// remove takes it away before the test ends.
func installWebhook(t *testing.T, ns harness.Namespace, name, clientConfig, selector string) (remove func()) {
	t.Helper()
	remove = func() {
		harness.Kubectl(t, "", "delete", "validatingwebhookconfiguration", ns.Name, "--ignore-not-found")
	}
	t.Cleanup(remove)
	harness.Kubectl(t, fmt.Sprintf(`
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: %[1]s}
webhooks:
  - name: %[2]s
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    timeoutSeconds: 2
    clientConfig: %[3]s
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %[1]s}}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    %[4]s
`, ns.Name, name, clientConfig, selector), "apply", "-f", "-")
	return remove
}

// awaitDenial waits until a dry-run of a step's Pod is denied in those words: the API server learns of a configuration a moment later.
func awaitDenial(t *testing.T, ns harness.Namespace, words string) {
	t.Helper()
	const pod = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"probe","labels":{"stepherd.dev/step":"probe"}},` +
		`"spec":{"containers":[{"name":"main","image":"none.example/none:1"}]}}`
	harness.Eventually(t, "step Pods are denied: "+words, func() bool {
		got := harness.Command(t, nil, pod, harness.Bin("localcluster"), "kubectl", "--name", *harness.ClusterName, "--",
			"create", "-n", ns.Name, "--dry-run=server", "-f", "-")
		return strings.Contains(got.Stderr, words)
	})
}
