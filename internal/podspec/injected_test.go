package podspec

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// driverPod is the driver's Pod as the Job controller would create it.
func driverPod(t *testing.T, d v1alpha1.Driver) *corev1.Pod {
	t.Helper()
	template := mustDriverJob(t, d, JobOptions{}).Spec.Template
	return &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
}

func TestInjectedContainers(t *testing.T) {
	own := v1alpha1.Driver{PodSettings: v1alpha1.PodSettings(`{"containers":[{"name":"mine","image":"x"}],"initContainers":[{"name":"first","image":"x"}]}`)}
	bare := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "driver"}}}}
	always := corev1.ContainerRestartPolicyAlways
	for _, row := range []struct {
		name     string
		intended *corev1.Pod
		regular  []string
		init     []corev1.Container
		want     []Injected
	}{
		{name: "none", intended: driverPod(t, v1alpha1.Driver{})},
		{name: "the user's own", intended: driverPod(t, own)},
		{
			"Istio all the same", driverPod(t, v1alpha1.Driver{}), []string{"istio-proxy"}, []corev1.Container{{Name: "istio-init"}},
			[]Injected{{Name: "istio-proxy", By: "Istio", Holds: true, Quits: true}, {Name: "istio-init", By: "Istio", Quits: true}},
		},
		{
			"a native sidecar", driverPod(t, v1alpha1.Driver{}), nil, []corev1.Container{{Name: "linkerd-proxy", RestartPolicy: &always}},
			[]Injected{{Name: "linkerd-proxy", By: "Linkerd", Quits: true}},
		},
		{
			"Vault", driverPod(t, v1alpha1.Driver{}), []string{"vault-agent"}, []corev1.Container{{Name: "vault-agent-init"}},
			[]Injected{
				{Name: "vault-agent", By: "Vault", Holds: true, OptOut: `driver: {annotations: {vault.hashicorp.com/agent-inject: "false"}}`},
				{Name: "vault-agent-init", By: "Vault", OptOut: `driver: {annotations: {vault.hashicorp.com/agent-inject: "false"}}`},
			},
		},
		{
			"Vault that was told not to", driverPod(t, v1alpha1.Driver{Annotations: map[string]string{"vault.hashicorp.com/agent-inject": "false"}}),
			[]string{"vault-agent"}, nil, []Injected{{Name: "vault-agent", By: "Vault", Holds: true}},
		},
		{"nobody knows", driverPod(t, own), []string{"holder"}, nil, []Injected{{Name: "holder", Holds: true}}},
		{
			"a Pod without opt-outs", bare, []string{"istio-proxy", "linkerd-proxy", "kuma-sidecar", "consul-dataplane", "envoy", "daprd"}, nil,
			[]Injected{
				{Name: "istio-proxy", By: "Istio", Holds: true, Quits: true, OptOut: `driver: {labels: {sidecar.istio.io/inject: "false"}}`},
				{Name: "linkerd-proxy", By: "Linkerd", Holds: true, Quits: true, OptOut: `driver: {annotations: {linkerd.io/inject: disabled}}`},
				{Name: "kuma-sidecar", By: "Kuma", Holds: true, OptOut: `driver: {labels: {kuma.io/sidecar-injection: disabled}}`},
				{Name: "consul-dataplane", By: "Consul", Holds: true, OptOut: `driver: {annotations: {consul.hashicorp.com/connect-inject: "false"}}`},
				{Name: "envoy", By: "App Mesh", Holds: true, OptOut: `driver: {annotations: {appmesh.k8s.aws/sidecarInjectorWebhook: disabled}}`},
				{Name: "daprd", By: "Dapr", Holds: true, OptOut: `driver: {annotations: {dapr.io/enabled: "false"}}`},
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			returned := row.intended.DeepCopy()
			for _, name := range row.regular {
				// Webhooks add in front, too.
				returned.Spec.Containers = append([]corev1.Container{{Name: name}}, returned.Spec.Containers...)
			}
			slices.Reverse(returned.Spec.Containers)
			returned.Spec.InitContainers = append(returned.Spec.InitContainers, row.init...)
			got := InjectedContainers(row.intended, returned)
			sortByName := func(a, b Injected) int { return slices.Index(row.regular, a.Name) - slices.Index(row.regular, b.Name) }
			slices.SortStableFunc(got[:len(row.regular)], sortByName)
			if !slices.Equal(got, row.want) {
				t.Errorf("got  %+v\nwant %+v", got, row.want)
			}
		})
	}
}

// TestOptOutsAreLinesOfAPipeline decodes each line, and sees that a driver's Pod with it is taken for one that has opted out.
func TestOptOutsAreLinesOfAPipeline(t *testing.T) {
	for name, by := range injectors {
		t.Run(name, func(t *testing.T) {
			text := "apiVersion: stepherd.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p}\nsettings: {image: x}\nsteps: [{name: a}]\n"
			p, err := pipelinefile.Decode("p.yaml", []byte(text+by.optOut.line()+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			pod := driverPod(t, p.Driver)
			if !by.optOut.on(pod) {
				t.Errorf("%s does not put it on the Pod: labels %v, annotations %v", by.optOut.line(), pod.Labels, pod.Annotations)
			}
		})
	}
}
