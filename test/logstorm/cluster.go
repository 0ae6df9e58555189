package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/test/rig"
)

const namespace = "logstorm"

// cluster is the storm's own.
type cluster struct {
	rig.Local
	launcher rig.Launcher
	// harm is held by who does some.
	harm sync.Mutex
}

// Of the three nodes two never rotate a log here, and one as early and as often as it can.
const (
	neverRotates = "4Gi"
	rotatingNode = "node-3"
	rotatesAt    = "64Ki"
)

// makeCluster brings up the nodes and installs Stepherd.
func makeCluster(ctx context.Context, o options) (*cluster, error) {
	c := &cluster{}
	return c, o.Make(ctx, func(ctx context.Context, l rig.Local) error {
		c.Local = l
		return c.bringUp(ctx, o)
	})
}

func (c *cluster) bringUp(ctx context.Context, o options) error {
	if _, err := c.Do(ctx, "up", "--nodes", "3", "--kubelet-log-max-size", neverRotates,
		"--kubelet-log-max-size", rotatingNode+":"+rotatesAt, "--label", rotatingNode+":"+rotates+"=true",
		"--taint", rotatingNode+":"+rotates+"=:NoSchedule"); err != nil {
		return err
	}
	kubeconfig, err := c.Do(ctx, "kubeconfig")
	if err != nil {
		return err
	}
	c.launcher = rig.Launcher{Path: filepath.Join(o.Bin, "launcher"), Kubeconfig: kubeconfig, Namespace: namespace}
	if _, err := c.Do(ctx, "load", filepath.Join(o.Bin, "driver-image.tar")); err != nil {
		return err
	}
	if err := os.MkdirAll(c.stormDir(), 0o755); err != nil {
		return fmt.Errorf("make the folder that steps look into: %w", err)
	}
	if _, err := c.Do(ctx, "kubectl", "create", "namespace", namespace); err != nil {
		return err
	}
	_, err = c.Do(ctx, "kubectl", "apply", "-n", namespace, "-k", filepath.Join(o.Bin, "..", "deploy"))
	return err
}

// keepLogs copies what goes with the cluster: what its parts have logged, and the drivers' stdouts with the times of their lines.
func (c *cluster) keepLogs(dir string) error {
	drivers, err := filepath.Glob(driverLogs(c.dir(), "*"))
	for _, from := range append(drivers, filepath.Join(c.dir(), "logs")) {
		to := filepath.Join(dir, "cluster")
		if filepath.Base(from) == v1alpha1.DriverContainer {
			to = filepath.Join(dir, filepath.Base(filepath.Dir(from)))
		}
		err = errs.Join(err, os.CopyFS(to, os.DirFS(from)))
	}
	if err != nil {
		return fmt.Errorf("keep the logs of the cluster: %w", err)
	}
	return nil
}

// dir is the cluster's folder on this machine, which is at the same place on every node.
func (c *cluster) dir() string { return filepath.Dir(c.launcher.Kubeconfig) }

func (c *cluster) stormDir() string { return filepath.Join(c.dir(), "logstorm") }

// endStorm lets the steps end.
func (c *cluster) endStorm() error {
	if err := os.WriteFile(filepath.Join(c.stormDir(), "end"), nil, 0o644); err != nil {
		return fmt.Errorf("tell the steps that the storm is over: %w", err)
	}
	return nil
}
