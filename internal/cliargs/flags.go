package cliargs

import (
	"slices"

	"github.com/urfave/cli/v2"
)

// flagSet finds flags by any of their names.
type flagSet struct {
	byName map[string]cli.Flag
	names  []string // as one writes them, for suggestions
}

func newFlagSet(flags []cli.Flag) flagSet {
	s := flagSet{byName: map[string]cli.Flag{}}
	for _, f := range flags {
		for _, name := range f.Names() {
			s.byName[name] = f
		}
		s.names = append(s.names, "--"+f.Names()[0])
	}
	slices.Sort(s.names)
	return s
}

// TakesValue reports whether a flag has a value; the others are switches.
func TakesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}
