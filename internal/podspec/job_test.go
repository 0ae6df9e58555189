package podspec

import (
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func mustDriverJob(t *testing.T, d v1alpha1.Driver, o JobOptions) *batchv1.Job {
	t.Helper()
	p := onePipeline(v1alpha1.Settings{})
	p.Driver = d
	o.DefaultDriverImage = goldenImage
	job, err := DriverJob(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func TestDriverImageAndAccount(t *testing.T) {
	said := v1alpha1.Driver{Image: "pipeline", ServiceAccountName: "pipeline"}
	for _, row := range []struct {
		name    string
		driver  v1alpha1.Driver
		options JobOptions
		image   string
		account string
	}{
		{"nobody says", v1alpha1.Driver{}, JobOptions{}, goldenImage, "stepherd-driver"},
		{"the pipeline says", said, JobOptions{}, "pipeline", "pipeline"},
		{"the launcher says", said, JobOptions{DriverImage: "flag", ServiceAccount: "flag"}, "flag", "flag"},
		{
			"podSettings do not", v1alpha1.Driver{PodSettings: v1alpha1.PodSettings(`{"serviceAccountName":"x","serviceAccount":"x"}`)},
			JobOptions{}, goldenImage, "stepherd-driver",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			spec := mustDriverJob(t, row.driver, row.options).Spec.Template.Spec
			if got := spec.Containers[0].Image; got != row.image {
				t.Errorf("image: got %s, want %s", got, row.image)
			}
			if got := spec.ServiceAccountName; got != row.account || spec.DeprecatedServiceAccount != "" {
				t.Errorf("service account: got %s and %q, want %s", got, spec.DeprecatedServiceAccount, row.account)
			}
		})
	}
}

func TestDriverJobErrors(t *testing.T) {
	large := onePipeline(v1alpha1.Settings{})
	large.Driver.Annotations = map[string]string{"note": strings.Repeat("x", 256<<10)}
	unmerged := onePipeline(v1alpha1.Settings{})
	unmerged.Driver.PodSettings = v1alpha1.PodSettings(`{"containers":[{"image":"x"}]}`)
	timeout := v1alpha1.Duration(time.Hour)
	timed := onePipeline(podSettings(`{"terminationGracePeriodSeconds":"x"}`))
	timed.Timeout = &timeout
	for _, row := range []struct {
		name     string
		pipeline *v1alpha1.Pipeline
		options  JobOptions
		want     string
	}{
		{"a step's podSettings", timed, JobOptions{DriverImage: "x"}, "step work: podSettings do not fit a PodSpec"},
		{"no image", onePipeline(v1alpha1.Settings{}), JobOptions{}, "driver of pipeline p: no image is known"},
		{"annotations too large", large, JobOptions{DriverImage: "x"}, "driver of pipeline p: the plan and driver.annotations together"},
		{"podSettings", unmerged, JobOptions{DriverImage: "x"}, "driver of pipeline p: podSettings do not merge"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := DriverJob(row.pipeline, row.options)
			if err == nil || !strings.HasPrefix(err.Error(), row.want) {
				t.Errorf("got %v, want %s...", err, row.want)
			}
		})
	}
}

// TestDriverPodSettingsCannotChangeTheContract leaves out the plan, which holds the settings themselves.
func TestDriverPodSettingsCannotChangeTheContract(t *testing.T) {
	plain := mustDriverJob(t, v1alpha1.Driver{}, JobOptions{})
	labels := map[string]string{"job-name": "x", "batch.kubernetes.io/controller-uid": "x", "stepherd.dev/run": "x"}
	for key := range plain.Spec.Template.Labels {
		labels[key] = "x"
	}
	annotations := map[string]string{"stepherd.dev/cancel": "x"}
	for key := range plain.Spec.Template.Annotations {
		annotations[key] = "x"
	}
	for _, row := range []struct {
		name   string
		driver v1alpha1.Driver
	}{
		{"labels", v1alpha1.Driver{Labels: labels}},
		{"annotations", v1alpha1.Driver{Annotations: annotations}},
		{"restartPolicy", v1alpha1.Driver{PodSettings: v1alpha1.PodSettings(`{"restartPolicy":"OnFailure"}`)}},
		{"activeDeadlineSeconds", v1alpha1.Driver{PodSettings: v1alpha1.PodSettings(`{"activeDeadlineSeconds":1}`)}},
		{"containers away", v1alpha1.Driver{PodSettings: v1alpha1.PodSettings(`{"containers":null,"volumes":null}`)}},
		{"command", v1alpha1.Driver{PodSettings: v1alpha1.PodSettings(`{"containers":[{"name":"driver","command":["sh"],"args":["-c"],"image":"x"}]}`)}},
		{"variables", v1alpha1.Driver{PodSettings: v1alpha1.PodSettings(`{"containers":[{"name":"driver","env":[{"name":"STEPHERD_RUN","value":"x"}]}]}`)}},
		{"plan", v1alpha1.Driver{PodSettings: v1alpha1.PodSettings(`{"volumes":[{"name":"stepherd-plan","emptyDir":{}}],"containers":[{"name":"driver","volumeMounts":[{"name":"other","mountPath":"/etc/stepherd/"}]}]}`)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := mustDriverJob(t, row.driver, JobOptions{})
			for _, job := range []*batchv1.Job{got, plain} {
				delete(job.Spec.Template.Annotations, v1alpha1.AnnotationPlan)
			}
			if !equality.Semantic.DeepEqual(got, plain) {
				t.Error(firstDifference(toYAML(t, got), toYAML(t, plain)))
			}
		})
	}
}

func TestDriverKeepsItsTolerations(t *testing.T) {
	d := v1alpha1.Driver{PodSettings: v1alpha1.PodSettings(`{"tolerations":[{"key":"pool","operator":"Exists"}]}`)}
	var keys []string
	for _, toleration := range mustDriverJob(t, d, JobOptions{}).Spec.Template.Spec.Tolerations {
		keys = append(keys, toleration.Key)
	}
	if want := []string{"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "pool"}; !slices.Equal(keys, want) {
		t.Errorf("got %v, want %v", keys, want)
	}
}

func TestDriverResources(t *testing.T) {
	quantity := func(s string) *resource.Quantity { q := resource.MustParse(s); return &q }
	list := func(name corev1.ResourceName, s string) corev1.ResourceList {
		return corev1.ResourceList{name: *quantity(s)}
	}
	for _, row := range []struct {
		name string
		user *v1alpha1.Resources
		want string
		goMB string
	}{
		{"none", nil, `{"limits":{"memory":"128Mi"},"requests":{"cpu":"100m","memory":"128Mi"}}`, "115MiB"},
		{"memory", &v1alpha1.Resources{Memory: quantity("1Gi")}, `{"limits":{"memory":"1Gi"},"requests":{"cpu":"100m","memory":"1Gi"}}`, "921MiB"},
		{"cpu", &v1alpha1.Resources{CPU: quantity("1")}, `{"limits":{"memory":"128Mi"},"requests":{"cpu":"1","memory":"128Mi"}}`, "115MiB"},
		{"limit alone", &v1alpha1.Resources{Limits: list("memory", "64Mi")}, `{"limits":{"memory":"64Mi"},"requests":{"cpu":"100m"}}`, "57MiB"},
		{"request alone", &v1alpha1.Resources{Requests: list("memory", "64Mi")}, `{"requests":{"cpu":"100m","memory":"64Mi"}}`, ""},
		{"a limit of nothing", &v1alpha1.Resources{Memory: quantity("1")}, `{"limits":{"memory":"1"},"requests":{"cpu":"100m","memory":"1"}}`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			driver := mustDriverJob(t, v1alpha1.Driver{Resources: row.user}, JobOptions{}).Spec.Template.Spec.Containers[0]
			if got := toJSON(driver.Resources); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
			if got := valueOf(driver.Env, goMemoryLimit); got != row.goMB {
				t.Errorf("GOMEMLIMIT: got %q, want %q", got, row.goMB)
			}
		})
	}
}

