package submit

import (
	"context"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/util/rand"

	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/retry"
)

// Jobs creates Jobs.
type Jobs interface {
	// CreateJob is one POST. manager is written into the object by the server, as the one who made it.
	CreateJob(ctx context.Context, job *batchv1.Job, manager string, dryRun bool) (*batchv1.Job, error)
	Job(ctx context.Context, namespace, name string) (*batchv1.Job, error)
}

// Poster creates Jobs, each by one POST that counts.
type Poster struct {
	Client *client.Client
	Jobs   Jobs
}

// postPatience is how long after the first POST another one may be sent.
const postPatience = 15 * time.Second

var postBackoff = retry.Backoff{First: 500 * time.Millisecond, Max: 4 * time.Second}

// Post sends the Job until there is an answer. After a lost answer, a run of that name is this very one if the server
// wrote down our manager name, which no other call has, as the one who made it.
func (p *Poster) Post(ctx context.Context, job *batchv1.Job, dryRun bool) (*batchv1.Job, error) {
	manager := "stepherd-launcher-" + rand.String(16)
	begin := p.Client.Now()
	lost := false // an answer, perhaps
	for tries := 0; ; tries++ {
		created, err := p.Jobs.CreateJob(ctx, job, manager, dryRun)
		switch {
		case err == nil:
			return created, nil
		case client.IsExists(err):
			return p.mine(ctx, job.Name, manager, lost)
		case client.IsRefused(err), client.IsQuota(err):
			return nil, client.Errorf(client.ClassUser, err, "the cluster refuses run %q in namespace %q: %s", job.Name, job.Namespace, client.Message(err))
		case client.IsUnsent(err) && !lost, !client.IsTemporary(err) && ctx.Err() == nil:
			return nil, err
		}
		_, answered := client.WebhookTrouble(err)
		lost = lost || !answered && !client.IsUnsent(err) && !dryRun
		if ctx.Err() != nil || p.Client.Now().Sub(begin) > postPatience || retry.Sleep(ctx, postBackoff.Delay(tries)) != nil {
			return nil, p.unanswered(ctx, job.Name, lost, err)
		}
	}
}

// unanswered is the error of a POST that may have made a run.
func (p *Poster) unanswered(ctx context.Context, run string, lost bool, err error) error {
	class := client.ClassCluster
	if ctx.Err() != nil {
		class = client.ClassDetached
	}
	if !lost {
		return err
	}
	return client.Errorf(class, err, "%s has not answered (%s), so that it is not known whether run %q was created; see: %s",
		p.Client.Where, client.Message(err), run, p.Client.Hints.Command("get", run))
}

// mine gives the run of that name if this call has made it.
func (p *Poster) mine(ctx context.Context, run, manager string, lostAnswer bool) (*batchv1.Job, error) {
	if lostAnswer {
		job, err := p.Jobs.Job(ctx, p.Client.Namespace, run)
		if err != nil {
			return nil, err
		}
		for _, m := range job.ManagedFields {
			if m.Manager == manager {
				return job, nil
			}
		}
	}
	return nil, client.ClusterErrorf("run %q exists already in namespace %q; choose another --name or delete it: %s",
		run, p.Client.Namespace, p.Client.Hints.Command("delete", run))
}
