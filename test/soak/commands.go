package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// outcome is what a command did. code is -1 if it was killed.
type outcome struct {
	code           int
	stdout, stderr string
}

// text is all that it said, in one line.
func (o outcome) text() string { return strings.Join(strings.Fields(o.stdout+" "+o.stderr), " ") }

// command runs a program; err is for one that could not be run.
func command(ctx context.Context, env []string, stdin, path string, args ...string) (outcome, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return outcome{code: -1}, fmt.Errorf("run %s %s: %w", filepath.Base(path), strings.Join(args, " "), err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}, nil
}

// local is `localcluster` for the soak's own cluster.
type local struct{ path, name string }

// verbLimit is how long a part of the cluster may take to go or come.
const verbLimit = 4 * time.Minute

// do runs a verb, and gives an error with what it said if it did not do it.
func (l local) do(ctx context.Context, words ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, verbLimit)
	defer cancel()
	got, err := command(ctx, nil, "", l.path, l.withName(words)...)
	if err != nil {
		return "", err
	}
	if got.code != 0 {
		return "", fmt.Errorf("localcluster %s --name %s: exit code %d: %s", strings.Join(words, " "), l.name, got.code, got.text())
	}
	return strings.TrimSpace(got.stdout), nil
}

// withName says which cluster, and that what follows `kubectl` is kubectl's own.
func (l local) withName(words []string) []string {
	named := append([]string{"--name", l.name}, words...)
	if words[0] == "kubectl" {
		return slices.Insert(named, 3, "--")
	}
	return named
}

// launcher is `launcher` in the soak's namespace.
type launcher struct{ path, kubeconfig, namespace string }

func (l launcher) do(ctx context.Context, stdin string, args ...string) (outcome, error) {
	return command(ctx, []string{"KUBECONFIG=" + l.kubeconfig}, stdin, l.path, append(args, "-n", l.namespace)...)
}

// get is a run as `get -o json` shows it.
func (l launcher) get(ctx context.Context, run string) (v1alpha1.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	got, err := l.do(ctx, "", "get", run, "-o", "json")
	if err != nil {
		return v1alpha1.Run{}, err
	}
	if got.code != 0 {
		return v1alpha1.Run{}, fmt.Errorf("launcher get %s: exit code %d: %s", run, got.code, got.text())
	}
	var r v1alpha1.Run
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil {
		return r, fmt.Errorf("read what launcher get %s -o json says: %w", run, err)
	}
	return r, nil
}

// askLimit is how long one question may take.
const askLimit = 20 * time.Second

// insist tries until it is done, every second: the API server may be away.
func insist(ctx context.Context, try func(context.Context) error) error {
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if pause(ctx, time.Second) != nil {
			return errors.Join(context.Cause(ctx), err)
		}
	}
}
