package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/phrase"
	"github.com/stepherd/stepherd/internal/retry"
)

// Outcome is what a command did. Code is -1 if it was killed.
type Outcome struct {
	Code           int
	Stdout, Stderr string
}

// Text is all that it said, in one line.
func (o Outcome) Text() string { return phrase.OneLine(o.Stdout + " " + o.Stderr) }

// Command runs a program; err is for one that could not be run.
func Command(ctx context.Context, env []string, stdin, path string, args ...string) (Outcome, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return Outcome{Code: -1}, fmt.Errorf("run %s %s: %w", filepath.Base(path), strings.Join(args, " "), err)
	}
	return Outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}, nil
}

// Local is `localcluster` for the cluster of that name; Path is the program.
type Local struct{ Path, Name string }

// verbLimit is how long a part of the cluster may take to go or come.
const verbLimit = 4 * time.Minute

// Do runs a verb, and gives an error with what it said if it did not do it.
func (l Local) Do(ctx context.Context, words ...string) (string, error) {
	return l.DoWith(ctx, "", words...)
}

// DoWith is Do with something on stdin, for kubectl.
func (l Local) DoWith(ctx context.Context, stdin string, words ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, verbLimit)
	defer cancel()
	got, err := Command(ctx, nil, stdin, l.Path, l.withName(words)...)
	if err != nil {
		return "", err
	}
	if got.Code != 0 {
		return "", fmt.Errorf("localcluster %s --name %s: exit code %d: %s", strings.Join(words, " "), l.Name, got.Code, got.Text())
	}
	return strings.TrimSpace(got.Stdout), nil
}

// withName says which cluster, and that what follows `kubectl` is kubectl's own.
func (l Local) withName(words []string) []string {
	named := append([]string{"--name", l.Name}, words...)
	if words[0] == "kubectl" {
		return slices.Insert(named, 3, "--")
	}
	return named
}

// Down removes the cluster, also when the context has ended.
func (l Local) Down(ctx context.Context) error {
	_, err := l.Do(context.WithoutCancel(ctx), "down")
	return err
}

// Launcher is `launcher` in a namespace; Path is the program.
type Launcher struct{ Path, Kubeconfig, Namespace string }

// Do runs a sub-command of it.
func (l Launcher) Do(ctx context.Context, stdin string, args ...string) (Outcome, error) {
	return Command(ctx, []string{"KUBECONFIG=" + l.Kubeconfig}, stdin, l.Path, append(args, "-n", l.Namespace)...)
}

// Insist tries until it is done, every second: the API server may be away.
func Insist(ctx context.Context, try func(context.Context) error) error {
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if cause := retry.Sleep(ctx, time.Second); cause != nil {
			return errs.Join(cause, err)
		}
	}
}
