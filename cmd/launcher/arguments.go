package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/api/parameters"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/submit"
)

// Arguments that are no flags, as sentences name them.
const (
	theRun  = "the name of a run"
	theStep = "the name of a step"
	theFile = "a pipeline file, or - for standard input"
)

// positionals are the arguments that are no flags, between least and most of them; names say what they are.
func (p *program) positionals(c *cli.Context, least int, names ...string) ([]string, error) {
	given := c.Args().Slice()
	command := p.name + " " + c.Command.Name
	if name, is := kindInFront(given, len(names)); is && slices.Contains(names, theRun) {
		return nil, usagef("%s takes the name of a run alone; did you mean: %s %s", c.Command.Name, command, name)
	}
	switch extra := given[min(len(names), len(given)):]; {
	case len(given) < least && names[len(given)] == theRun:
		return nil, usagef("%s needs %s; to see them: %s list", c.Command.Name, theRun, p.name)
	case len(given) < least:
		return nil, usagef("%s needs %s; see: %s --help", c.Command.Name, names[len(given)], command)
	case len(extra) > 0 && c.Bool("wait") && isDuration(extra[0]):
		return nil, usagef("--wait takes no value%s", waitFor(p.name, extra[0]))
	case len(extra) > 0:
		return nil, usagef("%s does not know what to do with %q; see: %s --help", c.Command.Name, extra[0], command)
	}
	return append(given, make([]string, len(names)-len(given))...), nil
}

// runArgument is the one argument of a command that looks after a run.
func (p *program) runArgument(c *cli.Context) (string, error) {
	args, err := p.positionals(c, 1, theRun)
	if err != nil {
		return "", err
	}
	return args[0], p.problemOf("the name of the run", args[0], submit.RunProblem)
}

// onRun is the action of a command that looks after one run.
func (p *program) onRun(do func(c *cli.Context, u *usecases, run string) error) cli.ActionFunc {
	return onRunWith(p, func(*cli.Context) (struct{}, error) { return struct{}{}, nil },
		func(c *cli.Context, u *usecases, run string, _ struct{}) error { return do(c, u, run) })
}

// onRunWith is onRun for a command with options, which are read before the cluster is looked for.
func onRunWith[T any](p *program, options func(*cli.Context) (T, error), do func(c *cli.Context, u *usecases, run string, o T) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		name, err := p.runArgument(c)
		if err != nil {
			return err
		}
		o, err := options(c)
		if err != nil {
			return err
		}
		u, err := p.launcher(c)
		if err != nil {
			return err
		}
		return p.unlessInterrupted(c, do(c, u, name, o))
	}
}

// runAndStep are the run, and the step, which is empty where there is none.
func (p *program) runAndStep(c *cli.Context) (run, step string, err error) {
	args, err := p.positionals(c, 1, theRun, theStep)
	if err != nil {
		return "", "", err
	}
	if err := p.problemOf("the name of the run", args[0], submit.RunProblem); err != nil || c.NArg() == 1 {
		return args[0], "", err
	}
	return args[0], args[1], p.problemOf("the name of the step", args[1], v1alpha1.StepNameProblem)
}

// problemOf is a sentence on what is wrong with an argument; what says which one it is.
func (p *program) problemOf(what, value string, problem func(string) string) error {
	if value == "" {
		return usagef("%s is empty (an unset variable?); to see the runs: %s list", what, p.name)
	}
	if wrong := problem(value); wrong != "" {
		return usagef("%s", wrong)
	}
	return nil
}

// file is the one pipeline file of a command, which may stand behind -f.
func (p *program) file(c *cli.Context) (string, error) {
	least := 1
	if c.IsSet(flagFile) {
		least = 0
	}
	args, err := p.positionals(c, least, theFile)
	switch flag := c.String(flagFile); {
	case err != nil:
		return "", err
	case c.IsSet(flagFile) && c.NArg() > 0:
		return "", usagef("two pipeline files are given, %q and -f %q; %s takes one", args[0], flag, c.Command.Name)
	case c.IsSet(flagFile):
		return flag, nil
	}
	return args[0], nil
}

// flagFile is the file's flag, which kubectl's users write.
const flagFile = "file"

func fileFlag() cli.Flag {
	return &cli.StringFlag{Name: flagFile, Aliases: []string{"f"}, Usage: "pipeline `FILE`; - reads standard input"}
}

// The flags for values of parameters.
const (
	flagParam      = "param"
	flagParamsFile = "params-file"
)

func paramFlag() cli.Flag {
	return repeatable{&cli.StringSliceFlag{Name: flagParam, Usage: "value of a parameter, as `NAME=VALUE` (JSON, but for a string the text as it is) or NAME=@FILE; may be repeated"}}
}

func paramsFileFlag() cli.Flag {
	return &cli.StringFlag{Name: flagParamsFile, Usage: "`FILE` (YAML or JSON) that maps parameters to values; --param wins over it"}
}

// paramProblem is a sentence on what is wrong with a value of --param; empty if nothing is.
func paramProblem(value string) string {
	name, _, found := strings.Cut(value, "=")
	if !found {
		return fmt.Sprintf("%q has no =; write --%s NAME=VALUE", value, flagParam)
	}
	if wrong := parameters.NameProblem("parameter", name); wrong != "" {
		return fmt.Sprintf("%q: %s", value, wrong)
	}
	return ""
}

// waitFor is how to wait for a while, for who gave a duration to a flag that takes none.
func waitFor(program, duration string) string {
	return fmt.Sprintf("; to wait for %s at most: %s wait RUN --timeout %s", duration, program, duration)
}
