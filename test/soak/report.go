package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/phrase"
)

// about is what a reader must know of how it was done. It holds no name of a host.
type about struct {
	date, machine, kubernetes string
	runs, parallel            int
	seed                      uint64
}

// story is all that the report is made of.
type story struct {
	about   about
	short   bool
	took    time.Duration
	results []result
	deeds   []deed
	// note is a paragraph by a human.
	note string
}

// shownProblems is how many of a run's the report shows: when one step is not as it should be, many are not.
const shownProblems = 5

// problems are sentences: of runs, of disturbances that could not be made, and, of a short soak, of such as were missed.
func (s story) problems() []string {
	var out []string
	for _, r := range s.results {
		if n := len(r.problems); n > 0 {
			first := r.problems[:min(n, shownProblems)]
			text := fmt.Sprintf("%s (%s): %s", r.order.name, r.order.variant.name, strings.Join(first, "; "))
			if n > len(first) {
				text += fmt.Sprintf("; and %d more", n-len(first))
			}
			out = append(out, strings.ReplaceAll(text, "\n", ": "))
		}
	}
	for _, d := range s.deeds {
		if d.outcome == itFailed {
			out = append(out, fmt.Sprintf("%s: %s: it could not be done, so that what followed shows nothing", d.what, d.target))
		}
	}
	if s.short {
		for _, a := range shortPlan(0) {
			if !slices.ContainsFunc(s.deeds, func(d deed) bool { return d.what == a.kind && d.done() }) {
				out = append(out, fmt.Sprintf("%s: it was to be done once, and was not", a.kind))
			}
		}
	}
	return out
}

// forgotten are the ends that were forgotten, as rows of the table of deeds.
func (s story) forgotten() []deed {
	var out []deed
	for _, r := range s.results {
		for _, became := range r.forgotten {
			out = append(out, deed{what: endForgotten, target: r.order.name, outcome: became})
		}
	}
	return out
}

// markdown is docs/SOAK.md.
func markdown(s story) string {
	var out strings.Builder
	a := s.about
	fmt.Fprintf(&out, intro, a.date, a.machine, a.kubernetes, phrase.Count(a.runs, "run"), len(graph()), a.parallel, s.took.Minutes(), a.seed)
	problems := s.problems()
	if len(problems) == 0 {
		fmt.Fprintf(&out, "**All %s ended with the right verdict.**\n\n", phrase.Count(a.runs, "run"))
	} else {
		fmt.Fprintf(&out, "**%s went wrong:**\n\n- %s\n\n", phrase.Count(len(problems), "thing"), strings.Join(problems, "\n- "))
	}
	if s.note != "" {
		fmt.Fprintf(&out, "%s\n\n", s.note)
	}
	out.WriteString("## Results by pipeline\n\n")
	out.WriteString(runTable(s.results))
	out.WriteString("\n")
	out.WriteString(runWords)
	out.WriteString("## Disturbances, and what happened\n\n")
	out.WriteString(deedTable(append(s.deeds[:len(s.deeds):len(s.deeds)], s.forgotten()...)))
	out.WriteString("\n")
	out.WriteString(deedWords)
	return out.String()
}

func runTable(results []result) string {
	rows := [][]string{{"pipeline", "runs", "verdict", "right", "attempts", "of them taken away", "median", "longest"}}
	for _, v := range variants() {
		var took []time.Duration
		right, attempts, taken := 0, 0, 0
		for _, r := range results {
			if r.order.variant.name != v.name {
				continue
			}
			took = append(took, r.took)
			if len(r.problems) == 0 {
				right++
			}
			n, lost := countAttempts(r.run)
			attempts, taken = attempts+n, taken+lost
		}
		if len(took) == 0 {
			continue
		}
		slices.Sort(took)
		rows = append(rows, []string{
			v.name, fmt.Sprint(len(took)), fmt.Sprintf("%s, %d", v.phase, v.code), fmt.Sprint(right),
			fmt.Sprint(attempts), fmt.Sprint(taken), seconds(took[len(took)/2]), seconds(took[len(took)-1]),
		})
	}
	return table(rows)
}

// countAttempts counts all, and those that ended by what was done to them.
func countAttempts(r v1alpha1.Run) (all, taken int) {
	for _, s := range r.Steps {
		for _, a := range s.Attempts {
			all++
			switch a.Reason {
			case v1alpha1.ReasonDeleted, v1alpha1.ReasonEvicted, v1alpha1.ReasonNodeLost:
				taken++
			default:
			}
		}
	}
	return all, taken
}

