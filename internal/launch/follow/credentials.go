package follow

import (
	"context"
	"time"

	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/retry"
)

const (
	// admittedEvery is how often a follow asks whether its credentials still count: what it watches and reads goes on for minutes
	// after they have died, and nothing that is new can be had.
	admittedEvery = 15 * time.Second
	// refusedEvery is how often it asks after a refusal, and refusedFor how long all answers must have been refusals. A plugin
	// that has new credentials has them at the next question.
	refusedEvery = 5 * time.Second
	refusedFor   = 20 * time.Second
)

// whileAdmitted is a context that ends, with a sentence as its cause, when the cluster has refused the user's credentials for a
// while. release ends it, too.
func (f *Follower) whileAdmitted(parent context.Context, run string) (ctx context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(parent)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.guardCredentials(ctx, run, cancel)
	}()
	return ctx, func() {
		cancel(nil)
		<-done
	}
}

func (f *Follower) guardCredentials(ctx context.Context, run string, end context.CancelCauseFunc) {
	var refusedSince time.Time
	pause := admittedEvery
	for retry.Sleep(ctx, pause) == nil {
		_, err := f.Reader.Runs.Job(ctx, f.Client.Namespace, run)
		switch {
		case !client.IsUnauthorized(err):
			refusedSince, pause = time.Time{}, admittedEvery
		case refusedSince.IsZero():
			refusedSince, pause = f.Client.Now(), refusedEvery
		case f.Client.Now().Sub(refusedSince) >= refusedFor:
			end(client.Errorf(client.ClassCluster, err, "%s does not take your credentials any more (%s); run %q goes on: log in again, and then: %s",
				f.Client.Where, client.Message(err), run, f.Client.Hints.Command("wait", run)))
			return
		}
	}
}
