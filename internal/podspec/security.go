package podspec

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// secure applies a security profile to the Pod and to each of its containers, wherever the user's podSettings say
// nothing. Seccomp and runAsNonRoot stand on the Pod and hold for all containers; allowPrivilegeEscalation and
// capabilities exist on containers only. See the Pod Security Standards:
// https://kubernetes.io/docs/concepts/security/pod-security-standards/
func secure(spec *corev1.PodSpec, profile v1alpha1.Security) {
	if profile == v1alpha1.SecurityPrivileged {
		makePrivileged(&spec.Containers[0])
		return
	}
	restricted := profile == v1alpha1.SecurityRestricted
	securePod(spec, restricted)
	if onWindows(spec) {
		return
	}
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			secureContainer(&containers[i], restricted)
		}
	}
}

func makePrivileged(main *corev1.Container) {
	if main.SecurityContext == nil {
		main.SecurityContext = &corev1.SecurityContext{}
	}
	if main.SecurityContext.Privileged == nil {
		yes := true
		main.SecurityContext.Privileged = &yes
	}
}

func securePod(spec *corev1.PodSpec, restricted bool) {
	if spec.SecurityContext == nil {
		spec.SecurityContext = &corev1.PodSecurityContext{}
	}
	sc := spec.SecurityContext
	if sc.SeccompProfile == nil && !onWindows(spec) {
		sc.SeccompProfile = &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}
	}
	if restricted && sc.RunAsNonRoot == nil {
		yes := true
		sc.RunAsNonRoot = &yes
	}
}

func secureContainer(c *corev1.Container, restricted bool) {
	if c.SecurityContext == nil {
		c.SecurityContext = &corev1.SecurityContext{}
	}
	sc := c.SecurityContext
	if sc.AllowPrivilegeEscalation == nil && mayDenyEscalation(sc) {
		no := false
		sc.AllowPrivilegeEscalation = &no
	}
	if !restricted {
		return
	}
	if sc.Capabilities == nil {
		sc.Capabilities = &corev1.Capabilities{}
	}
	if sc.Capabilities.Drop == nil {
		sc.Capabilities.Drop = []corev1.Capability{"ALL"}
	}
}

// mayDenyEscalation is false where the API server refuses allowPrivilegeEscalation: false, because the user's podSettings
// ask for the contrary (ValidateSecurityContext in k8s.io/kubernetes/pkg/apis/core/validation).
func mayDenyEscalation(sc *corev1.SecurityContext) bool {
	if sc.Privileged != nil && *sc.Privileged {
		return false
	}
	return sc.Capabilities == nil || !slices.Contains(sc.Capabilities.Add, "CAP_SYS_ADMIN")
}

// onWindows: there the API server refuses the fields that only Linux has.
func onWindows(spec *corev1.PodSpec) bool { return spec.OS != nil && spec.OS.Name == corev1.Windows }
