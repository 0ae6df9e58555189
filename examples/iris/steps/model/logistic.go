package model

import (
	"errors"
	"math"

	"github.com/stepherd/stepherd/examples/iris/steps/flower"
)

const (
	// penalty keeps the weights finite: setosa can be separated from the others without error, and without a penalty
	// the weights that do so grow for ever.
	penalty = 1.0
	// flat is the slope below which the top of the likelihood counts as reached.
	flat     = 1e-9
	maxSteps = 100_000
)

// Logistic gives each species a weighted sum of the measures (brought to mean 0 and variance 1) and chooses the
// greatest. The weights maximise the penalised likelihood of the flowers that it was trained on.
type Logistic struct {
	Species   []string                   `json:"species"`
	Mean      [flower.Measures]float64   `json:"mean"`
	Deviation [flower.Measures]float64   `json:"deviation"`
	Weights   [][flower.Measures]float64 `json:"weights"`   // by species
	Intercept []float64                  `json:"intercept"` // by species
}

// trainLogistic climbs by gradient steps of a fixed length that is known to be safe: the curvature of the likelihood
// is at most half the sum of squares of the inputs, which standardising makes (measures + 1) per flower.
func trainLogistic(flowers []flower.Flower) (*Logistic, error) {
	m := &Logistic{Species: flower.Species(flowers)}
	m.Weights, m.Intercept = make([][flower.Measures]float64, len(m.Species)), make([]float64, len(m.Species))
	if err := m.standardise(flowers); err != nil {
		return nil, err
	}
	length := 1 / (penalty + float64(len(flowers))*(flower.Measures+1)/2)
	for range maxSteps {
		weights, intercept := m.slope(flowers)
		steepest := 0.0
		for s := range m.Species {
			for i := range weights[s] {
				m.Weights[s][i] += length * weights[s][i]
				steepest = max(steepest, math.Abs(weights[s][i]))
			}
			m.Intercept[s] += length * intercept[s]
			steepest = max(steepest, math.Abs(intercept[s]))
		}
		if steepest < flat {
			return m, nil
		}
	}
	return nil, errors.New("cannot train logistic: the likelihood still rises after the last step")
}

func (m *Logistic) standardise(flowers []flower.Flower) error {
	var variance [flower.Measures]float64
	m.Mean, variance = moments(flowers)
	for i, v := range variance {
		if v == 0 {
			return errors.New("cannot train logistic: all flowers have the same " + flower.MeasureNames[i])
		}
		m.Deviation[i] = math.Sqrt(v)
	}
	return nil
}

// slope is how fast the penalised log-likelihood rises with each weight and intercept.
func (m *Logistic) slope(flowers []flower.Flower) (weights [][flower.Measures]float64, intercept []float64) {
	weights, intercept = make([][flower.Measures]float64, len(m.Species)), make([]float64, len(m.Species))
	for _, f := range flowers {
		inputs, chances := m.inputs(f.Measures), m.Chances(f.Measures)
		for s, species := range m.Species {
			missed := -chances[s]
			if species == f.Species {
				missed++
			}
			for i, x := range inputs {
				weights[s][i] += missed * x
			}
			intercept[s] += missed
		}
	}
	for s := range weights {
		for i := range weights[s] {
			weights[s][i] -= penalty * m.Weights[s][i]
		}
	}
	return weights, intercept
}

func (m *Logistic) inputs(measures [flower.Measures]float64) (inputs [flower.Measures]float64) {
	for i, x := range measures {
		inputs[i] = (x - m.Mean[i]) / m.Deviation[i]
	}
	return inputs
}

// Chances are the probabilities of the species, in the order of m.Species; they add up to 1.
func (m *Logistic) Chances(measures [flower.Measures]float64) []float64 {
	scores, inputs := make([]float64, len(m.Species)), m.inputs(measures)
	greatest := math.Inf(-1)
	for s := range scores {
		scores[s] = m.Intercept[s]
		for i, x := range inputs {
			scores[s] += m.Weights[s][i] * x
		}
		greatest = max(greatest, scores[s])
	}
	sum := 0.0
	for s := range scores {
		scores[s] = math.Exp(scores[s] - greatest) // at most 1: no overflow
		sum += scores[s]
	}
	for s := range scores {
		scores[s] /= sum
	}
	return scores
}

// Predict implements Model.
func (m *Logistic) Predict(measures [flower.Measures]float64) string {
	return likeliest(m.Species, m.Chances(measures))
}

func (m *Logistic) complete() bool {
	return len(m.Species) > 0 && len(m.Weights) == len(m.Species) && len(m.Intercept) == len(m.Species)
}
