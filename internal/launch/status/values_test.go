package status

import (
	"reflect"
	"testing"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
)

// TestOfValues: parameters come from the Job, results from the record, and that a step stands under finally from the plan.
func TestOfValues(t *testing.T) {
	p := pipeline(t)
	p.Parameters = []v1alpha1.Parameter{{Name: "epochs", Type: v1alpha1.TypeInteger}}
	p.Arguments = map[string]v1alpha1.Value{"epochs": v1alpha1.Value(`3`)}
	p.Finally = []v1alpha1.Step{{Name: "tidy"}}
	job, err := podspec.DriverJob(p, podspec.JobOptions{Run: "chain-1", Namespace: "ml", DefaultDriverImage: "driver:1"})
	if err != nil {
		t.Fatal(err)
	}
	results := map[string]v1alpha1.Value{"x": v1alpha1.Value(`[1]`)}
	k := Snapshot{Job: job, Record: &record.Record{
		Head:  record.Head{Version: record.Version, Phase: v1alpha1.RunRunning, FinallyStartedAt: at(5), Provisional: &record.Verdict{Phase: v1alpha1.RunSucceeded}},
		Steps: []v1alpha1.StepStatus{{Name: "a", Phase: v1alpha1.StepSucceeded, Results: results}},
	}}
	run := Of(k)
	if !reflect.DeepEqual(run.Parameters, p.Arguments) || !reflect.DeepEqual(run.Steps[0].Results, results) || !k.RunsFinally() {
		t.Errorf("got %+v", run)
	}
	if last := run.Steps[len(run.Steps)-1]; len(run.Steps) != 4 || last.Name != "tidy" || !last.Finally || run.Steps[0].Finally {
		t.Errorf("got %+v", run.Steps)
	}
	// A list has the metadata alone.
	if brief := Brief(Snapshot{Job: &batchv1.Job{ObjectMeta: job.ObjectMeta}}); !reflect.DeepEqual(brief.Parameters, p.Arguments) {
		t.Errorf("a list shows %s", brief.Parameters)
	}
	delete(job.Annotations, v1alpha1.AnnotationParameters)
	job.Spec.Template.Annotations[v1alpha1.AnnotationPlan] = `{"apiVersion":"stepherd.dev/v1alpha1","kind":"Pipeline","metadata":{"name":"p"},"settings":{"image":"i"},` +
		`"parameters":[{"name":"epochs","type":"integer"}],"arguments":{"epochs":4},"steps":[{"name":"a"}]}`
	if got := Of(Snapshot{Job: job}).Parameters; string(got["epochs"]) != "4" {
		t.Errorf("from the plan alone: %s", got)
	}
	k.Record.Head.Phase = v1alpha1.RunFailed
	if k.RunsFinally() {
		t.Error("finally runs after the run's end")
	}
}
