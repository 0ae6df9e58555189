package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/stepherd/stepherd/test/localcluster/cgroup"
	"github.com/stepherd/stepherd/test/localcluster/ns"
	"github.com/stepherd/stepherd/test/localcluster/plan"
	"github.com/stepherd/stepherd/test/localcluster/proc"
)

// Down removes everything that an Up may have made. It needs nothing but the name, so it works
// after an Up that was killed, after a Down that was killed, and when there is nothing.
func Down(ctx context.Context, i plan.Instance, out io.Writer) error {
	if err := checkRoot("down"); err != nil {
		return err
	}
	begin := time.Now()
	_, err := os.Stat(i.Dir())
	existed := err == nil
	lock, err := lockWithin(ctx, i, out)
	if err != nil {
		return err
	}
	defer lock.Close()
	ctx, cancel := context.WithTimeout(ctx, operationLimit)
	defer cancel()
	d := down{Instance: i}
	told := out
	if existed {
		fmt.Fprintf(out, "cluster %q, removing\n", i.Name)
	} else {
		told = io.Discard
	}
	err = runPhases(ctx, told, []phase{
		{"processes and containers", d.processes},
		{"mounts and namespaces", d.namespaces},
		{"cgroups", d.cgroups},
		{"files", d.files},
	})
	if err != nil {
		return fmt.Errorf("cluster %q is not wholly removed: %w; run down again", i.Name, err)
	}
	if !existed {
		fmt.Fprintf(out, "cluster %q is not there\n", i.Name)
		return nil
	}
	fmt.Fprintf(out, "cluster %q is gone after %.1f s\n", i.Name, time.Since(begin).Seconds())
	return nil
}

type down struct{ plan.Instance }

func (d down) processes(ctx context.Context) error {
	records, err := filepath.Glob(d.Record("*"))
	if err != nil {
		return fmt.Errorf("list process records: %w", err)
	}
	all := prey{Instance: d.Instance, records: records, cgroup: d.Cgroup()}
	return proc.KillAll(ctx, all.find)
}

// prey is which processes to end: of the whole instance, or of one node.
type prey struct {
	plan.Instance
	node    string // empty: all
	records []string
	cgroup  string
}

// find lists all that carry the marker, have a record, or are in the cgroup. Containers' own
// processes do not carry the marker, but they never leave the cgroup.
func (p prey) find() ([]proc.Identity, error) {
	found, err := proc.Marked(p.Name, p.node)
	if err != nil {
		return nil, err
	}
	for _, record := range p.records {
		if id, ok := proc.Recorded(p.Name, record); ok {
			found = append(found, id)
		}
	}
	if err := cgroup.Thaw(p.cgroup); err != nil {
		return nil, err
	}
	pids, err := cgroup.Processes(p.cgroup)
	return append(found, proc.Identify(pids)...), err
}

func (d down) namespaces(context.Context) error {
	if err := ns.UnmountBelow(d.Dir()); err != nil {
		return err
	}
	entries, err := os.ReadDir(plan.NetnsRoot)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("list network namespaces: %w", err)
	}
	var pins []string
	for _, e := range entries {
		if d.OwnsNetns(e.Name()) {
			pins = append(pins, filepath.Join(plan.NetnsRoot, e.Name()))
		}
	}
	if err := removePins(pins); err != nil {
		return err
	}
	_ = os.Remove(plan.NetnsRoot) // only if it is empty
	return nil
}

// removePins removes all that it can, and returns why the others stay, one a line.
func removePins(pins []string) error {
	var all []error
	for _, pin := range pins {
		all = append(all, ns.RemovePin(pin))
	}
	return errors.Join(all...)
}

// cgroups tries again for a while: the kernel lets go of an ended process a little later.
func (d down) cgroups(ctx context.Context) error {
	return poll(ctx, func(context.Context) error { return cgroup.Remove(d.Cgroup()) })
}

// files removes the folder, and the lock last, so that no other command runs before.
func (d down) files(context.Context) error {
	if err := os.RemoveAll(d.Dir()); err != nil {
		return fmt.Errorf("remove state: %w", err)
	}
	if err := os.Remove(d.LockFile()); err != nil {
		return fmt.Errorf("remove lock: %w", err)
	}
	_ = os.Remove(plan.Root) // only if no other instance is in it
	return nil
}
