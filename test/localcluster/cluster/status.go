package cluster

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/stepherd/stepherd/test/localcluster/config"
	"github.com/stepherd/stepherd/test/localcluster/ns"
	"github.com/stepherd/stepherd/test/localcluster/plan"
	"github.com/stepherd/stepherd/test/localcluster/proc"
)

// Status prints what runs, and returns an error when something does not that should. What was stopped
// or cut off by a command should not.
func Status(ctx context.Context, i plan.Instance, out io.Writer) error {
	if err := checkRoot("status"); err != nil {
		return err
	}
	if err := Exists(i); err != nil {
		return err
	}
	spec, err := plan.Load(i)
	if err != nil {
		return err
	}
	c := config.Cluster{Instance: i, Spec: spec}
	nodes, err := lookAtAll(c)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	problems := processStatus(table, c, nodes)
	problems += nodeStatus(ctx, table, i, nodes)
	if err := table.Flush(); err != nil {
		return err
	}
	if problems > 0 {
		return fmt.Errorf("cluster %q has %d problem(s): %s repairs it", i.Name, problems, hint(i, "up"))
	}
	return nil
}

func lookAtAll(c config.Cluster) ([]nodeState, error) {
	var all []nodeState
	for _, n := range c.Spec.Nodes {
		s, err := lookAt(c, n)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func processStatus(out io.Writer, c config.Cluster, nodes []nodeState) (problems int) {
	fmt.Fprintf(out, "kubeconfig\t%s\t\n", c.Kubeconfig())
	stopped := stoppedProcesses(isStopped(c.Instance, config.APIServer), nodes)
	for _, p := range c.All("") {
		id, runs := proc.Recorded(c.Name, c.Record(p.Name))
		switch {
		case runs && stopped[p.Name]:
			fmt.Fprintf(out, "%s\trunning\tpid %d, though it was stopped: stop it again\n", p.Name, id.PID)
			problems++
		case runs:
			fmt.Fprintf(out, "%s\trunning\tpid %d\n", p.Name, id.PID)
		case stopped[p.Name]:
			fmt.Fprintf(out, "%s\tstopped\t\n", p.Name)
		default:
			fmt.Fprintf(out, "%s\tnot running\tsee %s\n", p.Name, c.Log(p.Name))
			problems++
		}
	}
	return problems
}

// stoppedProcesses names the processes that were stopped on purpose.
func stoppedProcesses(api bool, nodes []nodeState) map[string]bool {
	stopped := map[string]bool{}
	for _, process := range apiServerParts {
		stopped[process] = api
	}
	for _, s := range nodes {
		for _, process := range slices.Concat(s.running, s.missing) {
			stopped[process] = s.stopped
		}
	}
	return stopped
}

func nodeStatus(ctx context.Context, out io.Writer, i plan.Instance, nodes []nodeState) (problems int) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, s := range nodes {
		if said := s.away(isStopped(i, config.APIServer)); said != "" {
			fmt.Fprintf(out, "%s\t%s\n", s.Name, said)
			continue
		}
		if err := askForNode(ctx, i, s.Node); err != nil {
			fmt.Fprintf(out, "%s\t%v\t\n", s.Name, err)
			problems++
			continue
		}
		fmt.Fprintf(out, "%s\tReady\t\n", s.Name)
	}
	return problems
}

// away returns what keeps a node from being Ready on purpose, in two columns.
func (s nodeState) away(apiStopped bool) string {
	switch {
	case s.stopped:
		return "stopped\t" + hint(s.of, "node start "+s.Name) + " brings it back"
	case s.cable == ns.CableCut:
		return "cut off\t" + hint(s.of, "node join "+s.Name) + " puts it back"
	case apiStopped:
		return "not known\t" + hint(s.of, "apiserver start") + " starts the API server again"
	default:
		return ""
	}
}

func askForNode(ctx context.Context, i plan.Instance, n plan.Node) error {
	client, err := newClient(i)
	if err != nil {
		return err
	}
	return checkReady(ctx, client, n, time.Time{})
}
