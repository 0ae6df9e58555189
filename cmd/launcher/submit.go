package main

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"
	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/launch/follow"
	"github.com/stepherd/stepherd/internal/launch/submit"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/report"
)

func submitCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:      "submit",
		Usage:     "run a pipeline",
		ArgsUsage: "FILE (or -f FILE; - reads standard input)",
		Description: "Validates the pipeline, checks it against the cluster at the same time, then creates the run with a single request.\n" +
			"Returns as soon as the cluster has accepted the run, unless --follow or --wait is given.",
		Flags: []cli.Flag{
			fileFlag(), paramFlag(), paramsFileFlag(),
			&cli.StringFlag{Name: "name", Usage: "`NAME` of the run; default: the pipeline's name and five random characters"},
			&cli.BoolFlag{Name: "follow", Usage: "stream the logs of all steps to stdout until the run ends; exit with its result", DisableDefaultText: true},
			&cli.BoolFlag{Name: "wait", Usage: "wait until the run ends; exit with its result", DisableDefaultText: true},
			outputFlag("name, json or yaml; prints the Job that was created"),
			&cli.StringFlag{Name: "dry-run", Usage: "create nothing; `WHERE` is client (contact no cluster) or server (full server-side check, nothing stored)"},
			&cli.BoolFlag{Name: "no-check", Usage: "skip the checks against the cluster", DisableDefaultText: true},
			&cli.StringFlag{Name: "driver-image", Usage: "driver `IMAGE`; overrides the pipeline's"},
			&cli.StringFlag{Name: "service-account", Usage: "driver service `ACCOUNT`; overrides the pipeline's"},
		},
		Action: p.submit,
	}
}

// submission is what the flags of submit say.
type submission struct {
	file, output, dryRun string
	follow, wait         bool
}

func (p *program) submit(c *cli.Context) error {
	o, err := p.submission(c)
	if err != nil {
		return err
	}
	reading, err := p.load(c, o.file, "; nothing was submitted", false)
	if err != nil {
		return err
	}
	if err := p.checkPlace(c, reading); err != nil {
		return err
	}
	s := submit.Submission{
		Pipeline: reading.Pipeline, Name: c.String("name"), NoCheck: c.Bool("no-check"), DryRun: o.dryRun == "server",
		DriverImage: c.String("driver-image"), DefaultDriverImage: defaultDriverImage(), ServiceAccount: c.String("service-account"),
	}
	if o.dryRun == "client" {
		return p.submitNowhere(c, s, o)
	}
	u, err := p.launcher(c)
	if err != nil {
		return err
	}
	job, err := u.submitter().Submit(c.Context, s)
	if err != nil {
		return p.unlessInterrupted(c, err)
	}
	if err := p.announce(u, job, o); err != nil || !o.follow && !o.wait {
		return err
	}
	if o.follow {
		return p.toTheEnd(c.Context, u, job.Name, u.viewer().Follow, "watch")
	}
	return p.toTheEnd(c.Context, u, job.Name, u.follower().Wait, "wait")
}

func (p *program) submission(c *cli.Context) (submission, error) {
	o := submission{follow: c.Bool("follow"), wait: c.Bool("wait")}
	file, err := p.file(c)
	if err != nil {
		return o, err
	}
	o.file = file
	if o.output, err = output(c, "name", "json", "yaml"); err != nil {
		return o, err
	}
	if o.dryRun, err = oneOf(c, "dry-run", "client", "server"); err != nil {
		return o, err
	}
	switch {
	case o.follow && o.wait:
		return o, usagef("--follow and --wait exclude each other: --follow waits, too")
	case o.follow && o.output != "":
		return o, usagef("--follow and --output exclude each other: both write to stdout")
	case o.dryRun != "" && (o.follow || o.wait):
		return o, usagef("--dry-run creates nothing that could be followed or waited for")
	}
	return o, nil
}

// submitNowhere is --dry-run=client.
func (p *program) submitNowhere(c *cli.Context, s submit.Submission, o submission) error {
	namespace, err := p.namespace(c)
	if err != nil {
		return err
	}
	job, err := submit.MakeJob(s, namespace)
	if err != nil {
		return err
	}
	if o.output == "" {
		_, err = fmt.Fprintf(p.stdout, "run %s would be submitted to namespace %q (no cluster was asked)\n", job.Name, namespace)
		return err
	}
	return writeJob(p.stdout, job, o.output)
}

// announce prints that the run was accepted: on stdout, unless a log will follow there.
func (p *program) announce(u *usecases, job *batchv1.Job, o submission) error {
	switch {
	case o.output != "":
		return writeJob(p.stdout, job, o.output)
	case o.dryRun != "":
		_, err := fmt.Fprintf(p.stdout, "run %s would be submitted to namespace %q (the cluster accepts it)\n", job.Name, u.client.Namespace)
		return err
	}
	w := p.stdout
	if o.follow {
		w = p.stderr
	}
	if err := u.submitter().Announce(w, job); err != nil {
		return err
	}
	if !o.follow && !o.wait {
		u.submitter().HowToGoOn(job.Name)
	}
	return nil
}

func writeJob(w io.Writer, job *batchv1.Job, format string) error {
	switch format {
	case "name":
		_, err := fmt.Fprintln(w, job.Name)
		return err
	case "json":
		return report.JSON(w, job)
	}
	text, err := podspec.YAML(job)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// toTheEnd does what waits for a run, and ends as the run does. Ctrl-C lets go of it; back is the command that comes back.
func (p *program) toTheEnd(ctx context.Context, u *usecases, name string, wait waiting, back string) error {
	ended, err := wait(ctx, name)
	switch {
	case err != nil && ctx.Err() != nil:
		return u.client.Detached(name, back, name)
	case err != nil:
		return err
	}
	if err := u.verdict(ended); err != nil {
		return err
	}
	return verdictOf(ended.Run)
}

// verdict says on stderr how a run ended.
func (u *usecases) verdict(e follow.Ending) error {
	return report.Verdict(u.client.Err, e.Run, e.LastLines, report.Options{Now: u.client.Now(), Color: u.client.ErrColor})
}

// waiting is a way to wait for a run's end: with or without its logs.
type waiting func(ctx context.Context, run string) (follow.Ending, error)

// defaultDriverImage is what `make image` calls the image of this version.
func defaultDriverImage() string { return podspec.DefaultDriverImageRepository + ":" + version }
