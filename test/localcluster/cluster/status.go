package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/test/localcluster/config"
	"github.com/stepherd/stepherd/test/localcluster/plan"
	"github.com/stepherd/stepherd/test/localcluster/proc"
)

// Status prints what runs, and returns an error when something does not that should.
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
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	problems := processStatus(table, config.Cluster{Instance: i, Spec: spec})
	problems += nodeStatus(ctx, table, i, spec)
	if err := table.Flush(); err != nil {
		return err
	}
	if problems > 0 {
		return fmt.Errorf("cluster %q has %d problem(s): localcluster up%s repairs it", i.Name, problems, nameFlag(i))
	}
	return nil
}

func processStatus(out io.Writer, c config.Cluster) (problems int) {
	fmt.Fprintf(out, "kubeconfig\t%s\t\n", c.Kubeconfig())
	for _, p := range c.All("") {
		if id, ok := proc.Recorded(c.Name, c.Record(p.Name)); ok {
			fmt.Fprintf(out, "%s\trunning\tpid %d\n", p.Name, id.PID)
			continue
		}
		fmt.Fprintf(out, "%s\tnot running\tsee %s\n", p.Name, c.Log(p.Name))
		problems++
	}
	return problems
}

func nodeStatus(ctx context.Context, out io.Writer, i plan.Instance, spec plan.Spec) (problems int) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, n := range spec.Nodes {
		if err := checkNode(ctx, i, n); err != nil {
			fmt.Fprintf(out, "%s\t%v\t\n", n.Name, err)
			problems++
			continue
		}
		fmt.Fprintf(out, "%s\tReady\t\n", n.Name)
	}
	return problems
}

func checkNode(ctx context.Context, i plan.Instance, n plan.Node) error {
	client, err := newClient(i)
	if err != nil {
		return err
	}
	node, err := client.CoreV1().Nodes().Get(ctx, n.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if !isReady(node) {
		return errors.New("not Ready")
	}
	return nil
}