func TestUsersMemoryLimitForGoStands(t *testing.T) {
	d := v1alpha1.Driver{PodSettings: v1alpha1.PodSettings(`{"containers":[{"name":"driver","env":[{"name":"GOMEMLIMIT","value":"off"}]}]}`)}
	var got []string
	for _, v := range mustDriverJob(t, d, JobOptions{}).Spec.Template.Spec.Containers[0].Env {
		if v.Name == goMemoryLimit {
			got = append(got, v.Value)
		}
	}
	if !slices.Equal(got, []string{"off"}) {
		t.Errorf("got %q, want off and nothing else", got)
	}
}

func valueOf(env []corev1.EnvVar, name string) string {
	for _, v := range env {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// TestParametersOfJob: lists of runs read no plans, so that the Job's metadata has the values unless they are long.
func TestParametersOfJob(t *testing.T) {
	for name, tt := range map[string]struct {
		values map[string]v1alpha1.Value
		want   string
	}{
		"none":  {nil, ""},
		"short": {map[string]v1alpha1.Value{"b": v1alpha1.Value(`"<x>"`), "a": v1alpha1.Value(`3`)}, `{"a":3,"b":"<x>"}`},
		"long":  {map[string]v1alpha1.Value{"a": v1alpha1.Value(`"` + strings.Repeat("x", maxParameters) + `"`)}, ""},
	} {
		p := onePipeline(v1alpha1.Settings{})
		p.Arguments = tt.values
		job, err := DriverJob(p, JobOptions{DriverImage: goldenImage})
		if err != nil {
			t.Fatal(err)
		}
		if got := job.Annotations[v1alpha1.AnnotationParameters]; got != tt.want {
			t.Errorf("%s: got %s", name, got)
		}
	}
}
