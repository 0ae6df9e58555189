package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/stepherd/stepherd/test/rig"
)

// view is one of the ways in which a run's lines are seen.
type view struct {
	name   string
	lines  iter.Seq2[entry, error]
	killed bool // it may hold lines twice, between marks
}

func (t *trip) views(ctx context.Context) ([]view, error) {
	seen := []view{{name: "launcher logs -f", lines: plainLines(t.liveFile())}}
	after := filepath.Join(t.dir, t.run+"-after.log")
	got, err := t.c.launcher.Do(ctx, "", "logs", t.run)
	if err != nil {
		return seen, err
	}
	if got.Code != 0 {
		return seen, fmt.Errorf("launcher logs: exit code %d: %s", got.Code, got.Stderr)
	}
	if err := os.WriteFile(after, []byte(got.Stdout), 0o644); err != nil {
		return seen, fmt.Errorf("write down what launcher logs said: %w", err)
	}
	seen = append(seen, view{name: "launcher logs", lines: plainLines(after)})
	files, err := driverFiles(t.c.dir(), t.run)
	if err != nil {
		return seen, err
	}
	name := fmt.Sprintf("stdout of %d drivers", len(files))
	return append(seen, view{name: name, lines: driverLines(files), killed: t.killed}), nil
}

// driver waits for the run's driver to be at work, so that its death will be one in the middle of things.
func (t *trip) driver(ctx context.Context, former []string) (rig.Driver, error) {
	for {
		for _, d := range rig.FindDrivers(t.c.Name, namespace) {
			if d.Run == t.run && !slices.Contains(former, d.PodUID) && t.prints(d) {
				return d, nil
			}
		}
		if err := rig.Pause(ctx, lookEvery); err != nil {
			return rig.Driver{}, err
		}
	}
}

// prints says that a driver has printed a line of a step.
func (t *trip) prints(d rig.Driver) bool {
	file := filepath.Join(t.c.dir(), d.Node, "var-log", "pods", namespace+"_"+d.Pod+"_"+d.PodUID, "driver", "0.log")
	for e, err := range driverLines([]string{file}) {
		return err == nil && len(e.text) > 0
	}
	return false
}
