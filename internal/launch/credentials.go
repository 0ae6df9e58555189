package launch

import (
	"context"
	"fmt"
	"time"
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
func (l *Launcher) whileAdmitted(parent context.Context, run string) (ctx context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(parent)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.guardCredentials(ctx, run, cancel)
	}()
	return ctx, func() {
		cancel(nil)
		<-done
	}
}

func (l *Launcher) guardCredentials(ctx context.Context, run string, end context.CancelCauseFunc) {
	var refusedSince time.Time
	pause := admittedEvery
	for sleep(ctx, pause) == nil {
		_, err := l.Cluster.Job(ctx, l.Namespace, run)
		switch {
		case !isUnauthorized(err):
			refusedSince, pause = time.Time{}, admittedEvery
		case refusedSince.IsZero():
			refusedSince, pause = l.Now(), refusedEvery
		case l.Now().Sub(refusedSince) >= refusedFor:
			end(&Error{Class: ClassCluster, err: err, Lines: []string{
				fmt.Sprintf("%s does not take your credentials any more (%s); run %q goes on: log in again, and then: %s",
					l.Where, message(err), run, l.Hints.Command("wait", run)),
			}})
			return
		}
	}
}
