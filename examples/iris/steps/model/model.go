// Package model holds three ways to tell a flower's species from its measures: k nearest neighbors, Gaussian naive
// Bayes, and multinomial logistic regression.
//
// Each is trained without chance, so the same flowers give the same model. None of them chooses its own settings: k and
// the strength of regularisation are constants, never tuned on the flowers that the test holds out.
package model

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/stepherd/stepherd/examples/iris/steps/flower"
)

// Kinds are the names of the models, as Train takes them.
var Kinds = []string{"knn", "bayes", "logistic"}

// Model tells the species of a flower from its measures.
type Model interface {
	Predict(measures [flower.Measures]float64) string
}

// Train makes a model of one kind from flowers of known species.
func Train(kind string, flowers []flower.Flower) (Model, error) {
	if len(flower.Species(flowers)) < 2 {
		return nil, fmt.Errorf("cannot train %s on fewer than two species", kind)
	}
	switch kind {
	case "knn":
		return trainNeighbors(flowers)
	case "bayes":
		return trainBayes(flowers)
	case "logistic":
		return trainLogistic(flowers)
	}
	return nil, fmt.Errorf("unknown model %q; choose one of %v", kind, Kinds)
}

// file is a model on disk: the kind says how to read the rest.
type file struct {
	Kind  string          `json:"kind"`
	Model json.RawMessage `json:"model"`
}

// Write writes a model with its kind.
func Write(w io.Writer, kind string, m Model) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode model %s: %w", kind, err)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(file{Kind: kind, Model: raw})
}

// Read reads what Write wrote.
func Read(r io.Reader) (kind string, m Model, err error) {
	var f file
	if err := json.NewDecoder(r).Decode(&f); err != nil {
		return "", nil, fmt.Errorf("decode model: %w", err)
	}
	stored, err := empty(f.Kind)
	if err != nil {
		return "", nil, err
	}
	if err := json.Unmarshal(f.Model, stored); err != nil {
		return "", nil, fmt.Errorf("decode model %s: %w", f.Kind, err)
	}
	if !stored.complete() {
		return "", nil, fmt.Errorf("decode model %s: parts of it are missing", f.Kind)
	}
	return f.Kind, stored, nil
}

// storable is a model that can tell whether all that it needs came back from disk.
type storable interface {
	Model
	complete() bool
}

func empty(kind string) (storable, error) {
	switch kind {
	case "knn":
		return &Neighbors{}, nil
	case "bayes":
		return &Bayes{}, nil
	case "logistic":
		return &Logistic{}, nil
	}
	return nil, fmt.Errorf("unknown model %q; choose one of %v", kind, Kinds)
}

// likeliest gives the species with the greatest score; the first of equals.
func likeliest(species []string, scores []float64) string {
	best := 0
	for i := range scores {
		if scores[i] > scores[best] {
			best = i
		}
	}
	return species[best]
}
