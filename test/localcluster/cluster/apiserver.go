package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/stepherd/stepherd/test/localcluster/config"
	"github.com/stepherd/stepherd/test/localcluster/plan"
	"github.com/stepherd/stepherd/test/localcluster/proc"
)

// apiServerGrace is how long an API server may take to end. It would wait for a minute for streams
// that are followed, such as logs; a kubelet that runs it as a static Pod gives it half of that.
const apiServerGrace = 5 * time.Second

// apiServerParts are the API server and those who end with it, as they can do nothing without it.
// Elsewhere they end by themselves, when they cannot renew their leases for ten seconds, and somebody
// starts them again. Ours have no leases. Left alone they would ask the API server again only up to a
// minute after its return, and call healthy nodes NotReady because they see no signs of life of them;
// and one that had just been started would crash.
var apiServerParts = []string{config.APIServer, config.ControllerManager, config.Scheduler}

// StopAPIServer ends the API server, with SIGTERM or at once. etcd and all on the nodes go on.
func StopAPIServer(ctx context.Context, i plan.Instance, kill bool, out io.Writer) error {
	return onCluster(ctx, i, "apiserver stop", out, func(ctx context.Context, u *up) error {
		if isStopped(i, config.APIServer) && !slices.ContainsFunc(apiServerParts, u.processes.running) {
			fmt.Fprintf(out, "the API server of cluster %q was stopped already\n", i.Name)
			return nil
		}
		if err := markStopped(i, config.APIServer); err != nil {
			return err
		}
		fmt.Fprintf(out, "the API server of cluster %q, waiting for\n", i.Name)
		err := runPhases(ctx, out, []phase{
			{"its process to end", func(ctx context.Context) error { return u.endAPIServer(ctx, kill) }},
			{fmt.Sprintf("port %d to refuse connections", u.Spec.Port), u.waitForRefusal},
		})
		if err != nil {
			return fmt.Errorf("the API server of cluster %q is not stopped: %w; run %s again", i.Name, err, hint(i, "apiserver stop"))
		}
		fmt.Fprintf(out, "the API server is stopped after %.1f s, etcd goes on: %s starts it again\n",
			time.Since(u.begin).Seconds(), hint(i, "apiserver start"))
		return nil
	})
}

func (u *up) endAPIServer(ctx context.Context, kill bool) error {
	if !kill {
		u.processes.terminate(ctx, config.APIServer, apiServerGrace)
	}
	for _, process := range apiServerParts {
		if err := u.processes.end(ctx, process); err != nil {
			return err
		}
	}
	return nil
}

// waitForRefusal knocks until the door has noticed, too. A door that does not run refuses as well.
func (u *up) waitForRefusal(ctx context.Context) error {
	return poll(ctx, func(ctx context.Context) error {
		if err := knock(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", u.Spec.Port)); !errors.Is(err, unix.ECONNREFUSED) {
			return errors.New("it is still open")
		}
		return nil
	})
}

// StartAPIServer starts it as Up did and waits until it is ready.
func StartAPIServer(ctx context.Context, i plan.Instance, out io.Writer) error {
	return onCluster(ctx, i, "apiserver start", out, func(ctx context.Context, u *up) error {
		for _, need := range []string{config.Etcd, config.Door} {
			if !u.processes.running(need) {
				return fmt.Errorf("cluster %q has no %s running, which the API server needs: run %s", i.Name, need, hint(i, "up"))
			}
		}
		if u.processes.running(config.APIServer) && !isStopped(i, config.APIServer) {
			fmt.Fprintf(out, "the API server of cluster %q runs already\n", i.Name)
		} else {
			fmt.Fprintf(out, "the API server of cluster %q, waiting for\n", i.Name)
		}
		err := runPhases(ctx, out, []phase{
			{"it to be ready", u.restartAPIServer},
			{"its controllers and scheduler to start", u.startControllers},
		})
		if err != nil {
			return fmt.Errorf("the API server of cluster %q is not started: %w", i.Name, err)
		}
		fmt.Fprintf(out, "the API server is ready after %.1f s\n", time.Since(u.begin).Seconds())
		return nil
	})
}

// restartAPIServer first ends one that was told to stop and has not ended.
func (u *up) restartAPIServer(ctx context.Context) error {
	if isStopped(u.Instance, config.APIServer) {
		if err := u.processes.end(ctx, config.APIServer); err != nil {
			return err
		}
	}
	if err := u.processes.ensure(ctx, u.APIServerProcess(u.self)); err != nil {
		return err
	}
	if err := unmarkStopped(u.Instance, config.APIServer); err != nil {
		return err
	}
	return u.waitForAPI(ctx)
}

// startControllers starts what ended with the API server, also when that ended by itself.
func (u *up) startControllers(ctx context.Context) error {
	for _, p := range []proc.Command{u.ControllerManagerProcess(u.self), u.SchedulerProcess(u.self)} {
		if u.processes.started[config.APIServer] {
			if err := u.processes.end(ctx, p.Name); err != nil {
				return err
			}
		}
		if err := u.processes.ensure(ctx, p); err != nil {
			return err
		}
	}
	return nil
}
