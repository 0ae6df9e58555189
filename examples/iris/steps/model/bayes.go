package model

import (
	"fmt"
	"math"

	"github.com/stepherd/stepherd/examples/iris/steps/flower"
)

// Bayes takes each measure of each species for normally distributed and independent of the others, and chooses the
// species under which the flower is the most probable.
type Bayes struct {
	Species []Normal `json:"species"`
}

// Normal is what Bayes knows of one species.
type Normal struct {
	Name     string                   `json:"name"`
	Share    float64                  `json:"share"`
	Mean     [flower.Measures]float64 `json:"mean"`
	Variance [flower.Measures]float64 `json:"variance"`
}

func trainBayes(flowers []flower.Flower) (*Bayes, error) {
	m := &Bayes{}
	for _, species := range flower.Species(flowers) {
		some := flower.Of(flowers, species)
		n := Normal{Name: species, Share: float64(len(some)) / float64(len(flowers))}
		n.Mean, n.Variance = moments(some)
		for i, v := range n.Variance {
			if v == 0 {
				return nil, fmt.Errorf("cannot train bayes: all %s have the same %s", species, flower.MeasureNames[i])
			}
		}
		m.Species = append(m.Species, n)
	}
	return m, nil
}

// moments are the mean and the variance of each measure, in two passes: sums of squares would lose digits.
func moments(flowers []flower.Flower) (mean, variance [flower.Measures]float64) {
	n := float64(len(flowers))
	for i := range mean {
		for _, f := range flowers {
			mean[i] += f.Measures[i] / n
		}
		for _, f := range flowers {
			variance[i] += (f.Measures[i] - mean[i]) * (f.Measures[i] - mean[i]) / n
		}
	}
	return mean, variance
}

// Predict implements Model. It adds logarithms, because a product of small densities can vanish.
func (m *Bayes) Predict(measures [flower.Measures]float64) string {
	species, scores := make([]string, len(m.Species)), make([]float64, len(m.Species))
	for s, n := range m.Species {
		species[s], scores[s] = n.Name, math.Log(n.Share)
		for i, x := range measures {
			deviation := x - n.Mean[i]
			scores[s] -= (math.Log(2*math.Pi*n.Variance[i]) + deviation*deviation/n.Variance[i]) / 2
		}
	}
	return likeliest(species, scores)
}

func (m *Bayes) complete() bool { return len(m.Species) > 0 }
