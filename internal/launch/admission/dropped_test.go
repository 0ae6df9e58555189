package admission_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/launch/admission"
)

// TestDropped: what the server leaves out is named; what it fills in, adds or changes is not.
func TestDropped(t *testing.T) {
	for _, tt := range []struct{ name, sent, answered, want string }{
		{"the same", `{spec: {nodeSelector: {a: b}}}`, `{spec: {nodeSelector: {a: b}}}`, ""},
		{"defaults", `{spec: {containers: [{name: main}]}}`, `{spec: {dnsPolicy: ClusterFirst, containers: [{name: main, imagePullPolicy: Always}]}}`, ""},
		{"a field", `{spec: {schedulingGroup: {podGroupName: g}, nodeSelector: {a: b}}}`, `{spec: {nodeSelector: {a: b}}}`, "spec.schedulingGroup"},
		{"a part of a field", `{spec: {containers: [{name: main, resources: {claims: [{name: gpu}], limits: {cpu: 1}}}]}}`, `{spec: {containers: [{name: main, resources: {limits: {cpu: 1}}}]}}`, "spec.containers[main].resources.claims"},
		{"a field that is false", `{spec: {hostUsers: false}}`, `{spec: {}}`, "spec.hostUsers"},
		{"a field that says nothing", `{spec: {securityContext: {}, nodeSelector: {}}}`, `{spec: {}}`, ""},
		{"another value", `{spec: {containers: [{name: main, image: a}], priorityClassName: x}}`, `{spec: {containers: [{name: main, image: mirror/a}], priorityClassName: y}}`, ""},
		{"another form of an amount", `{spec: {containers: [{name: main, resources: {requests: {cpu: 1000m}}}]}}`, `{spec: {containers: [{name: main, resources: {requests: {cpu: "1"}}}]}}`, ""},
		{"a container that was added in front", `{spec: {containers: [{name: main, workingDir: /x}]}}`, `{spec: {containers: [{name: proxy}, {name: main, workingDir: /x}]}}`, ""},
		{"a container that is gone", `{spec: {containers: [{name: main}, {name: side}]}}`, `{spec: {containers: [{name: main}]}}`, "spec.containers[side]"},
		{"a toleration that was added", `{spec: {tolerations: [{key: a, operator: Exists}]}}`, `{spec: {tolerations: [{key: z}, {key: a, operator: Exists}]}}`, ""},
		{"a toleration that is gone", `{spec: {tolerations: [{key: a, operator: Exists}, {key: b, operator: Exists}]}}`, `{spec: {tolerations: [{key: b, operator: Exists}]}}`, "spec.tolerations[0]"},
		{"a port of two protocols", `{spec: {containers: [{name: main, ports: [{containerPort: 53, protocol: TCP}, {containerPort: 53, protocol: UDP, hostIP: 1.2.3.4}]}]}}`,
			`{spec: {containers: [{name: main, ports: [{containerPort: 53, protocol: TCP}, {containerPort: 53, protocol: UDP, hostIP: 1.2.3.4}]}]}}`, ""},
		{"two mounts of one volume", `{spec: {containers: [{name: main, volumeMounts: [{name: v, mountPath: /a, recursiveReadOnly: Enabled}, {name: v, mountPath: /b}]}]}}`,
			`{spec: {containers: [{name: main, volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /b}, {name: token, mountPath: /c}]}]}}`, "spec.containers[main].volumeMounts[/a].recursiveReadOnly"},
		{"a label", `{metadata: {labels: {example.com/a: b}}}`, `{metadata: {labels: {c: d}}}`, "metadata.labels[example.com/a]"},
		{"what only the server writes", `{metadata: {name: a, generateName: x}, status: {phase: Running}}`, `{metadata: {name: b}}`, ""},
		{"args", `{spec: {containers: [{name: main, args: [a, b]}]}}`, `{spec: {containers: [{name: main, args: [c]}]}}`, ""},
		{"no args", `{spec: {containers: [{name: main, args: [a, b]}]}}`, `{spec: {containers: [{name: main}]}}`, "spec.containers[main].args"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sent, answered := parse[corev1.Pod](t, tt.sent), parse[corev1.Pod](t, tt.answered)
			got, err := admission.Dropped(&sent, &answered)
			if err != nil || strings.Join(got, ", ") != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}
