package cluster

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/stepherd/stepherd/test/localcluster/internal/config"
	"github.com/stepherd/stepherd/test/localcluster/internal/image"
	"github.com/stepherd/stepherd/test/localcluster/internal/plan"
	"github.com/stepherd/stepherd/test/localcluster/internal/proc"
)

const containerdSocket = "/run/containerd/containerd.sock" // inside a node

// ctr runs containerd's command line inside a node. Kubernetes' images are in namespace k8s.io.
func ctr(ctx context.Context, c config.Cluster, n plan.Node, stdin io.Reader, args ...string) (string, error) {
	return proc.Run(ctx, proc.Command{
		Instance: c.Name,
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
	err := poll(ctx, func(context.Context) error {
		return u.NodeNamespaces(n).Do(func() error {
			conn, err := net.Dial("unix", containerdSocket)
			if err != nil {
				return err
			}
			return conn.Close()
		})
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
	for _, path := range paths {
		if err := loadFile(ctx, c, path); err != nil {
			return err
		}
		fmt.Fprintf(out, "loaded %s on %d node(s)\n", path, len(spec.Nodes))
	}
	return nil
}

func loadFile(ctx context.Context, c config.Cluster, path string) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, n := range c.Spec.Nodes {
		group.Go(func() error {
			f, err := os.Open(path)
			if err != nil {
				return fmt.Errorf("load image: %w", err)
			}
			defer f.Close()
			if _, err := ctr(ctx, c, n, f, "images", "import", "-"); err != nil {
				return fmt.Errorf("load image %s: %w", path, err)
			}
			return nil
		})
	}
	return group.Wait()
}
