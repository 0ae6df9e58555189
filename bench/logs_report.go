package main

import (
	"fmt"
	"strings"

	"github.com/stepherd/stepherd/internal/phrase"
)

const (
	// paceBar is what of kubectl's lines a second the driver has to reach.
	paceBar = 0.9
	// memoryBar is for streamCounts' last.
	memoryBar = 96 << 20
)

func (r logResult) driverRatio() spread {
	var all []float64
	for _, p := range r.paces {
		all = append(all, p.driver/p.podKubectl)
	}
	return spreadOf(all)
}

func (r logResult) launcherRatio() spread {
	var all []float64
	for _, p := range r.paces {
		all = append(all, p.launcher/p.hostKubectl)
	}
	return spreadOf(all)
}

// brokenBars gives one sentence for each bar that was not passed.
func (r logResult) brokenBars() []string {
	var broken []string
	for _, one := range []struct {
		who   string
		ratio spread
	}{{"the driver", r.driverRatio()}, {"launcher logs -f", r.launcherRatio()}} {
		if got := one.ratio.Median; got < paceBar {
			broken = append(broken, fmt.Sprintf("logs: %s read %.3f times the lines that kubectl logs -f read in the same time; the bar is %.2f", one.who, got, paceBar))
		}
	}
	for _, s := range r.streams {
		if peak := s.median(peakOf); s.streams == streamCounts[len(streamCounts)-1] && peak > memoryBar {
			broken = append(broken, fmt.Sprintf("logs: %s, stdout %s: the driver held %.0f MiB; the bar is %d MiB", phrase.Count(s.streams, "log"), s.stdout(), peak/(1<<20), memoryBar>>20))
		}
	}
	return broken
}

func peakOf(t streamTrial) float64 { return float64(t.peak) }

func (r streamResult) stdout() string {
	if r.blocked {
		return "blocked"
	}
	return "read"
}

const logHead = "# Logs\n"

// splitPage splits the report where the part on logs begins.
func splitPage(text string) page {
	runs, logs, found := strings.Cut(text, "\n"+logHead)
	if !found {
		return page{runs: text}
	}
	return page{runs: runs + "\n", logs: logHead + logs}
}

// logSection is the part of docs/BENCHMARKS.md on logs.
func logSection(a about, r logResult) string {
	var out strings.Builder
	fmt.Fprintf(&out, logHead+logIntro, a.date, a.machine, a.kubernetes, phrase.Count(a.rounds, "round"), caution(a))
	out.WriteString(paceTable(r))
	fmt.Fprintf(&out, paceWords, logLines)
	out.WriteString(paceList(r))
	out.WriteString(streamTable(r.streams))
	fmt.Fprintf(&out, streamWords, streamLines, streamsPerConnection)
	return out.String()
}

func paceTable(r logResult) string {
	rows := [][]string{{"who", "its lines/s / kubectl's", "quartiles", "least to most", "bar", "lines/s", "kubectl's"}}
	add := func(who string, s spread, of, against func(pace) float64) {
		verdict := "passed"
		if s.Median < paceBar {
			verdict = "**broken**"
		}
		rows = append(rows, []string{
			who, fmt.Sprintf("**%.3f**", s.Median), fmt.Sprintf("%.3f to %.3f", s.Q1, s.Q3), fmt.Sprintf("%.3f to %.3f", s.Min, s.Max),
			fmt.Sprintf("%.2f %s", paceBar, verdict), fmt.Sprintf("%.0f", r.median(of)), fmt.Sprintf("%.0f", r.median(against)),
		})
	}
	add("driver, in its Pod", r.driverRatio(), func(p pace) float64 { return p.driver }, func(p pace) float64 { return p.podKubectl })
	add("`launcher logs -f`, on this machine", r.launcherRatio(), func(p pace) float64 { return p.launcher }, func(p pace) float64 { return p.hostKubectl })
	return table(rows)
}

func (r logResult) median(of func(pace) float64) float64 {
	var all []float64
	for _, p := range r.paces {
		all = append(all, of(p))
	}
	return spreadOf(all).Median
}

func paceList(r logResult) string {
	var driver, launcher strings.Builder
	for _, p := range r.paces {
		fmt.Fprintf(&driver, " %.3f", p.driver/p.podKubectl)
		fmt.Fprintf(&launcher, " %.3f", p.launcher/p.hostKubectl)
	}
	return fmt.Sprintf("- Each round in order: driver%s; launcher%s.\n\n## Many logs at once: CPU and memory of the driver\n\n", &driver, &launcher)
}

func streamTable(all []streamResult) string {
	rows := [][]string{{"logs", "stdout", "CPU per 100,000 lines", "lines/s", "memory, all logs open", "peak memory"}}
	for _, r := range all {
		lines := float64(streamLines / r.streams * r.streams)
		peak := fmt.Sprintf("%.0f MiB", r.median(peakOf)/(1<<20))
		if r.streams == streamCounts[len(streamCounts)-1] {
			verdict := "passed"
			if r.median(peakOf) > memoryBar {
				verdict = "**broken**"
			}
			peak += fmt.Sprintf(" (bar %d MiB %s)", memoryBar>>20, verdict)
		}
		rows = append(rows, []string{
			fmt.Sprint(r.streams), r.stdout(),
			fmt.Sprintf("%.2f s", r.median(func(t streamTrial) float64 { return t.cpu / lines * 100_000 })),
			fmt.Sprintf("%.0f", r.median(func(t streamTrial) float64 { return lines / t.seconds })),
			fmt.Sprintf("%.0f MiB", r.median(func(t streamTrial) float64 { return float64(t.idle) })/(1<<20)),
			peak,
		})
	}
	return table(rows)
}

const logIntro = `
Written by ` + "`make bench-logs`" + ` on %s; do not edit. Machine: %s, running a whole Kubernetes %s; %s.
%s
## One log: lines per second, compared with kubectl

`

const paceWords = `- In each pair both programs read the log of the same Pod, %d lines, at the same time. If they ran one after the other, the ratio would depend on
  the moment: on 2026-11-25, with several builds, a kubectl alone read from 34,000 to 149,000 lines/s, and a driver alone 0.4 to 1.3 times as many,
  with a median of 0.79 over 9 rounds, before lines were batched on their way.
- **driver** and its kubectl run in Pods with the same requests and follow the step while it writes. The time is from the first to the last line
  that the container runtime received from their stdouts. The driver also adds a prefix to each line and stores its position in the record.
- ` + "**`launcher logs -f`**" + ` and its kubectl run on this machine, read what the step has already written, and write to a pipe. kubectl adds nothing to a
  line and would not notice a broken stream.
- A line that is missing or comes twice ends the benchmark.
`

const streamWords = `- Each row is a whole driver in a process of its own, with the default memory limit of drivers (GOMEMLIMIT). It is allowed to follow all logs
  at once (the default is 512, and ended containers in addition). Its Pods and its record are simulated; its logs come over HTTP/2 and TLS from a server
  that takes the place of the API server: %d lines in total, %d streams per connection.
- **stdout blocked**: the driver's stdout is not read until the driver takes no more lines from any log; then everything is read. lines/s includes that wait.
- **CPU** is user and system time from the first line to the last. **memory** is physical memory, including the simulated cluster's.

Repeat it with ` + "`make bench-logs`" + `.
`
