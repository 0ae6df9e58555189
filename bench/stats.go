package main

import (
	"math"
	"slices"
)

// spread is what is told of a set of figures.
type spread struct {
	N                        int
	Min, Q1, Median, Q3, Max float64
}

// spreadOf gives the zero spread for no figures. It does not write to xs.
func spreadOf(xs []float64) spread {
	if len(xs) == 0 {
		return spread{}
	}
	all := sorted(xs)
	return spread{
		N:      len(all),
		Min:    all[0],
		Q1:     quantile(all, 0.25),
		Median: quantile(all, 0.5),
		Q3:     quantile(all, 0.75),
		Max:    all[len(all)-1],
	}
}

// sorted gives a sorted copy.
func sorted(xs []float64) []float64 {
	all := slices.Clone(xs)
	slices.Sort(all)
	return all
}

// quantile interpolates linearly between the two nearest figures (the way of most programs, type 7 of Hyndman and Fan).
// all is sorted and not empty; q is from 0 to 1.
func quantile(all []float64, q float64) float64 {
	place := q * float64(len(all)-1)
	below := math.Floor(place)
	low, high := all[int(below)], all[int(math.Ceil(place))]
	return low + (high-low)*(place-below)
}

// ratios are paired: the driver's and the floor's figure of one round stand next to each other in time, so that what
// slows the machine down for minutes slows both.
func ratios(rounds []round, of func(trial) float64) []float64 {
	out := make([]float64, 0, len(rounds))
	for _, r := range rounds {
		out = append(out, of(r.driver)/of(r.floor))
	}
	return out
}

// each gives one figure of one contestant over all rounds.
func each(rounds []round, who contestant, of func(trial) float64) []float64 {
	out := make([]float64, 0, len(rounds))
	for _, r := range rounds {
		out = append(out, of(r.of(who)))
	}
	return out
}
