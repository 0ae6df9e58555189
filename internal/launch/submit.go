package launch

import (
	"context"
	"fmt"
	"io"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
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
		name = runName(s.Pipeline.Metadata.Name, randomWord(randomLength))
	}
	if wrong := NewRunProblem(name); wrong != "" {
		return nil, userErrorf("%s", wrong)
	}
	job, err := podspec.DriverJob(s.Pipeline, podspec.JobOptions{
		Run: name, Namespace: namespace,
		DriverImage: s.DriverImage, ServiceAccount: s.ServiceAccount, DefaultDriverImage: s.DefaultDriverImage,
	})
	if err != nil {
		return nil, &Error{Class: ClassUser, Lines: []string{err.Error()}, err: err}
	}
	return job, nil
}

// Submit checks side by side what can be checked, and then creates the run by one POST. Nothing is created when a check
// fails.
func (l *Launcher) Submit(ctx context.Context, s Submission) (*batchv1.Job, error) {
	job, err := MakeJob(s, l.Namespace)
	if err != nil {
		return nil, err
	}
	if !s.NoCheck {
		if err := l.preflight(ctx, s, job); err != nil {
			return nil, err
		}
	}
	created, err := l.post(ctx, job, s.DryRun)
	if err != nil {
		return nil, l.sentence(err)
	}
	if text := queued(job, created); text != "" {
		l.note("%s", text)
	}
	// A list of managers is of no use to anybody who reads it, and the client drops the type of what it decodes.
	created.ManagedFields = nil
	created.TypeMeta = job.TypeMeta
	return created, nil
}

const (
	// postPatience is how long after the first POST another one may be sent.
	postPatience = 15 * time.Second
	postBackoff  = 500 * time.Millisecond
)

// post sends the Job until there is an answer. After a lost answer, a run of that name is this very one if the server
// wrote down our manager name, which no other call has, as the one who made it.
func (l *Launcher) post(ctx context.Context, job *batchv1.Job, dryRun bool) (*batchv1.Job, error) {
	manager := "stepherd-launcher-" + randomWord(16)
	begin := l.Now()
	lost := false // an answer, perhaps
	for tries := 0; ; tries++ {
		created, err := l.Cluster.CreateJob(ctx, job, manager, dryRun)
		switch {
		case err == nil:
			return created, nil
		case isExists(err):
			return l.mine(ctx, job.Name, manager, lost)
		case isRefused(err), isQuota(err):
			return nil, &Error{Class: ClassUser, err: err, Lines: []string{
				fmt.Sprintf("the cluster refuses run %q in namespace %q: %s", job.Name, job.Namespace, message(err)),
			}}
		case isUnsent(err) && !lost, !isTemporary(err) && ctx.Err() == nil:
			return nil, err
		}
		_, answered := webhookTrouble(err)
		lost = lost || !answered && !isUnsent(err) && !dryRun
		if ctx.Err() != nil || l.Now().Sub(begin) > postPatience || sleep(ctx, postBackoff<<min(tries, 3)) != nil {
			return nil, l.unanswered(ctx, job.Name, lost, err)
		}
	}
}

// unanswered is the error of a POST that may have made a run.
func (l *Launcher) unanswered(ctx context.Context, run string, lost bool, err error) error {
	class := ClassCluster
	if ctx.Err() != nil {
		class = ClassDetached
	}
	if !lost {
		return err
	}
	return &Error{Class: class, err: err, Lines: []string{
		fmt.Sprintf("%s has not answered (%s), so that it is not known whether run %q was created; see: %s", l.Where, message(err), run, l.Hints.Command("get", run)),
	}}
}

// mine gives the run of that name if this call has made it.
func (l *Launcher) mine(ctx context.Context, run, manager string, lostAnswer bool) (*batchv1.Job, error) {
	if lostAnswer {
		job, err := l.Cluster.Job(ctx, l.Namespace, run)
		if err != nil {
			return nil, err
		}
		for _, m := range job.ManagedFields {
			if m.Manager == manager {
				return job, nil
			}
		}
	}
	return nil, clusterErrorf("run %q exists already in namespace %q; choose another --name or delete it: %s",
		run, l.Namespace, l.Hints.Command("delete", run))
}

// Announce says that a run was accepted.
func (l *Launcher) Announce(w io.Writer, job *batchv1.Job) error {
	where := ""
	if l.Context != "" {
		where = fmt.Sprintf(" (context %q)", l.Context)
	}
	_, err := fmt.Fprintf(w, "run %s submitted to namespace %q%s\n", job.Name, l.Namespace, where)
	return err
}

// HowToGoOn says how to look at a run later.
func (l *Launcher) HowToGoOn(run string) {
	_, _ = fmt.Fprintf(l.Err, "follow its log:  %s\nsee its steps:   %s\nwait for it:     %s\n",
		l.Hints.Command("logs", run, "-f"), l.Hints.Command("get", run), l.Hints.Command("wait", run))
}

// sleep waits, or gives the cause of ctx's end.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
