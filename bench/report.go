package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stepherd/stepherd/internal/phrase"
)

// markdown is docs/BENCHMARKS.md.
func markdown(a about, results []result) string {
	var out strings.Builder
	fmt.Fprintf(&out, intro, a.date, a.machine, a.kubernetes, phrase.Count(a.nodes, "node"), phrase.Count(a.rounds, "round"), caution(a))
	out.WriteString(ratioTable(results))
	out.WriteString(ratioWords)
	out.WriteString(costTable(results))
	out.WriteString(costWords)
	out.WriteString(roundList(results))
	out.WriteString(method)
	return out.String()
}

func caution(a about) string {
	var out strings.Builder
	if a.rounds < minRounds {
		fmt.Fprintf(&out, "\n**Fewer than %d rounds: a first look, not figures to be believed.**\n", minRounds)
	}
	if a.busy > 0 {
		fmt.Fprintf(&out, "\n**%d of %d trials began while the machine was busy with other work: the figures are no better than that.**\n", a.busy, a.trials)
	}
	return out.String()
}

func ratioTable(results []result) string {
	rows := [][]string{{"pipeline", "steps", "driver / floor", "quartiles", "least to most", "bar", "goal", "driver", "floor"}}
	for _, r := range results {
		s := r.ratio()
		verdict := "passed"
		if s.Median > r.shape.bar {
			verdict = "**broken**"
		}
		rows = append(rows, []string{
			r.shape.title,
			fmt.Sprint(len(r.shape.pipeline.Steps)),
			fmt.Sprintf("**%.3f**", s.Median),
			fmt.Sprintf("%.3f to %.3f", s.Q1, s.Q3),
			fmt.Sprintf("%.3f to %.3f", s.Min, s.Max),
			fmt.Sprintf("%.2f %s", r.shape.bar, verdict),
			fmt.Sprintf("%.2f", r.shape.goal),
			fmt.Sprintf("%.2f s", spreadOf(each(r.rounds, theDriver, makespan)).Median),
			fmt.Sprintf("%.2f s", spreadOf(each(r.rounds, theFloor, makespan)).Median),
		})
	}
	return table(rows)
}

func costTable(results []result) string {
	rows := [][]string{{"pipeline", "", "requests per step", "record bytes per step", "peak memory", "CPU per step", "hand-over: median, p99", "Pod"}}
	for _, r := range results {
		for _, who := range []contestant{theDriver, theFloor} {
			rows = append(rows, costRow(r, who))
		}
	}
	return table(rows)
}

func costRow(r result, who contestant) []string {
	median := func(of func(trial) float64) float64 { return spreadOf(each(r.rounds, who, of)).Median }
	record := "none"
	if who == theDriver {
		record = fmt.Sprintf("%.0f B", median(func(t trial) float64 { return t.perStep(float64(t.usage.RecordBytes)) }))
	}
	handOver := sorted(pooled(r.rounds, who, func(t trial) []float64 { return t.handOvers }))
	pod := sorted(pooled(r.rounds, who, func(t trial) []float64 { return t.podTimes }))
	return []string{
		r.shape.title,
		string(who),
		fmt.Sprintf("%.2f", median(func(t trial) float64 { return t.perStep(float64(t.usage.Total())) })),
		record,
		fmt.Sprintf("%.0f MiB", median(func(t trial) float64 { return float64(t.usage.MaxRSSBytes) })/(1<<20)),
		fmt.Sprintf("%.1f ms", 1000*median(func(t trial) float64 { return t.perStep(t.usage.CPUSeconds) })),
		fmt.Sprintf("%.1f ms, %.1f ms", 1000*quantile(handOver, 0.5), 1000*quantile(handOver, 0.99)),
		fmt.Sprintf("%.0f ms", 1000*quantile(pod, 0.5)),
	}
}

// pooled gives the figures of all steps of all rounds.
func pooled(rounds []round, who contestant, of func(trial) []float64) []float64 {
	var all []float64
	for _, r := range rounds {
		all = append(all, of(r.of(who))...)
	}
	return all
}

