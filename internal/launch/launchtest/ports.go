package launchtest

import (
	"github.com/stepherd/stepherd/internal/launch/archiveread"
	"github.com/stepherd/stepherd/internal/launch/control"
	"github.com/stepherd/stepherd/internal/launch/follow"
	"github.com/stepherd/stepherd/internal/launch/lookup"
	"github.com/stepherd/stepherd/internal/launch/preflight"
	"github.com/stepherd/stepherd/internal/launch/submit"
)

// Ports are all that the use-cases ask of a cluster.
type Ports struct {
	Runs    lookup.Runs
	News    lookup.News
	List    lookup.RunList
	Create  submit.Jobs
	Edit    control.Jobs
	Steps   control.StepStopper
	Drivers control.DriverRemover
	Watch   follow.Watcher
	Archive archiveread.Jobs
	Server  preflight.Server
	DryRun  preflight.DryRunner
}

// PortsOf returns the ports of one value that implements them all, as the adapter of Kubernetes does.
func PortsOf[A interface {
	lookup.Runs
	lookup.News
	lookup.RunList
	submit.Jobs
	control.Jobs
	control.StepStopper
	control.DriverRemover
	follow.Watcher
	archiveread.Jobs
	preflight.Server
	preflight.DryRunner
}](a A) Ports {
	return Ports{Runs: a, News: a, List: a, Create: a, Edit: a, Steps: a, Drivers: a, Watch: a, Archive: a, Server: a, DryRun: a}
}

// Ports are those of the cluster in memory.
func (c *Cluster) Ports() Ports {
	return Ports{
		Runs: c.Runs(), News: c.News(), List: c.List(), Create: c.Jobs(), Edit: c.Jobs(), Steps: c.Pods(), Drivers: c.Pods(),
		Watch: c.Watches(), Archive: c.Archives(), Server: c.Server(), DryRun: c.DryRuns(),
	}
}
