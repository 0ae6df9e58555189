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
	out.WriteString("## Results of each round\n\n")
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

Written by ` + "`make bench`" + ` on %s; do not edit. Machine: %s, running a whole Kubernetes %s (%s); %s.
%s
The driver is compared with a floor (` + "`bench/floor`" + `): the smallest client-go program that runs the same pipeline. The floor watches Pods, reacts to
the status of their containers, creates the same Pods and copies their logs. It has no record, no failure policy and no cancel. The difference
between the two is what those cost.

## Run time, compared with the floor

`

const ratioWords = `- **driver / floor**: the ratio of the two makespans in one round: the median over the rounds, its quartiles and its extremes.
  A makespan lasts from the moment the first step's Pod is seen until the last container ` + "`main`" + ` is seen to have ended, by one observer's clock.
- **bar**: ` + "`make bench`" + ` fails if the median is above it. **goal**: the value to aim for.
- **driver**, **floor**: median makespans. They depend on the machine more than on the driver: a Pod that does nothing costs the kubelet and the
  container runtime about half a second of CPU.

## Cost per step: requests, record, memory, CPU, hand-over

`

const costWords = `All values are medians over the rounds.

- **requests per step**: all requests to the API server, divided by the number of steps. Events of a watch are not requests.
  Goal: at most 2.5. Every write of the record counts; where steps end one by one, seconds apart, each end is a write.
- **record bytes per step**: the bodies of all writes to the run's record. Goal: at most 2048. The floor keeps no record.
- **peak memory**, **CPU per step**: the kernel's figures for the process (maximum resident set; user and system time), including its start and
  its end.
- **hand-over**: the time from seeing the end of a step's last need to seeing the step's Pod, median and 99th percentile over all steps.
  **Pod**: the time from seeing a step's Pod to seeing its end, which neither driver nor floor can influence.
- **hand-over** is more precise than the makespan. A kubelet looks at its containers once a second, so the end of a short step is seen at
  the next tick, and a chain of short steps takes about a second per step: a slower hand-over can disappear in the wait for the tick.

`

const method = `## Method, and how to repeat it

- Driver and floor run in the cluster as Jobs of one template (limits, priority, network path, service account); only the image differs. The
  benchmark compares their step Pods, which must be the same except for names.
- Steps run ` + "`true`" + ` in a busybox image that the node already has. Their requests are so small that all steps fit at once.
- Driver and floor take turns at going first. A trial begins when the Pods of the previous one are gone and the machine has little to do. One
  warm-up of each is not counted.
- A step that fails, is repeated or is missing ends the benchmark without a result.

Repeat it with ` + "`make bench`" + ` (Linux, root, Go; nothing else should run on the machine). ` + "`ROUNDS=3 SHAPES=chain make bench`" + ` gives a first impression;
` + "`KEEP=1`" + ` leaves the cluster ` + "`bench`" + ` running; ` + "`NOISE=1`" + ` runs the floor against itself: how far those ratios are from 1 is the noise.
`

// minRounds is what a median needs here to be believed.
const minRounds = 9

// result is a shape with all that was measured of it.
type result struct {
	shape  shape
	rounds []round
}

func (r result) ratio() spread { return spreadOf(ratios(r.rounds, makespan)) }

func makespan(t trial) float64 { return t.makespan }

// brokenBars gives one sentence for each bar that the driver did not pass.
func brokenBars(results []result) []string {
	var broken []string
	for _, r := range results {
		if got := r.ratio().Median; got > r.shape.bar {
			broken = append(broken, fmt.Sprintf("%s: the driver took %.3f times the floor's time; the bar is %.2f, broken by %.3f",
				r.shape.title, got, r.shape.bar, got-r.shape.bar))
		}
	}
	return broken
}
