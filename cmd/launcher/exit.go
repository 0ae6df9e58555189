package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/phrase"
)

// The exit codes (fixed).
const (
	exitDone      = 0
	exitFailed    = 1
	exitUsage     = 2
	exitCluster   = 3
	exitCancelled = 4
	exitTimeout   = 5
	exitDetached  = 130
)

const exitCodes = `Exit codes:
  0    the run Succeeded, or the command did its work
  1    the run Failed
  2    wrong usage, an invalid pipeline, or the cluster refuses the pipeline's Pods
  3    cluster unreachable or unknown, no such namespace or run, permission missing, name taken; contact was
       lost while the run goes on; or an internal error
  4    the run was Cancelled
  5    --timeout passed while waiting
  130  detached by Ctrl-C; the run goes on`

// usageError is a command line that cannot be understood.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// verdict is the end of a run as the end of this program: nothing is left to be said.
type verdict v1alpha1.RunPhase

func (v verdict) Error() string { return "the run " + string(v) }

// verdictOf is nil for a run that succeeded.
func verdictOf(run v1alpha1.Run) error {
	if run.Phase == v1alpha1.RunSucceeded {
		return nil
	}
	return verdict(run.Phase)
}

// fileProblems is a pipeline file that is wrong; what was not done because of it follows the list.
type fileProblems struct {
	problems *yamltree.Problems
	so       string
}

func (e fileProblems) Error() string { return e.problems.Error() }

// exitCode is the one place that makes exit codes.
func exitCode(err error) int {
	var v verdict
	var usage usageError
	var problems fileProblems
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &v):
		switch v1alpha1.RunPhase(v) {
		case v1alpha1.RunFailed:
			return exitFailed
		case v1alpha1.RunCancelled:
			return exitCancelled
		default:
			return exitCluster // no verdict: it must not pass for one
		}
	case errors.As(err, &usage), errors.As(err, &problems):
		return exitUsage
	}
	switch client.ClassOf(err) {
	case client.ClassUser:
		return exitUsage
	case client.ClassTimeout:
		return exitTimeout
	case client.ClassDetached:
		return exitDetached
	default:
		return exitCluster
	}
}

// end says on stderr what went wrong and gives the exit code.
func (p *program) end(err error) int {
	code := exitCode(err)
	var v verdict
	var problems fileProblems
	switch {
	case err == nil, errors.As(err, &v):
	case errors.As(err, &problems):
		p.say("%s", problems.problems.Error())
		p.say("error: %s in %s%s", phrase.Count(len(problems.problems.List), "problem"), problems.problems.File, problems.so)
	case code == exitDetached:
		p.say("%s", err)
	default:
		for line := range strings.Lines(err.Error()) {
			p.say("error: %s", strings.TrimSuffix(line, "\n"))
		}
	}
	return code
}

// unlessInterrupted lets Ctrl-C speak for itself.
func (p *program) unlessInterrupted(c *cli.Context, err error) error {
	if err != nil && c.Context.Err() != nil && client.ClassOf(err) != client.ClassDetached && !errors.As(err, new(verdict)) {
		return client.ErrInterrupted
	}
	return err
}
