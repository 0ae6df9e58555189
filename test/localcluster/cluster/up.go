package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/kubernetes"

	"github.com/stepherd/stepherd/test/localcluster/cgroup"
	"github.com/stepherd/stepherd/test/localcluster/config"
	"github.com/stepherd/stepherd/test/localcluster/ns"
	"github.com/stepherd/stepherd/test/localcluster/plan"
)

const lockLimit = 2 * time.Minute

// up is one run of Up, or of a command that brings a part of the cluster up again.
type up struct {
	config.Cluster
	self      string
	processes *processes
	out       io.Writer
	begin     time.Time
	door      *os.File // the listener, when the door is to be started
	images    *errgroup.Group
	client    kubernetes.Interface
}

// Up makes the cluster what the spec and the wish say, and returns when it is ready for use.
func Up(ctx context.Context, i plan.Instance, w plan.Wish, out io.Writer) error {
	if _, err := wanted(i, w); err != nil {
		return err
	}
	if err := errors.Join(checkRoot("up"), checkPackages()); err != nil {
		return err
	}
	u, ctx, end, err := begin(ctx, i, out, func() (plan.Spec, error) { return wanted(i, w) })
	if err != nil {
		return err
	}
	defer end()
	return u.run(ctx)
}

// begin takes the lock and then reads what the cluster should be. The function returned ends the run.
func begin(ctx context.Context, i plan.Instance, out io.Writer, spec func() (plan.Spec, error)) (*up, context.Context, func(), error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, nil, fmt.Errorf("find localcluster's own binary: %w", err)
	}
	u := &up{self: self, out: out, processes: &processes{instance: i, started: map[string]bool{}}}
	if u.processes.lock, err = lockWithin(ctx, i, out); err != nil {
		return nil, nil, nil, err
	}
	u.Instance, u.begin = i, time.Now()
	if u.Spec, err = spec(); err != nil {
		u.processes.unlock()
		return nil, nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, operationLimit)
	ctx, u.processes.died = context.WithCancelCause(ctx)
	return u, ctx, func() {
		u.processes.died(nil)
		cancel()
		u.processes.unlock()
	}, nil
}

// wanted is the recorded spec with the wish added.
func wanted(i plan.Instance, w plan.Wish) (plan.Spec, error) {
	spec, err := plan.Load(i)
	if err != nil {
		return spec, err
	}
	return spec.Merge(i, w)
}

func lockWithin(ctx context.Context, i plan.Instance, out io.Writer) (*os.File, error) {
	ctx, cancel := context.WithTimeout(ctx, lockLimit)
	defer cancel()
	return acquire(ctx, i, out)
}

func (u *up) run(ctx context.Context) error {
	fmt.Fprintf(u.out, "cluster %q, %d node(s), waiting for\n", u.Name, len(u.Spec.Nodes))
	err := runPhases(ctx, u.out, []phase{
		{"certificates and configuration", u.configure},
		{"namespaces, network and cgroups", u.wire},
		{"the API server", u.startAPIServer},
		{"images on the nodes", u.waitForImages},
		{"the nodes to register", u.startNodes},
		{"the nodes to be Ready", u.waitForReady},
		{"storage class and default service account", u.waitForDefaults},
		{"the Service kubernetes, from every node", u.waitForService},
	})
	if err != nil {
		return fmt.Errorf("cluster %q is not up: %w; its logs are in %s, and down removes it", u.Name, err, u.Dir("logs"))
	}
	what := "is up"
	if len(u.processes.started) == 0 {
		what = "was up already"
	}
	fmt.Fprintf(u.out, "cluster %q %s after %.1f s: export KUBECONFIG=%s\n", u.Name, what, time.Since(u.begin).Seconds(), u.Kubeconfig())
	return nil
}

func (u *up) configure(ctx context.Context) error {
	if err := u.openDoor(ctx); err != nil {
		return err
	}
	if err := u.endOldKubelets(ctx); err != nil {
		return err
	}
	// From here on whatever does not run is to be started, and shows as broken until it is.
	if err := os.RemoveAll(filepath.Dir(u.StopMark("any"))); err != nil {
		return fmt.Errorf("forget what was stopped: %w", err)
	}
	if err := u.Spec.Save(u.Instance); err != nil {
		return err
	}
	return u.Write()
}

// endOldKubelets ends kubelets that were told otherwise about logs. It comes before the new spec is
// saved, so that a run that is killed in between leaves something to see.
func (u *up) endOldKubelets(ctx context.Context) error {
	old, err := plan.Load(u.Instance)
	if err != nil {
		return err
	}
	for i, n := range old.Nodes {
		if old.LogMaxSizeOf(n) == u.Spec.LogMaxSizeOf(u.Spec.Nodes[i]) {
			continue
		}
		if err := u.processes.end(ctx, config.NodeProcess(config.Kubelet, n.Name)); err != nil {
			return err
		}
	}
	return nil
}

func (u *up) network() ns.Network {
	network := ns.Network{ControlPlane: u.ControlPlaneNetns(), Nodes: map[int]string{}}
	for _, n := range u.Spec.Nodes {
		network.Nodes[n.Number] = u.NodeNetns(n.Number)
	}
	return network
}

func (u *up) wire(context.Context) error {
	if err := u.network().Ensure(); err != nil {
		return err
	}
	for _, n := range u.Spec.Nodes {
		if err := u.makeRoom(n); err != nil {
			return err
		}
	}
	return nil
}

// makeRoom makes what a node has besides its network.
func (u *up) makeRoom(n plan.Node) error {
	if err := ns.EnsurePins(u.Pins()); err != nil {
		return err
	}
	if err := ns.EnsureNode(u.MountPin(n.Name), ns.NodeRoot{State: u.Dir(), Dir: u.Dir(n.Name)}); err != nil {
		return fmt.Errorf("make the file system of %s: %w", n.Name, err)
	}
	return cgroup.Ensure(u.NodeCgroup(n.Name))
}

func (u *up) waitForService(ctx context.Context) error {
	for _, n := range u.Spec.Nodes {
		if err := u.reachService(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (u *up) reachService(ctx context.Context, n plan.Node) error {
	address := net.JoinHostPort(plan.KubernetesIP, "443")
	inside := ns.Set{Net: u.NodeNetns(n.Number)}
	err := poll(ctx, func(ctx context.Context) error {
		return inside.Do(func() error { return knock(ctx, "tcp4", address) })
	})
	if err != nil {
		return fmt.Errorf("reach the API server from %s by %s: %w", n.Name, address, err)
	}
	return nil
}

// knock tells whether somebody accepts connections.
func knock(ctx context.Context, network, address string) error {
	dialer := net.Dialer{Timeout: 200 * time.Millisecond}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// Kubeconfig prints where the kubeconfig is.
func Kubeconfig(i plan.Instance, out io.Writer) error {
	if err := Exists(i); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, i.Kubeconfig())
	return err
}

// Exists tells whether there is a cluster to talk to.
func Exists(i plan.Instance) error {
	if _, err := os.Stat(i.Kubeconfig()); err != nil {
		return fmt.Errorf("cluster %q is not there: run localcluster up%s", i.Name, nameFlag(i))
	}
	return nil
}

// hint is a command line on that cluster.
func hint(i plan.Instance, command string) string { return "localcluster " + command + nameFlag(i) }

func nameFlag(i plan.Instance) string { return strings.TrimSuffix(" --name "+i.Name, " --name dev") }
