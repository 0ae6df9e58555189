package podspec

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestLostNodes names the taints for which a step Pod gets our toleration beside its user's.
func TestLostNodes(t *testing.T) {
	const notReady, unreachable = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
	for _, row := range []struct {
		name  string
		users string
		want  []string
	}{
		{"nothing of the user's", ``, []string{notReady, unreachable}},
		{"another key", `{"key":"pool","operator":"Exists"}`, []string{notReady, unreachable}},
		{"every taint", `{"operator":"Exists"}`, nil},
		{"every taint for a while", `{"operator":"Exists","tolerationSeconds":600,"effect":"NoExecute"}`, nil},
		{"every taint of another effect", `{"operator":"Exists","effect":"NoSchedule"}`, []string{notReady, unreachable}},
		{"one of them", `{"key":"` + notReady + `","operator":"Exists","effect":"NoExecute","tolerationSeconds":0}`, []string{unreachable}},
		{"the other, any effect", `{"key":"` + unreachable + `","operator":"Exists"}`, []string{notReady}},
		{"one of them, another effect", `{"key":"` + notReady + `","operator":"Exists","effect":"PreferNoSchedule"}`, []string{notReady, unreachable}},
		{"equal to no value", `{"key":"` + notReady + `","operator":"Equal","effect":"NoExecute"}`, []string{unreachable}},
		{"equal to no value, by default", `{"key":"` + notReady + `"}`, []string{unreachable}},
		{"equal to a value that the taint does not have", `{"key":"` + notReady + `","value":"x"}`, []string{notReady, unreachable}},
		{"a comparison", `{"key":"` + notReady + `","operator":"Gt","value":"1"}`, []string{notReady, unreachable}},
		{"both", `{"key":"` + notReady + `","operator":"Exists"},{"key":"` + unreachable + `","operator":"Exists"}`, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			tolerations := mustStepPod(t, podSettings(`{"tolerations":[`+row.users+`]}`)).Spec.Tolerations
			var got []string
			for _, o := range tolerations {
				if o.TolerationSeconds != nil && *o.TolerationSeconds == 60 && o.Operator == corev1.TolerationOpExists && o.Effect == corev1.TaintEffectNoExecute {
					got = append(got, o.Key)
				}
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("got %v of %s, want %v", got, toJSON(tolerations), row.want)
			}
		})
	}
}