// roundList shows every ratio, so that readers do not have to trust a median, and what kinds of requests the driver sent.
func roundList(results []result) string {
	var out strings.Builder
	out.WriteString("## Each round\n\n")
	for _, r := range results {
		fmt.Fprintf(&out, "- %s, driver / floor in order:", r.shape.title)
		for _, x := range ratios(r.rounds, makespan) {
			fmt.Fprintf(&out, " %.3f", x)
		}
		fmt.Fprintf(&out, ".\n  Requests of the driver in the last round: %s.\n", requestList(r.rounds[len(r.rounds)-1].driver.usage.Requests))
	}
	out.WriteString("\n")
	return out.String()
}

func requestList(requests map[string]int64) string {
	words := make([]string, 0, len(requests))
	for kind, n := range requests {
		words = append(words, fmt.Sprintf("%d %s", n, kind))
	}
	slices.SortFunc(words, func(a, b string) int {
		_, a, _ = strings.Cut(a, " ")
		_, b, _ = strings.Cut(b, " ")
		return strings.Compare(a, b)
	})
	return strings.Join(words, ", ")
}

// table is a Markdown table; the first row is its head.
func table(rows [][]string) string {
	var out strings.Builder
	for i, row := range rows {
		out.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			out.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return out.String() + "\n"
}

const intro = `# Benchmarks

Written by ` + "`make bench`" + ` on %s; do not edit. Machine: %s, with a whole Kubernetes %s (%s) on it; %s.
%s
The driver is measured against a floor: the least that a program can do that runs the same pipeline with client-go
(` + "`bench/floor`" + `). It watches, reacts to the container's status, creates the same Pods at once, copies their logs, and knows nothing
else: no record, no failure policy, no cancel. What the driver takes longer is the price of all that.

## Driver against floor

`

const ratioWords = `- **driver / floor**: the ratio of the two makespans of one round; the median over the rounds, with its quartiles and its extremes.
  A makespan is from the first step's Pod seen to the last container ` + "`main`" + ` seen ended, both by the clock of one observer.
- **bar**: above it ` + "`make bench`" + ` fails. **goal**: what is wished.
- **driver**, **floor**: median makespans. They say more about the machine than about the driver: a no-op Pod costs the kubelet and the
  container runtime about half a second of CPU.

## What a run costs

`

const costWords = `Medians over the rounds.

- **requests per step**: requests to the API server, of all kinds, divided by the steps (events of a watch are not requests).
  Goal: at most 2.5. Each write of the record counts; where steps end one by one, seconds apart, each end is a write.
- **record bytes per step**: the bodies of all writes to the run's record. Goal: at most 2048. The floor keeps none.
- **peak memory**, **CPU per step**: the process's own, as the kernel counts it (maximum resident set; user and system time), start
  and end of the process included.
- **hand-over**: from the last need's end seen to the step's Pod seen, median and 99th percentile of all steps. **Pod**: from the step's
  Pod seen to its end seen, in which driver and floor have no part.
- Of the two, **hand-over** is the sharper figure. A kubelet looks at its containers once a second, so a short step's end is seen at
  its next tick, and a chain of them takes about a second a step: a slower hand-over can vanish in the wait for the tick.

`

const method = `## How it is measured

- Both run in the cluster as Jobs of one template (limits, priority, network path, service account), only the image differs. Their step
  Pods are compared and must be the same but for names.
- Steps are ` + "`true`" + ` in a busybox image that the node already has, requests so small that all fit at once.
- Rounds alternate which of the two is first. A trial begins when the Pods of the former are gone and the machine has
  little to do. One warm-up of each is not counted.
- A failed, repeated or missing step ends the benchmark without a result.

Repeat it with ` + "`make bench`" + ` (Linux, root, Go; nothing else should run on the machine). ` + "`ROUNDS=3 SHAPES=chain make bench`" + ` is a first look;
` + "`KEEP=1`" + ` leaves the cluster ` + "`bench`" + ` up; ` + "`NOISE=1`" + ` runs the floor against itself: what its ratios stray from 1 is the noise.
`
