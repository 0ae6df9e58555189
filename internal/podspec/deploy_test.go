package podspec

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/yaml"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

var deployDir = filepath.Join("..", "..", "deploy")

const generatedBy = "# Written by `go test ./internal/podspec -update` from internal/podspec/rbac.go; `launcher rbac` prints the same.\n"

// deployFiles are the manifests that kustomization.yaml lists, in its order.
func deployFiles() []struct {
	file string
	obj  any
} {
	return []struct {
		file string
		obj  any
	}{
		{"serviceaccount.yaml", DriverServiceAccount("")},
		{"role-driver.yaml", DriverRole("")},
		{"rolebinding-driver.yaml", DriverRoleBinding("")},
		{"role-user.yaml", UserRole("")},
	}
}

func TestDeployIsWhatTheFunctionsGive(t *testing.T) {
	for _, d := range deployFiles() {
		compareGolden(t, filepath.Join(deployDir, d.file), generatedBy+toYAML(t, d.obj))
	}
}

func TestKustomizationListsAllOfIt(t *testing.T) {
	var kustomization struct {
		Resources []string `json:"resources"`
	}
	data, err := os.ReadFile(filepath.Join(deployDir, "kustomization.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &kustomization); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, d := range deployFiles() {
		want = append(want, d.file)
	}
	if !slices.Equal(kustomization.Resources, want) {
		t.Errorf("got %v, want %v", kustomization.Resources, want)
	}
}

func TestExampleBindingNamesTheUserRole(t *testing.T) {
	binding := &rbacv1.RoleBinding{}
	readStrictly(t, filepath.Join(deployDir, "rolebinding-user.yaml.example"), binding)
	want := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: UserRoleName}
	if binding.RoleRef != want {
		t.Errorf("got %+v, want %+v", binding.RoleRef, want)
	}
}

// TestCronJobIsWhatSubmitCreates compares as objects: the manifest is written by hand, for people.
func TestCronJobIsWhatSubmitCreates(t *testing.T) {
	cronJob := &batchv1.CronJob{}
	readStrictly(t, filepath.Join(deployDir, "cronjob.yaml"), cronJob)
	got := &cronJob.Spec.JobTemplate
	p, err := DecodePlan([]byte(got.Spec.Template.Annotations[v1alpha1.AnnotationPlan]))
	if err != nil {
		t.Fatal(err)
	}
	job, err := DriverJob(p, JobOptions{DefaultDriverImage: DefaultDriverImageRepository + ":v0.1.0"})
	if err != nil {
		t.Fatal(err)
	}
	want := &batchv1.JobTemplateSpec{ObjectMeta: job.ObjectMeta, Spec: job.Spec}
	// The plan is the same pipeline in another spelling.
	want.Spec.Template.Annotations[v1alpha1.AnnotationPlan] = got.Spec.Template.Annotations[v1alpha1.AnnotationPlan]
	if !equality.Semantic.DeepEqual(got, want) {
		t.Error(firstDifference(toYAML(t, got), toYAML(t, want)))
	}
	if p.Metadata.Name != cronJob.Name || cronJob.Labels[v1alpha1.LabelPipeline] != cronJob.Name {
		t.Errorf("names differ: CronJob %s, label %s, pipeline %s", cronJob.Name, cronJob.Labels[v1alpha1.LabelPipeline], p.Metadata.Name)
	}
}
