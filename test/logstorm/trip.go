package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/retry"
	"github.com/stepherd/stepherd/test/rig"
)

// trip is one run on its way through the storm.
type trip struct {
	run   string
	steps []writer
	may   rules
	c     *cluster
	dir   string // for what is seen
	say   func(format string, args ...any)

	live   *exec.Cmd // `launcher logs -f`
	stderr bytes.Buffer
}

const runLimit = 20 * time.Minute

// submit makes the run and begins to follow its logs.
func (t *trip) submit(ctx context.Context) error {
	got, err := t.c.launcher.Do(ctx, pipelineText(t.steps, t.c.stormDir()), "submit", "-", "--name", t.run, "-o", "name")
	if err != nil {
		return err
	}
	if got.Code != 0 {
		return fmt.Errorf("submit %s: exit code %d: %s", t.run, got.Code, got.Text())
	}
	out, err := os.Create(t.liveFile())
	if err != nil {
		return fmt.Errorf("make a file for the log: %w", err)
	}
	defer out.Close() // the command has its own
	t.live = exec.CommandContext(ctx, t.c.launcher.Path, "logs", t.run, "-f", "-n", namespace)
	t.live.Env = append(os.Environ(), "KUBECONFIG="+t.c.launcher.Kubeconfig)
	t.live.Stdout, t.live.Stderr = out, &t.stderr
	if err := t.live.Start(); err != nil {
		return fmt.Errorf("start launcher logs -f: %w", err)
	}
	return nil
}

func (t *trip) liveFile() string { return filepath.Join(t.dir, t.run+"-live.log") }

// underWay waits until every step has written.
func (t *trip) underWay(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 4*time.Minute, fmt.Errorf("%s: not all steps have written after 4 minutes; launcher logs -f said: %s", t.run, &t.stderr))
	defer cancel()
	return rig.Insist(ctx, func(context.Context) error {
		silent := map[string]bool{}
		for _, w := range t.steps {
			silent[w.step] = true
		}
		for line, err := range linesOf(t.liveFile()) {
			if err != nil {
				return err
			}
			step, _, _ := bytes.Cut(line, []byte(" "))
			delete(silent, string(step))
		}
		if len(silent) > 0 {
			return fmt.Errorf("%d steps have not written", len(silent))
		}
		return nil
	})
}

// arrive waits for the run's end and judges what was seen of its logs. The report is for humans.
func (t *trip) arrive(ctx context.Context) (report string, problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, t.run+": "+fmt.Sprintf(format, args...)) }
	if err := t.wait(ctx); err != nil {
		wrong("%v", err)
		_ = t.live.Process.Kill()
	}
	t.say("%s has ended", t.run)
	if err := t.countFloods(); err != nil {
		wrong("%v", err)
	}
	if err := t.live.Wait(); err != nil {
		wrong("launcher logs -f: %v; it said: %s", err, strings.TrimSpace(t.stderr.String()))
	}
	views, err := t.views(ctx)
	if err != nil {
		wrong("%v", err)
	}
	var out strings.Builder
	for _, view := range views {
		v := judge(view.lines, t.steps, view.may)
		fmt.Fprintf(&out, "%s, %s: %d lines, %d of them again (printed %.1f s before their driver's end at most), %d missing in %d gaps (%d of them told late), %d marks\n", t.run, view.name, v.lines, v.repeated, v.oldest.Seconds(), v.missing, v.gaps, v.late, v.marks)
		for _, p := range v.problems {
			wrong("%s: %s", view.name, p)
		}
		if v.more > 0 {
			wrong("%s: and %d more", view.name, v.more)
		}
	}
	return out.String(), problems
}

// wait calls `launcher wait` until it gives a verdict; contact that is lost is no verdict.
func (t *trip) wait(ctx context.Context) error {
	const contactLost = 3
	ctx, cancel := context.WithTimeoutCause(ctx, runLimit, fmt.Errorf("it has not ended within %s", runLimit))
	defer cancel()
	for {
		got, err := t.c.launcher.Do(ctx, "", "wait", t.run, "--timeout", runLimit.String())
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil || got.Code == 0:
			return err
		case got.Code != contactLost:
			return fmt.Errorf("launcher wait: exit code %d: %s", got.Code, got.Text())
		}
		if err := retry.Sleep(ctx, time.Second); err != nil {
			return err
		}
	}
}
