package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"

	"github.com/stepherd/stepherd/examples/iris/data"
	"github.com/stepherd/stepherd/examples/iris/steps/flower"
)

// builtIn stands for the copy of the data set inside the program, with which the image needs no other file.
const builtIn = "built-in"

// load brings the data set from its published form into a plain table.
func load(flags *flag.FlagSet) func(io.Writer) error {
	from := flags.String("from", builtIn, "the data set as published")
	out := flags.String("out", "", "the table to write")
	return func(stdout io.Writer) error {
		flowers, err := readPublished(*from)
		if err != nil {
			return err
		}
		if err := writeTable(*out, flowers); err != nil {
			return err
		}
		for _, species := range flower.Species(flowers) {
			fmt.Fprintf(stdout, "loaded %d %s\n", len(flower.Of(flowers, species)), species)
		}
		return nil
	}
}

func readPublished(from string) ([]flower.Flower, error) {
	if from == builtIn {
		return flower.ReadPublished(bytes.NewReader(data.Iris))
	}
	return readFile(from, "the flag --from", flower.ReadPublished)
}

// split divides the table into flowers to learn from and flowers to test on.
func split(flags *flag.FlagSet) func(io.Writer) error {
	in := flags.String("in", "", "the table from iris load")
	trainOut := flags.String("train", "", "the table to learn from")
	testOut := flags.String("test", "", "the table to test on")
	heldOut := flags.Int("held-out", 20, "flowers of each species to test on")
	seed := flags.Uint64("seed", 1, "which division")
	return func(stdout io.Writer) error {
		flowers, err := readFile(*in, "iris load", flower.ReadTable)
		if err != nil {
			return err
		}
		toLearn, toTest, err := flower.Split(flowers, *heldOut, *seed)
		if err != nil {
			return err
		}
		if err := writeTable(*trainOut, toLearn); err != nil {
			return err
		}
		if err := writeTable(*testOut, toTest); err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout, "%d flowers to learn from, %d held out, seed %d\n", len(toLearn), len(toTest), *seed)
		return err
	}
}

func writeTable(path string, flowers []flower.Flower) error {
	return writeFile(path, func(w io.Writer) error { return flower.WriteTable(w, flowers) })
}
