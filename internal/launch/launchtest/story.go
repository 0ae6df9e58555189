package launchtest

import (
	"slices"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/submit"
)

// Chain is a pipeline a <- b <- c; c has settings of its own.
func Chain(t *testing.T) *v1alpha1.Pipeline {
	t.Helper()
	p, err := pipelinefile.Decode("test", []byte(`
apiVersion: stepherd.dev/v1alpha1
kind: Pipeline
metadata: {name: chain}
settings: {image: registry.example/x:1}
steps: [{name: a}, {name: b, needs: [a]}, {name: c, needs: [b], settings: {resources: {cpu: 2}}}]
`))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Submission is the chain as a run of that name.
func Submission(t *testing.T, name string) submit.Submission {
	t.Helper()
	return submit.Submission{Pipeline: Chain(t), Name: name, DefaultDriverImage: "driver:1"}
}

// UID is that of the run r.
const UID = "uid-r"

// Begun submits the run r and gives its bench.
func Begun(t *testing.T) *Bench {
	t.Helper()
	b := NewBench()
	s := Submission(t, "r")
	s.NoCheck = true
	if _, err := b.Submit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return b
}

// Now is the time.
func Now() *metav1.Time {
	t := metav1.Now()
	return &t
}

// In is a time from now.
func In(d time.Duration) *metav1.Time {
	t := metav1.NewTime(time.Now().Add(d))
	return &t
}

// Script runs the steps of a story, a second apart.
func Script(steps ...func()) {
	go func() {
		for _, s := range steps {
			<-time.After(time.Second)
			s()
		}
	}()
}

// End writes the verdict and ends the Job.
func (b *Bench) End(phase v1alpha1.RunPhase, steps ...v1alpha1.StepStatus) {
	b.Cluster.Change(func() {
		c := batchv1.JobCondition{Type: batchv1.JobComplete, Status: corev1.ConditionTrue, LastTransitionTime: *Now()}
		if phase != v1alpha1.RunSucceeded {
			c.Type = batchv1.JobFailed
		}
		job := b.Cluster.JobsByName["r"]
		job.Status.Conditions = append(job.Status.Conditions, c)
		job.Status.Ready = nil
		b.Cluster.RecordOf[UID] = &record.Record{
			Head:  record.Head{Version: 1, Phase: phase, StartedAt: Now(), FinishedAt: Now(), StepCount: 3},
			Steps: steps,
		}
	})
}

var calls = []string{"Job", "Record", "StepPods", "DriverPods", "Events", "WatchJob", "WatchStepPods"}

// Away has every read and watch fail.
func (b *Bench) Away() {
	b.Cluster.Change(func() {
		for _, c := range calls {
			b.Cluster.Fail[c] = &Error{Kind: Weather, Text: "connection refused"}
		}
	})
}

// Back ends what Away began.
func (b *Bench) Back() { b.Cluster.Change(func() { clear(b.Cluster.Fail) }) }

// Refuse has the credentials refused, or taken again. What is watched and read already goes on, as with an API server.
func (b *Bench) Refuse(refused bool) {
	b.Cluster.Change(func() {
		for _, method := range []string{"Job", "Record", "StepPods", "DriverPods", "Events"} {
			delete(b.Cluster.Fail, method)
			if refused {
				b.Cluster.Fail[method] = &Error{Kind: Unauthorized, Text: "Unauthorized"}
			}
		}
	})
}

// Unmake gives steps settings from which no Pod can be made: a container without a name merges with none.
func Unmake(p *v1alpha1.Pipeline, steps ...string) {
	for i := range p.Steps {
		if slices.Contains(steps, p.Steps[i].Name) {
			p.Steps[i].Settings.PodSettings = v1alpha1.PodSettings(`{"containers":[{"image":"x"}]}`)
		}
	}
}
