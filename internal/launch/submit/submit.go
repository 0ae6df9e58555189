package submit

import (
	"context"
	"fmt"
	"io"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/util/rand"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/podspec"
)

// Submission is a pipeline and how it is to be run.
type Submission struct {
	Pipeline *v1alpha1.Pipeline
	// Name of the run; empty makes one of the pipeline's name and five random characters.
	Name string
	// DriverImage and ServiceAccount win over the pipeline's own. DefaultDriverImage is taken where neither says anything.
	DriverImage, DefaultDriverImage, ServiceAccount string
	// NoCheck leaves out the checks before the POST.
	NoCheck bool
	// DryRun asks the server to do everything but to keep the Job.
	DryRun bool
}

// MakeJob is the Job that Submit would create, without asking any cluster.
func MakeJob(s Submission, namespace string) (*batchv1.Job, error) {
	name := s.Name
	if name == "" {
		name = runName(s.Pipeline.Metadata.Name, rand.String(RandomLength))
	}
	if wrong := NewRunProblem(name); wrong != "" {
		return nil, client.UserErrorf("%s", wrong)
	}
	job, err := podspec.DriverJob(s.Pipeline, podspec.JobOptions{
		Run: name, Namespace: namespace,
		DriverImage: s.DriverImage, ServiceAccount: s.ServiceAccount, DefaultDriverImage: s.DefaultDriverImage,
	})
	if err != nil {
		return nil, client.InvalidPipeline(err)
	}
	return job, nil
}

// remake gives what makes the Job again of a changed pipeline.
func (s Submission) remake(job *batchv1.Job) func(*v1alpha1.Pipeline) (*batchv1.Job, error) {
	return func(p *v1alpha1.Pipeline) (*batchv1.Job, error) {
		s.Pipeline, s.Name = p, job.Name
		return MakeJob(s, job.Namespace)
	}
}

// Preflight checks what the cluster can say about a run before it is created. remake makes its Job of a changed pipeline.
type Preflight interface {
	Check(ctx context.Context, p *v1alpha1.Pipeline, job *batchv1.Job, remake func(*v1alpha1.Pipeline) (*batchv1.Job, error)) error
}

// Submitter creates runs.
type Submitter struct {
	Client    *client.Client
	Jobs      Jobs
	Preflight Preflight
}

// Submit checks side by side what can be checked, and then creates the run by one POST. Nothing is created when a check
// fails.
func (u *Submitter) Submit(ctx context.Context, s Submission) (*batchv1.Job, error) {
	job, err := MakeJob(s, u.Client.Namespace)
	if err != nil {
		return nil, err
	}
	if !s.NoCheck {
		if err := u.Preflight.Check(ctx, s.Pipeline, job, s.remake(job)); err != nil {
			return nil, err
		}
	}
	created, err := (&Poster{Client: u.Client, Jobs: u.Jobs}).Post(ctx, job, s.DryRun)
	if err != nil {
		return nil, u.Client.Sentence(err)
	}
	if text := queued(job, created); text != "" {
		u.Client.Note("%s", text)
	}
	// A list of managers is of no use to anybody who reads it, and the client drops the type of what it decodes.
	created.ManagedFields = nil
	created.TypeMeta = job.TypeMeta
	return created, nil
}

// Announce writes that a run was accepted.
func (u *Submitter) Announce(w io.Writer, job *batchv1.Job) error {
	where := ""
	if u.Client.Context != "" {
		where = fmt.Sprintf(" (context %q)", u.Client.Context)
	}
	_, err := fmt.Fprintf(w, "run %s submitted to namespace %q%s\n", job.Name, u.Client.Namespace, where)
	return err
}

// HowToGoOn writes the commands for looking at a run later.
func (u *Submitter) HowToGoOn(run string) {
	_, _ = fmt.Fprintf(u.Client.Err, "follow its log:  %s\nsee its steps:   %s\nwait for it:     %s\n",
		u.Client.Hints.Command("logs", run, "-f"), u.Client.Hints.Command("get", run), u.Client.Hints.Command("wait", run))
}

// queued reports what the cluster changed in a run's Job when it created it; empty where the Job is as it was sent. A LocalQueue called
// `default` takes every Job of its namespace that names none (Kueue's LocalQueueDefaulting), and with it the driver: it waits
// its turn and then holds quota that its own steps wait for.
func queued(sent, created *batchv1.Job) string {
	queue := created.Labels[v1alpha1.LabelKueueQueue]
	switch {
	case queue != "" && sent.Labels[v1alpha1.LabelKueueQueue] == "":
		return fmt.Sprintf("the Kueue queue %q takes every Job of namespace %q that names none, and so this run's driver: it starts when its turn comes, "+
			"and then holds quota of that queue, for which its own steps may wait for ever; give drivers a queue with quota of their own "+
			"(metadata: {labels: {%s: QUEUE}}), or have an administrator take the namespace out of Kueue's managedJobsNamespaceSelector",
			queue, created.Namespace, v1alpha1.LabelKueueQueue)
	case isSuspended(created) && !isSuspended(sent) && queue == "":
		return fmt.Sprintf("the cluster has suspended the Job of run %q as it took it; the driver starts when whoever did that sets spec.suspend to false", created.Name)
	}
	return ""
}

func isSuspended(job *batchv1.Job) bool { return job.Spec.Suspend != nil && *job.Spec.Suspend }
