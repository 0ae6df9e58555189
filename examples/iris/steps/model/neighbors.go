package model

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/stepherd/stepherd/examples/iris/steps/flower"
)

// neighbors is how many flowers vote; odd, so that two species cannot tie.
const neighbors = 5

// Neighbors decides by the vote of the K nearest known flowers, by straight distance in centimeters. Where three
// species tie, the nearest flower among theirs decides.
type Neighbors struct {
	K       int             `json:"k"`
	Flowers []flower.Flower `json:"flowers"`
}

func trainNeighbors(flowers []flower.Flower) (*Neighbors, error) {
	if len(flowers) < neighbors {
		return nil, fmt.Errorf("cannot train knn on %d flowers; it needs at least %d", len(flowers), neighbors)
	}
	return &Neighbors{K: neighbors, Flowers: flowers}, nil
}

// Predict implements Model.
func (m *Neighbors) Predict(measures [flower.Measures]float64) string {
	nearest := slices.Clone(m.Flowers)
	slices.SortStableFunc(nearest, func(a, b flower.Flower) int {
		return cmp.Compare(squaredDistance(a.Measures, measures), squaredDistance(b.Measures, measures))
	})
	nearest = nearest[:min(m.K, len(nearest))]
	species := flower.Species(nearest) // nearest first, which settles ties
	votes := make([]float64, len(species))
	for i, s := range species {
		votes[i] = float64(len(flower.Of(nearest, s)))
	}
	return likeliest(species, votes)
}

func (m *Neighbors) complete() bool { return m.K > 0 && len(m.Flowers) > 0 }

// squaredDistance counts in whole hundredths of a millimetre: flowers are measured in millimetres, many are equally far
// away, and rounding errors must not decide which of them are among the nearest.
func squaredDistance(a, b [flower.Measures]float64) float64 {
	var sum float64
	for i := range a {
		apart := math.Round((a[i] - b[i]) * 1000)
		sum += apart * apart
	}
	return sum
}
