package podspec

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// TestDriverPod is the Pod that the Job controller would make: the template's, with the labels that it adds.
func TestDriverPod(t *testing.T) {
	for _, run := range []string{"r", strings.Repeat("x", 63)} {
		job := mustDriverJob(t, v1alpha1.Driver{Labels: map[string]string{"team": "a"}}, JobOptions{Run: run, Namespace: "ml"})
		pod := DriverPod(job, "uid")
		if bad := validation.IsDNS1123Label(pod.Name); len(bad) > 0 || !strings.HasPrefix(pod.Name, run[:min(57, len(run))]) || pod.Namespace != "ml" {
			t.Errorf("%q in %q: %v", pod.Name, pod.Namespace, bad)
		}
		for key, want := range map[string]string{"team": "a", v1alpha1.LabelJobName: run, v1alpha1.LabelControllerUID: "uid", v1alpha1.LabelComponent: v1alpha1.ComponentDriver} {
			if got := pod.Labels[key]; got != want {
				t.Errorf("label %s is %q, want %q", key, got, want)
			}
		}
		if pod.Annotations[v1alpha1.AnnotationPlan] == "" || pod.Spec.Containers[0].Name != v1alpha1.DriverContainer {
			t.Error("it is not the template's")
		}
		if owners := pod.OwnerReferences; len(owners) != 1 || owners[0].Kind != "Job" || *owners[0].Controller {
			t.Errorf("owners %+v", owners)
		}
		pod.Labels["team"], pod.Spec.Containers[0].Name = "b", "x"
		if job.Spec.Template.Labels["team"] != "a" || job.Spec.Template.Labels["job-name"] != "" || job.Spec.Template.Spec.Containers[0].Name != v1alpha1.DriverContainer {
			t.Error("the Job has changed")
		}
	}
}

// TestDriverLogLevel: the pipeline's level is in the driver's environment, over what podSettings say there; without it, theirs stands.
func TestDriverLogLevel(t *testing.T) {
	settings := v1alpha1.PodSettings(`{"containers": [{"name": "driver", "env": [{"name": "STEPHERD_LOG_LEVEL", "value": "warn"}]}]}`)
	for _, row := range []struct {
		name   string
		driver v1alpha1.Driver
		want   string
	}{
		{"unset", v1alpha1.Driver{}, ""},
		{"set", v1alpha1.Driver{LogLevel: v1alpha1.LogDebug}, "debug"},
		{"in podSettings", v1alpha1.Driver{PodSettings: settings}, "warn"},
		{"set over podSettings", v1alpha1.Driver{LogLevel: v1alpha1.LogError, PodSettings: settings}, "error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			for _, e := range mustDriverJob(t, row.driver, JobOptions{Run: "r"}).Spec.Template.Spec.Containers[0].Env {
				if e.Name == EnvLogLevel {
					got = append(got, e.Value)
				}
			}
			if strings.Join(got, " ") != row.want {
				t.Errorf("got %v, want %q", got, row.want)
			}
		})
	}
}
