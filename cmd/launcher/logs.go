package main

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/launch/runlogs"
	"github.com/stepherd/stepherd/internal/logview"
)

const logsText = `With several steps, each line is prefixed with its step: "step | line"; "step#2 | line" for the second attempt; "step/container | line"
for a container other than main. With STEP, only its main container is shown, or the one --container, without a prefix.

Without -f, logs are printed step by step in the order of the pipeline: of each step, the latest attempt that has a log;
--all-attempts and --attempt choose others. With -f, lines are printed as they are written, later attempts included, until the
run, STEP, or --attempt ends; stderr reports when steps start (+) and end (-). The exit code is 0 whatever the result of the
run; watch exits with the result.

Lines are read from the steps' Pods. If a Pod is gone, stderr says where its lines come from instead, and what is lost: the
driver's log holds only what its node has not rotated away, and its times are the driver's.

--tail counts the lines of each container, after --since and before --grep. --grep takes Go's RE2 syntax and ignores color codes;
in a line over 15 KiB it searches the beginning. Where a node has discarded part of a log, a mark stands in its place; with one
STEP, on stderr.

-o text (default) shows a progress bar (\r) as a terminal would show it in the end, and splits lines over 15 KiB, with a
mark where lines have a prefix. -o json prints one object per line: {"time","step","attempt","container","line"}; the parts of a longer
line, except the last, have "continues":true; {...,"gap":{"from","to","cause","text"}} stands where lines are missing. -o raw prints the
bytes that the container wrote, and everything else on stderr.

--color auto keeps the steps' own colors and, on a terminal, gives each step's name a color; never removes all colors, as NO_COLOR
does; always keeps them in a pipe as well.`

func logsCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:        "logs",
		Usage:       "show the logs of a run's steps",
		ArgsUsage:   "RUN [STEP]",
		Description: logsText,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "keep streaming until the run, or STEP, has ended", DisableDefaultText: true},
			&cli.StringFlag{Name: "container", Aliases: []string{"c"}, Usage: "only the container `NAME`"},
			&cli.StringFlag{Name: "attempt", Usage: "only attempt `NUMBER`, counted from 1"},
			&cli.BoolFlag{Name: "all-attempts", Usage: "every attempt of each step", DisableDefaultText: true},
			&cli.StringFlag{Name: "since", Usage: "only lines newer than `DURATION`, such as 90s or 2h"},
			&cli.StringFlag{Name: "tail", Usage: "only the last `NUMBER` lines of each container"},
			&cli.StringFlag{Name: "grep", Usage: "only lines that match the regular `EXPRESSION`"},
			&cli.BoolFlag{Name: "timestamps", Usage: "prefix each line with its time", DisableDefaultText: true},
			outputFlag("text (default), json or raw"),
			&cli.StringFlag{Name: "color", Usage: "`WHEN` to use color: auto (default), always or never"},
		},
		Action: p.logs,
	}
}

func (p *program) logs(c *cli.Context) error {
	run, step, err := p.runAndStep(c)
	if err != nil {
		return err
	}
	q, err := logQuery(c, run, step)
	if err != nil {
		return err
	}
	u, err := p.launcher(c)
	if err != nil {
		return err
	}
	switch c.String("color") {
	case "always":
		u.client.OutColor, u.client.ErrColor, u.client.Colorless = true, true, false
	case "never":
		u.client.OutColor, u.client.ErrColor, u.client.Colorless = false, false, true
	}
	err = u.viewer().Show(c.Context, q)
	if err != nil && c.Context.Err() != nil && q.Follow {
		return u.client.Detached(q.Run, append([]string{"logs"}, append(c.Args().Slice(), "-f")...)...)
	}
	return p.unlessInterrupted(c, err)
}

// logQuery is what the flags of logs want.
func logQuery(c *cli.Context, run, step string) (q runlogs.Query, err error) {
	q = runlogs.Query{
		Run: run, Step: step, Container: c.String("container"), AllAttempts: c.Bool("all-attempts"),
		Follow: c.Bool("follow"), Timestamps: c.Bool("timestamps"),
	}
	if q.Attempt, err = number(c, "attempt", 1); err != nil {
		return q, err
	}
	if c.IsSet("tail") {
		tail, err := number(c, "tail", 0)
		if err != nil {
			return q, err
		}
		q.Tail = &tail
	}
	if q.Since, err = duration(c, "since"); err != nil {
		return q, err
	}
	if q.Grep, err = expression(c, "grep"); err != nil {
		return q, err
	}
	format, err := output(c, "text", "json", "raw")
	if err != nil {
		return q, err
	}
	q.Form = map[string]logview.Kind{"json": logview.JSON, "raw": logview.Raw}[format]
	if _, err := oneOf(c, "color", "auto", "always", "never"); err != nil {
		return q, err
	}
	return q, logSense(c, q)
}

// logSense refuses what makes no sense together.
func logSense(c *cli.Context, q runlogs.Query) error {
	switch {
	case c.IsSet("since") && q.Since == 0:
		return usagef("--since 0s wants nothing; leave it out for all lines, or give --tail 0 for new ones only")
	case q.Attempt != 0 && q.AllAttempts:
		return usagef("--attempt and --all-attempts exclude each other")
	case q.Tail != nil && *q.Tail == 0 && !q.Follow:
		return usagef("--tail 0 wants nothing without -f, which goes on with new lines")
	case q.Timestamps && q.Form == logview.JSON:
		return usagef("--timestamps is for text; each object of -o json has its time")
	case q.Timestamps && q.Form == logview.Raw:
		return usagef("--timestamps and -o raw exclude each other: raw is what the container wrote and nothing else")
	case c.IsSet("color") && q.Form != logview.Text:
		return usagef("--color is for text; -o %s has lines as they were written", c.String("output"))
	case q.Form == logview.Raw && q.Follow && q.Step == "":
		return usagef("-o raw -f needs a STEP: without prefixes, lines of several steps that come by turns cannot be told apart")
	}
	return nil
}

// number is the value of a flag that takes a whole number, not less than least; 0 where it is not set.
func number(c *cli.Context, flag string, least int) (int, error) {
	if !c.IsSet(flag) {
		return 0, nil
	}
	n, err := strconv.Atoi(c.String(flag))
	if err != nil || n < least {
		return 0, usagef("--%s takes a whole number from %d on, not %q", flag, least, c.String(flag))
	}
	return n, nil
}

// expression is the value of a flag that takes a regular expression; nil where it is not set.
func expression(c *cli.Context, flag string) (*regexp.Regexp, error) {
	if !c.IsSet(flag) {
		return nil, nil
	}
	re, err := regexp.Compile(c.String(flag))
	var bad *syntax.Error
	if errors.As(err, &bad) {
		return nil, usagef("--%s takes a regular expression, and %q is none: %s at %q", flag, c.String(flag), bad.Code, bad.Expr)
	}
	return re, err
}
