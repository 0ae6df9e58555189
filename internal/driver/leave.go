package driver

import (
	"context"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/retry"
)

const (
	// quitTimeout bounds a POST to a container of the driver's own Pod, and a look at that Pod.
	quitTimeout = 2 * time.Second
	// endTimeout is how long other containers may take to end once they were asked to.
	endTimeout = 10 * time.Second
	// lookEvery is how often the driver looks whether they have. It does not watch: the proxy that ends may be the one through
	// which a watch would go.
	lookEvery = time.Second
	// deleteTimeout is how long the deletion of the own Pod is tried.
	deleteTimeout = 5 * time.Second
)

// others are the containers in the driver's Pod that would keep it, and so the run's Job, from ending: a proxy of a service
// mesh, say, that was injected. Which there are is found out as the driver begins, so that one which is alone, as it should
// be, leaves without a request.
type others struct {
	config *Config
	stop   context.CancelFunc
	task   sync.WaitGroup
	// names and known are the task's until it has ended.
	names []string
	known bool
}

// wayOut is how the driver leaves.
type wayOut struct {
	// verdict reports whether its exit code is the run's verdict.
	verdict bool
	// quit are the URLs that end other containers.
	quit []string
	// endPod reports whether it may delete its own Pod: its exit code then ends the Job, whatever the other containers' are.
	endPod bool
}

// lookForOthers asks, beside all else, which containers there are.
func lookForOthers(c *Config) *others {
	o := &others{config: c}
	ctx, stop := context.WithCancel(context.Background())
	o.stop = stop
	if c.Own == nil {
		o.known = true
		return o
	}
	o.task.Go(func() {
		for failures := 0; ctx.Err() == nil; failures++ {
			names, err := c.Own.Others(ctx)
			if err == nil {
				o.names, o.known = names, true
				return
			}
			_ = retry.Sleep(ctx, retry.APICalls.Delay(failures)) // the loop looks at ctx
		}
	})
	return o
}

// leave sees to it, as far as it goes, that the other containers do not hold the Pod when the driver has left: it asks them to
// end, and may delete the Pod of a run that has Failed or was Cancelled, because the Job then goes by the driver's exit code.
// It never deletes that of a run that has Succeeded: Kubernetes counts a Pod as succeeded only if all containers ended with 0,
// and a container that answers SIGTERM with 143 would make the Job start another driver.
func (o *others) leave(ctx context.Context, w wayOut) {
	o.stop()
	o.task.Wait()
	if o.known && len(o.names) == 0 {
		return
	}
	accepted := o.ask(ctx, w.quit)
	if !w.verdict || ctx.Err() != nil {
		return // another driver follows, or the Pod is on its way out
	}
	names := o.await(ctx, accepted)
	if len(names) == 0 || ctx.Err() != nil {
		return
	}
	log := o.config.Logger.With(zap.Strings("containers", names))
	if !w.endPod {
		log.Warn("other containers keep this pod, and the run's job, from ending; keep them out of the driver's pod, or name in driver.quit the URL that ends them")
		return
	}
	log.Warn("other containers keep this pod from ending; it is deleted, and the job goes by the driver's exit code")
	if err := o.deletePod(context.WithoutCancel(ctx)); err != nil {
		log.Error("this pod could not be deleted; the run's job does not end before the other containers do", zap.Error(err))
	}
}

// ask POSTs to all URLs at once, and reports whether any was answered with a success. Where nothing listens, which is the
// usual case, there is nothing to be said.
func (o *others) ask(ctx context.Context, urls []string) bool {
	if o.config.Quit == nil {
		return false
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), quitTimeout)
	defer cancel()
	errs := make([]error, len(urls))
	var wg sync.WaitGroup
	for i, url := range urls {
		wg.Go(func() { errs[i] = o.config.Quit(limited, url) })
	}
	wg.Wait()
	var accepted []string
	for i, err := range errs {
		if err == nil {
			accepted = append(accepted, urls[i])
		}
	}
	if len(accepted) > 0 {
		o.config.Logger.Info("asked other containers of this pod to end", zap.String("urls", strings.Join(accepted, " ")))
	}
	return len(accepted) > 0
}

// await gives the containers that have not ended after 10 s. When a proxy was asked to end and the API server can no longer be
// reached, the proxy has ended, and the way to the API server with it.
func (o *others) await(ctx context.Context, accepted bool) []string {
	names := o.names
	for range int(endTimeout / lookEvery) {
		limited, cancel := context.WithTimeout(ctx, quitTimeout)
		now, err := o.config.Own.Others(limited)
		cancel()
		switch {
		case err == nil:
			names = now
		case accepted:
			return nil
		}
		if ctx.Err() != nil || err == nil && len(names) == 0 {
			return names
		}
		_ = retry.Sleep(ctx, lookEvery) // one more look is the answer
	}
	return names
}

func (o *others) deletePod(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, deleteTimeout)
	defer cancel()
	for failures := 0; ; failures++ {
		if err = o.config.Own.Delete(ctx); err == nil || errs.IsDenied(err) || ctx.Err() != nil {
			return err
		}
		_ = retry.Sleep(ctx, retry.APICalls.Delay(failures)) // the next try returns why it ended
	}
}

// wayOutOf returns how a driver leaves with an exit code. It may delete its Pod, and its own log with it, if the pipeline allows it,
// or if the archive has everything that its log has.
func wayOutOf(code int, verdict, archived bool, d *v1alpha1.Driver) wayOut {
	return wayOut{verdict: verdict, quit: d.Quits(), endPod: code != podspec.ExitSucceeded && (d.EndPod || archived)}
}
