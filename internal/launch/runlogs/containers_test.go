package runlogs_test

import (
	"testing"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
	"github.com/stepherd/stepherd/internal/launch/runlogs"
	"github.com/stepherd/stepherd/internal/launch/submit"
)

// TestNoSuchContainer: a container that no step can have is refused with those that there are; one that may still come is not.
func TestNoSuchContainer(t *testing.T) {
	injected := []v1alpha1.OtherContainer{{Name: "proxy", StartedAt: launchtest.Now(), Ended: true}}
	for _, tc := range []struct {
		name  string
		phase v1alpha1.StepPhase // of a; empty where it has no Pod
		query runlogs.Query
		want  string // the error; empty for none
	}{
		{"a typing error", v1alpha1.StepSucceeded, runlogs.Query{Step: "a", Container: "mian"}, `step "a" of run "r" has no container "mian"; it has: main, proxy; did you mean "main"?`},
		{"in no step", v1alpha1.StepSucceeded, runlogs.Query{Container: "loader"}, `no step of run "r" has a container "loader"; there are: main, proxy`},
		{"main", v1alpha1.StepSucceeded, runlogs.Query{Step: "a", Container: "main"}, ""},
		{"the cluster has put it in", v1alpha1.StepSucceeded, runlogs.Query{Step: "a", Container: "proxy"}, ""},
		{"not begun", "", runlogs.Query{Step: "a", Container: "mian"}, `step "a" of run "r" has no container "mian"; it has: main; did you mean "main"?`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := launchtest.Begun(t)
			b.DriverUp()
			if tc.phase != "" {
				b.Pod("a", tc.phase)
				b.Cluster.StepPodsOf[launchtest.UID][0].Attempts[0].Others = injected
			}
			b.End(v1alpha1.RunSucceeded)
			b.Logs.Lines["pod-a/main"], b.Logs.Lines["pod-a/proxy"] = []string{"x"}, []string{"y"}
			tc.query.Run = "r"
			err := b.ShowLogs(t.Context(), tc.query)
			switch {
			case tc.want == "" && err != nil:
				t.Errorf("got %v", err)
			case tc.want != "" && (err == nil || client.ClassOf(err) != client.ClassUser || err.Error() != tc.want):
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestContainerOfPlan: what podSettings add is a container, also before its Pod is there.
func TestContainerOfPlan(t *testing.T) {
	b := launchtest.NewBench()
	p, err := pipelinefile.Decode("test", []byte(`
apiVersion: stepherd.dev/v1alpha1
kind: Pipeline
metadata: {name: p}
settings: {image: "i:1", podSettings: {initContainers: [{name: prepare, image: "i:1"}]}}
steps: [{name: a, settings: {podSettings: {containers: [{name: uploader, image: "i:1"}]}}}, {name: b}]
`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Submit(t.Context(), submit.Submission{Pipeline: p, Name: "r", DefaultDriverImage: "driver:1", NoCheck: true}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ step, container, want string }{
		{"a", "uploader", ""},
		{"b", "prepare", ""},
		{"", "uploader", ""},
		{"b", "uploader", `step "b" of run "r" has no container "uploader"; it has: main, prepare`},
	} {
		err := b.ShowLogs(t.Context(), runlogs.Query{Run: "r", Step: tc.step, Container: tc.container})
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || err.Error() != tc.want) {
			t.Errorf("%s/%s: %v", tc.step, tc.container, err)
		}
	}
}
