package main

import "fmt"

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
