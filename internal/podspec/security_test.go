package podspec

import (
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func TestSecure(t *testing.T) {
	const (
		seccomp    = `{"seccompProfile":{"type":"RuntimeDefault"}}`
		noEscalate = `{"allowPrivilegeEscalation":false}`
	)
	main := func(securityContext string) string {
		return `{"containers":[{"name":"main","securityContext":` + securityContext + `}]}`
	}
	for _, row := range []struct {
		name      string
		profile   v1alpha1.Security
		settings  string
		pod       string
		container string
	}{
		{"default", "", ``, seccomp, noEscalate},
		{"baseline", v1alpha1.SecurityBaseline, ``, seccomp, noEscalate},
		{
			"restricted", v1alpha1.SecurityRestricted, ``, `{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}`,
			`{"capabilities":{"drop":["ALL"]},"allowPrivilegeEscalation":false}`,
		},
		{"privileged", v1alpha1.SecurityPrivileged, ``, `null`, `{"privileged":true}`},
		{
			"the user adds to it", v1alpha1.SecurityBaseline, main(`{"runAsUser":7}`), seccomp,
			`{"runAsUser":7,"allowPrivilegeEscalation":false}`,
		},
		{
			"the user's word wins", v1alpha1.SecurityRestricted,
			`{"securityContext":{"runAsNonRoot":false,"seccompProfile":{"type":"Unconfined"}},"containers":[{"name":"main","securityContext":{"allowPrivilegeEscalation":true,"capabilities":{"drop":["NET_RAW"]}}}]}`,
			`{"runAsNonRoot":false,"seccompProfile":{"type":"Unconfined"}}`,
			`{"capabilities":{"drop":["NET_RAW"]},"allowPrivilegeEscalation":true}`,
		},
		{"privileged by podSettings", v1alpha1.SecurityBaseline, main(`{"privileged":true}`), seccomp, `{"privileged":true}`},
		{
			"all but root by podSettings", v1alpha1.SecurityBaseline, main(`{"capabilities":{"add":["CAP_SYS_ADMIN"]}}`), seccomp,
			`{"capabilities":{"add":["CAP_SYS_ADMIN"]}}`,
		},
		{
			"a capability under restricted", v1alpha1.SecurityRestricted, main(`{"capabilities":{"add":["NET_BIND_SERVICE"]}}`),
			`{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}`,
			`{"capabilities":{"add":["NET_BIND_SERVICE"],"drop":["ALL"]},"allowPrivilegeEscalation":false}`,
		},
		{"windows", v1alpha1.SecurityRestricted, `{"os":{"name":"windows"}}`, `{"runAsNonRoot":true}`, `null`},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := podSettings(row.settings)
			s.Security = row.profile
			spec := mustStepPod(t, s).Spec
			if got := toJSON(spec.SecurityContext); got != row.pod {
				t.Errorf("pod: got %s, want %s", got, row.pod)
			}
			if got := toJSON(spec.Containers[0].SecurityContext); got != row.container {
				t.Errorf("main: got %s, want %s", got, row.container)
			}
		})
	}
}
