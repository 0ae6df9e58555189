package cluster

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/stepherd/stepherd/test/localcluster/config"
	"github.com/stepherd/stepherd/test/localcluster/image"
	"github.com/stepherd/stepherd/test/localcluster/plan"
	"github.com/stepherd/stepherd/test/localcluster/proc"
)

const containerdSocket = "/run/containerd/containerd.sock" // inside a node

// ctr runs containerd's command line inside a node. Kubernetes' images are in namespace k8s.io.
func ctr(ctx context.Context, c config.Cluster, n plan.Node, stdin io.Reader, args ...string) (string, error) {
	return proc.Run(ctx, proc.Command{
		Instance: c.Name,
		Node:     n.Name,
		Name:     "ctr " + args[0] + " on " + n.Name,
		Argv:     append([]string{"/usr/bin/ctr", "--namespace", "k8s.io"}, args...),
		In:       c.NodeNamespaces(n),
	}, stdin)
}

// loadImages begins to load the images that every node has; waitForImages ends it. It goes on
// while the API server starts.
func (u *up) loadImages(ctx context.Context) {
	u.images, ctx = errgroup.WithContext(ctx)
	for _, n := range u.Spec.Nodes {
		u.images.Go(func() error { return u.loadBasics(ctx, n) })
	}
}

func (u *up) waitForImages(context.Context) error { return u.images.Wait() }

func (u *up) loadBasics(ctx context.Context, n plan.Node) error {
	err := poll(ctx, func(ctx context.Context) error {
		return u.NodeNamespaces(n).Do(func() error { return knock(ctx, "unix", containerdSocket) })
	})
	if err != nil {
		return fmt.Errorf("reach containerd of %s: %w", n.Name, err)
	}
	list, err := ctr(ctx, u.Cluster, n, nil, "images", "list", "--quiet")
	if err != nil {
		return err
	}
	present := strings.Fields(list)
	if !slices.ContainsFunc(image.All, func(name string) bool { return !slices.Contains(present, name) }) {
		return nil
	}
	var archive bytes.Buffer
	if err := image.Write(ctx, &archive); err != nil {
		return err
	}
	_, err = ctr(ctx, u.Cluster, n, &archive, "images", "import", "-")
	return err
}

// Load puts images on every node.
func Load(ctx context.Context, i plan.Instance, paths []string, out io.Writer) error {
	if err := checkRoot("load"); err != nil {
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
	for _, n := range spec.Nodes {
		if isStopped(i, n.Name) {
			return fmt.Errorf("%s of cluster %q is stopped, so it cannot be given images: run %s first", n.Name, i.Name, hint(i, "node start "+n.Name))
		}
	}
	for _, path := range paths {
		names, err := loadFile(ctx, c, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "loaded %s on %d node(s)\n", strings.Join(names, ", "), len(spec.Nodes))
	}
	return nil
}

// loadFile returns the names of the images in the file.
func loadFile(ctx context.Context, c config.Cluster, path string) ([]string, error) {
	outputs := make([]string, len(c.Spec.Nodes))
	group, ctx := errgroup.WithContext(ctx)
	for at, n := range c.Spec.Nodes {
		group.Go(func() error {
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			outputs[at], err = ctr(ctx, c, n, f, "images", "import", "-")
			return err
		})
	}
	err := group.Wait()
	if err != nil && strings.Contains(err.Error(), "filtered out") {
		return nil, fmt.Errorf("load image %s: it is not for linux/%s: set os and architecture in the image's configuration", path, runtime.GOARCH)
	}
	if err != nil {
		return nil, fmt.Errorf("load image %s: %w", path, err)
	}
	return importedNames(outputs[0]), nil
}

// importedNames reads what ctr says: a line "unpacking NAME (DIGEST)...done" for each image.
func importedNames(output string) []string {
	var names []string
	for line := range strings.Lines(output) {
		if rest, ok := strings.CutPrefix(line, "unpacking "); ok {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, name)
		}
	}
	return names
}
