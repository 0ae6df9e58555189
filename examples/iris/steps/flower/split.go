package flower

import (
	"fmt"
	"math/rand/v2"
)

// Split holds out the same number of flowers of each species for the test and leaves the others to learn from. The
// same flowers, number and seed give the same division; both halves keep the order of the table.
func Split(flowers []Flower, heldOut int, seed uint64) (train, test []Flower, err error) {
	if heldOut < 1 {
		return nil, nil, fmt.Errorf("cannot hold out %d flowers of each species; hold out at least 1", heldOut)
	}
	for i, species := range Species(flowers) {
		some := Of(flowers, species)
		if len(some) <= heldOut {
			return nil, nil, fmt.Errorf("cannot hold out %d of %d %s; hold out fewer", heldOut, len(some), species)
		}
		// A stream of its own for each species: how many flowers one species has does not change the choice in another.
		choice := rand.New(rand.NewPCG(seed, uint64(i))).Perm(len(some))
		chosen := make([]bool, len(some))
		for _, n := range choice[:heldOut] {
			chosen[n] = true
		}
		for n, f := range some {
			if chosen[n] {
				test = append(test, f)
			} else {
				train = append(train, f)
			}
		}
	}
	return train, test, nil
}
