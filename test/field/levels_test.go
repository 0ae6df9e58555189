//go:build e2e

package field

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/test/harness"
)

// TestLevels lays a step's settings over the pipeline's on a real cluster: the API server takes what comes out, and the
// step's program finds what its author meant.
func TestLevels(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	const text = `apiVersion: stepherd.dev/v1alpha1
kind: Pipeline
metadata: {name: levels}
settings:
  image: docker.io/library/busybox:latest
  imagePullPolicy: IfNotPresent
  env: [{name: BASE, value: /data}]
  resources: {memory: 64Mi}
  podSettings:
    volumes: [{name: work, emptyDir: {}}]
    containers:
      - name: main
        volumeMounts: [{name: work, mountPath: /data}]
        startupProbe: {exec: {command: ["false"]}}
        ports: [{containerPort: 53}]
steps:
  - name: a
    command: [sh, -c, 'echo "in $IN"; echo "file $(cat /data/pod)"; echo "run $STEPHERD_RUN $STEPHERD_RUN_UID $STEPHERD_PIPELINE $STEPHERD_STEP $STEPHERD_ATTEMPT"; sleep 3']
    settings:
      resources: {requests: {memory: 96Mi}}
      podSettings:
        volumes: [{name: work, downwardAPI: {items: [{path: pod, fieldRef: {fieldPath: metadata.name}}]}}]
        containers:
          - name: main
            env: [{name: IN, value: "$(BASE)/in"}]
            startupProbe: {tcpSocket: {port: 1}, failureThreshold: 100}
            ports: [{containerPort: 53, protocol: UDP}]
`
	got := ns.Follow(t, text, 0)
	run := ns.OnlyRun(t)
	r := ns.Get(t, run)
	pod := harness.Step(t, r, "a").Attempts[0].Pod
	harness.MustContain(t, "stdout", got.Stdout, "a | in /data/in\n", "a | file "+pod+"\n", fmt.Sprintf("a | run %s %s levels a 1\n", run, r.Metadata.UID))

	var created corev1.Pod
	if err := json.Unmarshal([]byte(harness.Kubectl(t, "", "get", "pod", pod, "-n", ns.Name, "-o", "json")), &created); err != nil {
		t.Fatal(err)
	}
	main := created.Spec.Containers[0]
	if request, limit := main.Resources.Requests.Memory(), main.Resources.Limits.Memory(); request.String() != "96Mi" || !limit.IsZero() {
		t.Errorf("memory: request %s, limit %s, want 96Mi and none", request, limit)
	}
	if main.StartupProbe.Exec != nil || main.StartupProbe.TCPSocket == nil || len(main.Ports) != 2 {
		t.Errorf("probe %+v, ports %+v, want the step's probe alone and both ports", main.StartupProbe, main.Ports)
	}
	for _, key := range []string{"cluster-autoscaler.kubernetes.io/safe-to-evict", "karpenter.sh/do-not-disrupt"} {
		if created.Annotations[key] == "" {
			t.Errorf("annotation %s is missing: %v", key, created.Annotations)
		}
	}
	if env := main.Env; !strings.HasPrefix(env[0].Name, "STEPHERD_") {
		t.Errorf("env begins with %s", env[0].Name)
	}
}
