package model

import (
	"math"
	"math/big"
	"testing"

	"github.com/stepherd/stepherd/examples/iris/steps/flower"
)

// The tests here compute the same in another way than the models do, so that a mistake would have to be made twice.

// Each flower votes unless five others are nearer: counting ranks needs neither a sort nor a cut.
func TestNeighborsByCountingRanks(t *testing.T) {
	train, test := halves(t)
	m := trained(t, "knn", train)
	for _, f := range append(test, train...) {
		votes, first := map[string]int{}, map[string]int{}
		for i, near := range train {
			rank := 0
			for j, other := range train {
				d, e := micrometres(near, f), micrometres(other, f)
				if e < d || e == d && j < i {
					rank++
				}
			}
			if rank < 5 {
				votes[near.Species]++
				if r, ok := first[near.Species]; !ok || rank < r {
					first[near.Species] = rank
				}
			}
		}
		got := m.Predict(f.Measures)
		for species, n := range votes {
			if n > votes[got] || n == votes[got] && first[species] < first[got] {
				t.Errorf("%v: %s has %d votes, but %s with %d was chosen", f, species, n, got, votes[got])
			}
		}
	}
}

// micrometres is the squared distance in whole numbers.
func micrometres(a, b flower.Flower) (sum int64) {
	for i := range a.Measures {
		apart := int64(math.Round(a.Measures[i]*1e4)) - int64(math.Round(b.Measures[i]*1e4))
		sum += apart * apart
	}
	return sum
}

// The densities themselves, multiplied with 200 bits, with the variance as mean of squares minus square of the mean.
func TestBayesByProductOfDensities(t *testing.T) {
	train, test := halves(t)
	m := trained(t, "bayes", train)
	for _, f := range test {
		best, chosen := new(big.Float), ""
		for _, species := range flower.Species(train) {
			some := flower.Of(train, species)
			product := new(big.Float).SetPrec(200).SetFloat64(float64(len(some)))
			for i, x := range f.Measures {
				product.Mul(product, big.NewFloat(density(some, i, x)))
			}
			if product.Cmp(best) > 0 {
				best, chosen = product, species
			}
		}
		if got := m.Predict(f.Measures); got != chosen {
			t.Errorf("%v: %s, want %s", f, got, chosen)
		}
	}
}

func density(flowers []flower.Flower, measure int, x float64) float64 {
	var sum, squares float64
	for _, f := range flowers {
		sum += f.Measures[measure]
		squares += f.Measures[measure] * f.Measures[measure]
	}
	mean := sum / float64(len(flowers))
	variance := squares/float64(len(flowers)) - mean*mean
	return math.Exp(-(x-mean)*(x-mean)/(2*variance)) / math.Sqrt(2*math.Pi*variance)
}

// At the maximum the probabilities of a species over all flowers add up to the number of its flowers: the intercepts
// bear no penalty.
func TestLogisticExpectsWhatItSaw(t *testing.T) {
	train, _ := halves(t)
	m := trained(t, "logistic", train).(*Logistic)
	sums := make([]float64, len(m.Species))
	for _, f := range train {
		for s, p := range m.Chances(f.Measures) {
			sums[s] += p
		}
	}
	for s, species := range m.Species {
		if want := float64(len(flower.Of(train, species))); math.Abs(sums[s]-want) > 1e-6 {
			t.Errorf("%v %s expected, %v seen", sums[s], species, want)
		}
	}
}

// No weight can be moved either way without loss of penalised likelihood, which is written out here from its definition.
func TestLogisticIsAtTheTop(t *testing.T) {
	train, _ := halves(t)
	m := trained(t, "logistic", train).(*Logistic)
	top := penalisedLikelihood(m, train)
	for s := range m.Species {
		places := []*float64{&m.Intercept[s]}
		for i := range m.Weights[s] {
			places = append(places, &m.Weights[s][i])
		}
		for p, place := range places {
			for _, move := range []float64{-1e-3, 1e-3} {
				kept := *place
				*place += move
				if moved := penalisedLikelihood(m, train); moved >= top {
					t.Errorf("%s, weight %d: %v is better by %v", m.Species[s], p, move, moved-top)
				}
				*place = kept
			}
		}
	}
}

func penalisedLikelihood(m *Logistic, flowers []flower.Flower) (sum float64) {
	for _, f := range flowers {
		var mine, all float64
		for s, species := range m.Species {
			score := m.Intercept[s]
			for i, w := range m.Weights[s] {
				score += w * (f.Measures[i] - m.Mean[i]) / m.Deviation[i]
			}
			all += math.Exp(score)
			if species == f.Species {
				mine = score
			}
		}
		sum += mine - math.Log(all)
	}
	for s := range m.Species {
		for _, w := range m.Weights[s] {
			sum -= w * w / 2
		}
	}
	return sum
}

// The weights are those of scikit-learn 1.2.1 for the same flowers: StandardScaler, then LogisticRegression with C=1 and
// tol=1e-12. Its solver stops a little before the top, hence the tolerance.
func TestLogisticAgreesWithScikitLearn(t *testing.T) {
	train, _ := halves(t)
	m := trained(t, "logistic", train).(*Logistic)
	for s, want := range [][]float64{
		{-0.25707, -0.95424, 1.03200, -1.60923, -1.53750},
		{1.68455, 0.28068, -0.41594, -0.04913, -0.73751},
		{-1.42748, 0.67356, -0.61607, 1.65836, 2.27502},
	} {
		got := append([]float64{m.Intercept[s]}, m.Weights[s][:]...)
		for i := range want {
			if math.Abs(got[i]-want[i]) > 5e-4 {
				t.Errorf("%s, weight %d is %.5f, want %.5f", m.Species[s], i, got[i], want[i])
			}
		}
	}
}
