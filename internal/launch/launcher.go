package launch

import (
	"context"
	"fmt"
	"io"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logs"
)

// Launcher is a user in one namespace of one cluster.
type Launcher struct {
	Cluster Cluster
	// Logs opens the logs of the namespace's Pods.
	Logs      logs.Source
	Namespace string
	// Context is the kubeconfig's name of the cluster; empty inside a Pod.
	Context string
	// As is the user whom the kubeconfig impersonates; empty for the user's own self.
	As string
	// Where names the cluster in sentences: `the cluster of context "dev" at https://...`.
	Where string
	Hints Hints
	// Out takes data, Err what is said about it. Color is for either.
	Out, Err           io.Writer
	OutColor, ErrColor bool
	// Terminal says that Out is one: what a step has written must not steer it.
	Terminal bool
	// Colorless takes the steps' own colours away.
	Colorless bool
	Now       func() time.Time
	// Warn says what may be wrong, and about what; the same text once. Nil writes it to Err.
	Warn func(about, text string)
}

// note says something in passing.
func (l *Launcher) note(format string, args ...any) {
	_, _ = fmt.Fprintf(l.Err, "note: "+format+"\n", args...)
}

// job is the Job of a run.
func (l *Launcher) job(ctx context.Context, run string) (*batchv1.Job, error) {
	job, err := l.Cluster.Job(ctx, l.Namespace, run)
	switch {
	case isNotFound(err):
		return nil, l.noSuchRun(run)
	case err != nil:
		return nil, l.sentence(err)
	case !isRun(job):
		return nil, clusterErrorf("job %q in namespace %q is not a run of stepherd; see: %s", run, l.Namespace, l.Hints.Command("list"))
	}
	return job, nil
}

// isRun says whether a Job is a run: the labels are on every Job that submit or a CronJob makes.
func isRun(job *batchv1.Job) bool {
	return job.Labels[v1alpha1.LabelManagedBy] == v1alpha1.ManagedBy && job.Labels[v1alpha1.LabelComponent] == v1alpha1.ComponentDriver
}
