package podspec

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// Injected is a container that an admission webhook has added to the driver's Pod.
type Injected struct {
	Name string
	// By is who adds containers of that name, as "Istio"; empty where it is not known.
	By string
	// Holds reports whether the Pod, and so its Job, does not end before the container has ended. An init container and a
	// native sidecar (an init container with restartPolicy Always, which the kubelet ends) hold nothing.
	Holds bool
	// OptOut is the line of the pipeline that keeps the container out, as `driver: {annotations: {dapr.io/enabled: "false"}}`.
	// It is empty where none is known, and where the Pod has that label or annotation already.
	OptOut string
	// Quits reports whether the container ends when a driver with the default of driver.quit asks it to.
	Quits bool
}

// InjectedContainers are the containers of a Pod as the API server returned it, from a create or a dry-run of one, that the
// intended Pod has not: those that hold the Pod first, each group in the Pod's order.
func InjectedContainers(intended, returned *corev1.Pod) []Injected {
	ours := map[string]bool{}
	for _, list := range [][]corev1.Container{intended.Spec.Containers, intended.Spec.InitContainers} {
		for i := range list {
			ours[list[i].Name] = true
		}
	}
	var out []Injected
	add := func(list []corev1.Container, holds bool) {
		for i := range list {
			if name := list[i].Name; !ours[name] {
				one := injected(name, intended)
				one.Holds = holds
				out = append(out, one)
			}
		}
	}
	add(returned.Spec.Containers, true)
	add(returned.Spec.InitContainers, false)
	return out
}

func injected(name string, intended *corev1.Pod) Injected {
	by, known := injectors[name]
	if !known {
		return Injected{Name: name}
	}
	optOut := by.optOut
	if optOut.on(intended) {
		return Injected{Name: name, By: by.name, Quits: by.quits}
	}
	return Injected{Name: name, By: by.name, Quits: by.quits, OptOut: optOut.line()}
}

// optOut is a label or an annotation of a Pod that keeps a webhook from adding containers to it.
type optOut struct{ label, annotation, value string }

func (o optOut) on(pod *corev1.Pod) bool {
	if o.label != "" {
		return pod.Labels[o.label] == o.value
	}
	return pod.Annotations[o.annotation] == o.value
}

// line is the opt-out as a line of a pipeline. YAML reads a bare false as no text.
func (o optOut) line() string {
	kind, value := "annotations", o.value
	if o.label != "" {
		kind = "labels"
	}
	if value == "false" {
		value = `"false"`
	}
	return fmt.Sprintf("driver: {%s: {%s: %s}}", kind, cmp.Or(o.label, o.annotation), value)
}

// The opt-outs of service meshes, which every driver's Pod has: it needs no mesh, and a proxy that does not end keeps the Job
// from ending.
var (
	// Istio goes by the label; before 1.9 by the annotation, which is on the Pod, too.
	optOutIstio   = optOut{label: "sidecar.istio.io/inject", value: "false"}
	optOutLinkerd = optOut{annotation: "linkerd.io/inject", value: "disabled"}
	optOutKuma    = optOut{label: "kuma.io/sidecar-injection", value: "disabled"}
	optOutConsul  = optOut{annotation: "consul.hashicorp.com/connect-inject", value: "false"}
	optOutAppMesh = optOut{annotation: "appmesh.k8s.aws/sidecarInjectorWebhook", value: "disabled"}
)

// meshOptOuts are the opt-outs that every driver's Pod has.
var meshOptOuts = []optOut{
	optOutIstio, {annotation: "sidecar.istio.io/inject", value: "false"}, optOutLinkerd, optOutKuma, optOutConsul, optOutAppMesh,
}

func optOutOfMeshes(labels, annotations map[string]string) {
	for _, o := range meshOptOuts {
		if o.label != "" {
			labels[o.label] = o.value
		} else {
			annotations[o.annotation] = o.value
		}
	}
}

// injector is who adds a container.
type injector struct {
	name string
	optOut
	quits bool
}

var (
	istio   = injector{name: "Istio", optOut: optOutIstio, quits: true}
	linkerd = injector{name: "Linkerd", optOut: optOutLinkerd, quits: true}
	kuma    = injector{name: "Kuma", optOut: optOutKuma}
	consul  = injector{name: "Consul", optOut: optOutConsul}
	appMesh = injector{name: "App Mesh", optOut: optOutAppMesh}
	// Vault's agent comes only to Pods that ask for it, or for which a policy of the cluster does: the driver's Pod does not
	// opt out by itself, so that driver.annotations may ask for it.
	vault         = injector{name: "Vault", optOut: optOut{annotation: "vault.hashicorp.com/agent-inject", value: "false"}}
	dapr          = injector{name: "Dapr", optOut: optOut{annotation: "dapr.io/enabled", value: "false"}}
	openTelemetry = injector{name: "OpenTelemetry", optOut: optOut{annotation: "sidecar.opentelemetry.io/inject", value: "false"}}
	jaeger        = injector{name: "Jaeger", optOut: optOut{annotation: "sidecar.jaegertracing.io/inject", value: "false"}}
	datadog       = injector{name: "Datadog", optOut: optOut{label: "admission.datadoghq.com/enabled", value: "false"}}
	nginxMesh     = injector{name: "NGINX Service Mesh", optOut: optOut{annotation: "injector.nsm.nginx.com/auto-inject", value: "false"}}
	gcsFuse       = injector{name: "Cloud Storage FUSE", optOut: optOut{annotation: "gke-gcsfuse/volumes", value: "false"}}
	azureIdentity = injector{name: "Azure Workload Identity", optOut: optOut{annotation: "azure.workload.identity/inject-proxy-sidecar", value: "false"}}
)

// injectors are those who add containers, by the containers' names.
var injectors = map[string]injector{
	"istio-proxy": istio, "istio-init": istio, "istio-validation": istio,
	"linkerd-proxy": linkerd, "linkerd-init": linkerd, "linkerd-network-validator": linkerd,
	"kuma-sidecar": kuma, "kuma-init": kuma, "kuma-validation": kuma,
	"consul-dataplane": consul, "consul-connect-inject-init": consul, "consul-sidecar": consul, "envoy-sidecar": consul,
	"envoy": appMesh, "proxyinit": appMesh, "xray-daemon": appMesh,
	"vault-agent": vault, "vault-agent-init": vault,
	"daprd":                  dapr,
	"otc-container":          openTelemetry,
	"jaeger-agent":           jaeger,
	"datadog-agent-injected": datadog,
	"nginx-mesh-sidecar":     nginxMesh, "nginx-mesh-init": nginxMesh,
	"gke-gcsfuse-sidecar": gcsFuse,
	"azwi-proxy":          azureIdentity, "azwi-proxy-init": azureIdentity,
}
