package main

import (
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/launch"
	"github.com/stepherd/stepherd/internal/logs"
)

// ports are what the use-cases ask of a cluster.
type ports struct {
	runs    launch.Runs
	news    launch.News
	list    launch.RunList
	create  launch.JobCreator
	edit    launch.JobEditor
	steps   launch.StepStopper
	drivers launch.DriverRemover
	watch   launch.Watcher
	server  launch.Server
	dryRun  launch.DryRunner
	archive launch.ArchiveJobs
	logs    logs.Source
}

// kubePorts are those of a Kubernetes cluster.
func kubePorts(r *kube.Runs, source logs.Source) ports {
	return ports{
		runs: r, news: r, list: r, create: r, edit: r, steps: r, drivers: r, watch: r, server: r, dryRun: r, archive: r, logs: source,
	}
}

// usecases is a user in one namespace of a cluster, and what they can do there.
type usecases struct {
	client *launch.Client
	at     ports
}

func (u *usecases) reader() *launch.Reader {
	return &launch.Reader{Client: u.client, Runs: u.at.runs, News: u.at.news}
}

func (u *usecases) lister() *launch.Lister {
	return &launch.Lister{Client: u.client, Runs: u.at.runs, List: u.at.list}
}

func (u *usecases) submitter() *launch.Submitter {
	checker := &launch.Checker{Client: u.client, Server: u.at.server, DryRun: u.at.dryRun}
	return &launch.Submitter{Client: u.client, Jobs: u.at.create, Preflight: checker}
}

func (u *usecases) controller() *launch.Controller {
	return &launch.Controller{Client: u.client, Reader: u.reader(), Jobs: u.at.edit, Steps: u.at.steps, Drivers: u.at.drivers, Watch: u.at.watch}
}

func (u *usecases) follower() *launch.Follower {
	return &launch.Follower{Client: u.client, Reader: u.reader(), Watch: u.at.watch}
}

func (u *usecases) viewer() *launch.Viewer {
	return &launch.Viewer{
		Client: u.client, Logs: u.at.logs, Runs: u.at.runs, News: u.at.news, Watcher: u.at.watch, Create: u.at.create, Archive: u.at.archive,
	}
}
