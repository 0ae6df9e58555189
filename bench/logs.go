package main

import (
	"context"
	"fmt"
	"io"
	"os"
)

// streamRounds is how many times each number of streams is played: CPU and memory stray little.
const streamRounds = 3

// logResult is all that was measured of logs.
type logResult struct {
	paces   []pace
	streams []streamResult
}

// measureLogs measures how logs are followed, writes their section of the report, and gives a sentence for each broken bar.
func measureLogs(ctx context.Context, o options, stdout, stderr io.Writer) (broken []string, err error) {
	b, err := newBench(o, stderr)
	if err != nil {
		return nil, err
	}
	var r logResult
	if r.streams, err = measureStreams(ctx, streamRounds, b.say); err != nil {
		return nil, err
	}
	if err := b.install(ctx); err != nil {
		return nil, err
	}
	defer b.uninstall(ctx)
	about, err := b.about(ctx)
	if err != nil {
		return nil, err
	}
	for number := range o.rounds {
		p, err := b.tryPace(ctx, number)
		if err != nil {
			return nil, fmt.Errorf("round %d: %w", number+1, err)
		}
		b.say("round %d of %d, lines/s: driver %.0f, kubectl %.0f; launcher %.0f, kubectl %.0f\n", number+1, o.rounds, p.driver, p.podKubectl, p.launcher, p.hostKubectl)
		r.paces = append(r.paces, p)
	}
	about.trials, about.busy = o.rounds, b.busyStarts
	text := logSection(about, r)
	if _, err := io.WriteString(stdout, text); err != nil {
		return nil, err
	}
	if o.out != "" {
		if err := rewrite(o.out, func(page page) page { page.logs = text; return page }); err != nil {
			return nil, err
		}
	}
	return r.brokenBars(), nil
}

// page is the report: two parts that are written at different times.
type page struct{ runs, logs string }

// rewrite changes a part of the report in a file, which need not be there.
func rewrite(path string, change func(page) page) error {
	old, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	p := change(splitPage(string(old)))
	return os.WriteFile(path, []byte(p.runs+p.logs), 0o644)
}