func deedTable(deeds []deed) string {
	rows := [][]string{{"what", "times", "what happened"}}
	for _, k := range []kind{killDriver, evictDriver, stopDriver, deletePod, removePod, evictPod, stopAPIServer, renewKubelet,
		blinkNode, loseNode, loseDriver, recoverRun, stepsOfNode, drivenOfNode, endForgotten, contactLost} {
		n, outcomes, after := 0, []string{}, map[string][]time.Duration{}
		for _, d := range deeds {
			if d.what != k {
				continue
			}
			n++
			if after[d.outcome] == nil {
				outcomes = append(outcomes, d.outcome)
			}
			after[d.outcome] = append(after[d.outcome], d.after)
		}
		if n == 0 {
			continue
		}
		slices.SortStableFunc(outcomes, func(a, b string) int { return len(after[b]) - len(after[a]) })
		var cells []string
		for _, o := range outcomes {
			cells = append(cells, outcomeCell(o, after[o]))
		}
		rows = append(rows, []string{string(k), fmt.Sprint(n), strings.Join(cells, "; ")})
	}
	return table(rows)
}

// outcomeCell is `it was Ready again 5 (median 12 s, longest 30 s)`.
func outcomeCell(outcome string, after []time.Duration) string {
	if outcome == "" {
		outcome = "it is not known"
	}
	slices.Sort(after)
	cell := fmt.Sprintf("%s %d", outcome, len(after))
	switch longest := after[len(after)-1]; {
	case longest == 0:
		return cell
	case len(after) == 1:
		return fmt.Sprintf("%s (%s)", cell, seconds(longest))
	default:
		return fmt.Sprintf("%s (median %s, longest %s)", cell, seconds(after[len(after)/2]), seconds(longest))
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.0f s", d.Seconds()) }

// table is Markdown; the first row is the head.
func table(rows [][]string) string {
	var out strings.Builder
	for i, row := range rows {
		fmt.Fprintf(&out, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(&out, "|%s\n", strings.Repeat("---|", len(row)))
		}
	}
	return out.String()
}

// The report's own words.

const intro = `# Soak test

Written by ` + "`make soak`" + ` on %s; do not edit. Machine: %s, running a whole Kubernetes %s with two nodes.
%s of %d steps each, %d at a time, in %.0f minutes, under one stream of disturbances generated from seed %d.

`

const runWords = `- **verdict**: the run's phase, and the exit code of ` + "`launcher wait`" + `. **taken away**: attempts that ended as Deleted, Evicted or NodeLost.
- **heals**: two steps fail on their first attempt and have ` + "`retry.limit: 1`" + `. **fails**: a step fails, and the steps that need it are skipped.
  **is cancelled**: ` + "`launcher cancel`" + ` is called in the middle.
- **In every run** a step gives a result, full of quotes and dollars, to two others; a branch whose condition is false on that result is
  skipped, and the step that joins it runs (` + "`!failed()`" + `); a step with ` + "`failed()`" + ` runs in the runs that fail, and no others; and a step under
  ` + "`finally`" + ` runs, also after the cancel.

## When a run counts as right

- The exit code, and the phase and reason of the run, of its Job and of every step are those of an undisturbed run.
- Attempts are numbered without gaps. Each failed attempt was disturbed, or fails by its script. Each successful step has exactly one
  successful attempt.
- The steps write to a volume that all nodes share. What they wrote shows that no Pod's program ran twice, that no two attempts of a step ran at the
  same time (except on a node that was cut off, or after a forced deletion), that each step started after the steps it needs had ended, and
  that the program of every successful attempt ran to its end.
- What was written on the volume shows, too, that each step that is given the result was given that of the successful attempt, byte for byte;
  that the step for failures started after a failure; and that the step under ` + "`finally`" + ` started when no program of another step ran any more
  (with the same exceptions), succeeded once, and was told the run's verdict (` + "`run.phase`" + `).
- One exception is not a fault (see [RELIABILITY](RELIABILITY.md)): if a Pod was on a node that was lost, and from the end of its program
  to the end of the Pod no driver of the run could be reached for as long as it takes to write that down, the attempt may be made again. The
  table of disturbances counts these cases; ` + "`test/soak/unseen.go`" + ` has the exact rules.
- After its Job has ended, ` + "`launcher get`" + ` shows the same as right after the verdict, and nothing of the run is left running.

`

const deedWords = `- Only one part of the cluster is disturbed at a time. Drivers and step Pods are harmed meanwhile: per run, at most 3 drivers are killed or
  evicted, and 10 step Pods.
- The Job starts a new driver 10 s after one has died, and waits twice as long after each further death.
- **step Pod deleted, evicted**: times are from the end of the attempt to the creation of the next one; long times mean that the run had no
  driver. A Pod that had ended when the deletion reached it keeps its success. A Pod that disappears before any driver has seen its end leaves no
  trace: its attempt is made again, under the same number.
- A node that is cut off counts as lost after 50 s, and its step Pods are given up 60 s later; a Pod that was being deleted
  anyway is given up at once.
- ` + "`retry.infraLimit`" + ` is 100, so that the budget for disturbances does not end a run. With the default of 3, some runs would have failed, as configured.
`
