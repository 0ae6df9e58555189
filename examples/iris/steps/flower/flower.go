// Package flower holds measured flowers: reading the data set as it is published, keeping it in a plain table, and
// dividing it into flowers to learn from and flowers to test on.
//
// It knows nothing of models, and nothing of where files lie.
package flower

// MeasureNames are the columns of a table, in the order of Flower.Measures; all are in centimeters.
var MeasureNames = []string{"sepal_length", "sepal_width", "petal_length", "petal_width"}

// Measures is the number of measures of a flower.
const Measures = 4

// Flower is one measured flower of a known species.
type Flower struct {
	Measures [Measures]float64 `json:"measures"`
	Species  string            `json:"species"`
}

// Species lists the species of the flowers, in the order in which they first appear.
func Species(flowers []Flower) []string {
	var species []string
	seen := map[string]bool{}
	for _, f := range flowers {
		if !seen[f.Species] {
			seen[f.Species] = true
			species = append(species, f.Species)
		}
	}
	return species
}

// Of gives the flowers of one species, in their order.
func Of(flowers []Flower, species string) []Flower {
	var some []Flower
	for _, f := range flowers {
		if f.Species == species {
			some = append(some, f)
		}
	}
	return some
}
