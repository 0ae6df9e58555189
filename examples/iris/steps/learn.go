package main

import (
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/stepherd/stepherd/examples/iris/steps/flower"
	"github.com/stepherd/stepherd/examples/iris/steps/model"
	"github.com/stepherd/stepherd/examples/iris/steps/score"
)

// train makes one model.
func train(flags *flag.FlagSet) func(io.Writer) error {
	kind := flags.String("model", "", "the kind of model")
	in := flags.String("in", "", "the table to learn from")
	out := flags.String("out", "", "the model to write")
	return func(stdout io.Writer) error {
		flowers, err := readFile(*in, "iris split", flower.ReadTable)
		if err != nil {
			return err
		}
		trained, err := model.Train(*kind, flowers)
		if err != nil {
			return err
		}
		write := func(w io.Writer) error { return model.Write(w, *kind, trained) }
		if err := writeFile(*out, write); err != nil {
			return err
		}
		known, err := score.Evaluate(*kind, trained, flowers)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout, "trained %s: right on %d of the %d flowers that it has learned from\n",
			*kind, known.Correct(), known.Total())
		return err
	}
}

// paths is a flag that may be repeated.
type paths []string

func (p *paths) String() string     { return strings.Join(*p, " ") }
func (p *paths) Set(s string) error { *p = append(*p, s); return nil }

// evaluate lets each model predict the flowers held out.
func evaluate(flags *flag.FlagSet) func(io.Writer) error {
	test := flags.String("test", "", "the table to test on")
	out := flags.String("out", "", "the scores to write")
	var models paths
	flags.Var(&models, "model", "a model from iris train (may be repeated)")
	return func(stdout io.Writer) error {
		flowers, err := readFile(*test, "iris split", flower.ReadTable)
		if err != nil {
			return err
		}
		var scores []score.Score
		for _, path := range models {
			s, err := evaluateOne(path, flowers)
			if err != nil {
				return err
			}
			scores = append(scores, s)
			fmt.Fprintf(stdout, "%s is right on %d of %d\n", s.Model, s.Correct(), s.Total())
		}
		return writeFile(*out, func(w io.Writer) error { return score.Write(w, scores) })
	}
}

func evaluateOne(path string, flowers []flower.Flower) (score.Score, error) {
	var kind string
	trained, err := readFile(path, "iris train", func(r io.Reader) (m model.Model, err error) {
		kind, m, err = model.Read(r)
		return m, err
	})
	if err != nil {
		return score.Score{}, err
	}
	return score.Evaluate(kind, trained, flowers)
}

// report prints the scores for people.
func report(flags *flag.FlagSet) func(io.Writer) error {
	in := flags.String("in", "", "the scores from iris evaluate")
	return func(stdout io.Writer) error {
		scores, err := readFile(*in, "iris evaluate", score.Read)
		if err != nil {
			return err
		}
		return score.Report(stdout, scores)
	}
}
