// Package score measures how often models are right on flowers that they have not seen, and says so in a table.
//
// It takes the predictions as they come: it neither trains nor chooses models.
package score

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/stepherd/stepherd/examples/iris/steps/flower"
	"github.com/stepherd/stepherd/examples/iris/steps/model"
)

// Score is how one model did.
type Score struct {
	Model   string   `json:"model"`
	Species []string `json:"species"`
	// Confusion counts flowers by true species (row) and predicted species (column), both in the order of Species.
	Confusion [][]int `json:"confusion"`
}

// Evaluate lets a model predict each flower and counts. A prediction of a species that no test flower has counts
// as an error of the caller: it would have no column.
func Evaluate(name string, m model.Model, test []flower.Flower) (Score, error) {
	s := Score{Model: name, Species: flower.Species(test)}
	for range s.Species {
		s.Confusion = append(s.Confusion, make([]int, len(s.Species)))
	}
	for _, f := range test {
		predicted := slices.Index(s.Species, m.Predict(f.Measures))
		if predicted < 0 {
			return Score{}, fmt.Errorf("model %s predicts %q, a species that the test flowers do not have", name, m.Predict(f.Measures))
		}
		s.Confusion[slices.Index(s.Species, f.Species)][predicted]++
	}
	return s, nil
}

// Correct is the number of flowers on the diagonal.
func (s Score) Correct() int {
	correct := 0
	for i := range s.Confusion {
		correct += s.Confusion[i][i]
	}
	return correct
}

// Total is the number of flowers.
func (s Score) Total() int {
	total := 0
	for _, row := range s.Confusion {
		for _, n := range row {
			total += n
		}
	}
	return total
}

// Accuracy is the share of flowers whose species was told rightly.
func (s Score) Accuracy() float64 {
	return float64(s.Correct()) / float64(s.Total())
}

// Write writes scores as JSON.
func Write(w io.Writer, scores []Score) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(scores)
}

// Read reads what Write wrote and holds the tables to their shape, so that a report never stops in the middle.
func Read(r io.Reader) ([]Score, error) {
	var scores []Score
	if err := json.NewDecoder(r).Decode(&scores); err != nil {
		return nil, fmt.Errorf("decode scores: %w", err)
	}
	if len(scores) == 0 {
		return nil, fmt.Errorf("the file holds no scores")
	}
	for _, s := range scores {
		wrong := len(s.Confusion) != len(s.Species) || s.Total() == 0
		for _, row := range s.Confusion {
			wrong = wrong || len(row) != len(s.Species)
		}
		if wrong {
			return nil, fmt.Errorf("the confusion matrix of model %q does not fit its %d species", s.Model, len(s.Species))
		}
	}
	return scores, nil
}
