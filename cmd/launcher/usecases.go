package main

import (
	"github.com/stepherd/stepherd/internal/kube/runs"
	"github.com/stepherd/stepherd/internal/launch/archiveread"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/control"
	"github.com/stepherd/stepherd/internal/launch/follow"
	"github.com/stepherd/stepherd/internal/launch/lookup"
	"github.com/stepherd/stepherd/internal/launch/preflight"
	"github.com/stepherd/stepherd/internal/launch/runlogs"
	"github.com/stepherd/stepherd/internal/launch/submit"
	"github.com/stepherd/stepherd/internal/logs"
)

// ports are what the use-cases ask of a cluster.
type ports struct {
	runs    lookup.Runs
	news    lookup.News
	list    lookup.RunList
	create  submit.Jobs
	edit    control.Jobs
	steps   control.StepStopper
	drivers control.DriverRemover
	watch   follow.Watcher
	server  preflight.Server
	dryRun  preflight.DryRunner
	archive archiveread.Jobs
	logs    logs.Source
}

// kubePorts are those of a Kubernetes cluster.
func kubePorts(r *runs.Client, source logs.Source) ports {
	return ports{
		runs: r, news: r, list: r, create: r, edit: r, steps: r, drivers: r, watch: r, server: r, dryRun: r, archive: r, logs: source,
	}
}

// usecases is a user in one namespace of a cluster, and what they can do there.
type usecases struct {
	client *client.Client
	at     ports
}

func (u *usecases) reader() *lookup.Reader {
	return &lookup.Reader{Client: u.client, Runs: u.at.runs, News: u.at.news}
}

func (u *usecases) lister() *lookup.Lister {
	return &lookup.Lister{Client: u.client, Runs: u.at.runs, List: u.at.list}
}

func (u *usecases) submitter() *submit.Submitter {
	checker := &preflight.Checker{Client: u.client, Server: u.at.server, DryRun: u.at.dryRun}
	return &submit.Submitter{Client: u.client, Jobs: u.at.create, Preflight: checker}
}

func (u *usecases) controller() *control.Controller {
	return &control.Controller{Client: u.client, Reader: u.reader(), Jobs: u.at.edit, Steps: u.at.steps, Drivers: u.at.drivers, Watch: u.at.watch}
}

func (u *usecases) follower() *follow.Follower {
	return &follow.Follower{Client: u.client, Reader: u.reader(), Watch: u.at.watch}
}

func (u *usecases) viewer() *runlogs.Viewer {
	return &runlogs.Viewer{
		Client: u.client, Logs: u.at.logs, Runs: u.at.runs, News: u.at.news, Watcher: u.at.watch,
		Archive: archiveread.Ports{Create: u.at.create, Jobs: u.at.archive},
	}
}
