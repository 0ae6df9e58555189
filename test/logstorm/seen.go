package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/stepherd/stepherd/internal/retry"
	"github.com/stepherd/stepherd/test/rig"
)

// view is one of the ways in which a run's lines are seen.
type view struct {
	name  string
	lines iter.Seq2[entry, error]
	may   rules
}

func (t *trip) views(ctx context.Context) ([]view, error) {
	alone := rules{gaps: t.may.gaps} // drivers have no part in it
	seen := []view{{name: "launcher logs -f", lines: plainLines(t.liveFile()), may: alone}}
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
	seen = append(seen, view{name: "launcher logs", lines: plainLines(after), may: alone})
	files, err := driverFiles(t.c.dir(), t.run)
	if err != nil {
		return seen, err
	}
	name := fmt.Sprintf("stdout of %d drivers", len(files))
	return append(seen, view{name: name, lines: driverLines(files), may: t.may}), nil
}

// countFloods reads how many lines those steps have written that were not told.
func (t *trip) countFloods() error {
	for i := range t.steps {
		if !t.steps[i].flood {
			continue
		}
		text, err := os.ReadFile(filepath.Join(t.c.stormDir(), "lines-of-"+t.steps[i].step))
		if err != nil {
			return fmt.Errorf("read how many lines a step has written: %w", err)
		}
		if t.steps[i].lines, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
			return fmt.Errorf("read how many lines step %s has written: %w", t.steps[i].step, err)
		}
	}
	return nil
}

// driver waits for the run's driver to be at work, so that its death will be one in the middle of things.
func (t *trip) driver(ctx context.Context, former []string) (rig.Driver, error) {
	for {
		for _, d := range rig.FindDrivers(t.c.Name, namespace) {
			if d.Run == t.run && !slices.Contains(former, d.PodUID) && t.prints(d) {
				return d, nil
			}
		}
		if err := retry.Sleep(ctx, lookEvery); err != nil {
			return rig.Driver{}, err
		}
	}
}

// prints reports whether a driver has printed a line of a step.
func (t *trip) prints(d rig.Driver) bool {
	file := filepath.Join(t.c.dir(), d.Node, "var-log", "pods", namespace+"_"+d.Pod+"_"+d.PodUID, "driver", "0.log")
	for e, err := range driverLines([]string{file}) {
		return err == nil && len(e.text) > 0
	}
	return false
}
