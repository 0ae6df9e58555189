// Package cliargs puts the arguments of a command line into the one order that the parser of urfave/cli understands: command,
// flags, --, the rest. The parser by itself would take a flag behind a file for another file, and know no command's flag in
// front of the command.
//
// Invariants: it goes by the commands' own definitions and knows no command by name. Every flag comes out by its first name and
// as --name=value, in the order in which the flags were first given. Nothing is executed.
package cliargs

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/suggest"
)

// Advice is what a program knows of its commands and flags beyond their definitions. Each function returns nothing where it
// knows nothing.
type Advice struct {
	// Fault is a sentence on what is wrong with a flag's values, in the order in which they were given.
	Fault func(f cli.Flag, values []string) string
	// Command ends the sentence on a word that is no command.
	Command func(word string) string
	// Flag ends the sentence on a flag that the command does not have; before a command, that is empty.
	Flag func(command, name string) string
}

// Order returns args, whose first element is the program, in order. It finds what is no command or no flag, and all values that no
// flag can have; those are told together.
func Order(app *cli.App, args []string, advice Advice) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	s := sorter{app: app, advice: advice, flags: newFlagSet(app.Flags), given: map[string][]string{}}
	for rest := args[1:]; len(rest) > 0; {
		used, err := s.take(rest)
		if err != nil {
			return nil, err
		}
		rest = rest[used:]
	}
	if err := s.faults(); err != nil && !s.help {
		return nil, err
	}
	return s.ordered(args[0]), nil
}

// sorter sorts the arguments one after the other.
type sorter struct {
	app     *cli.App
	advice  Advice
	command *cli.Command // nil until it was seen
	flags   flagSet      // of the app, then of the command
	given   map[string][]string
	order   []cli.Flag // of given
	rest    []string   // no flags
	closed  bool       // after --
	help    bool
}

// take sorts the first of args and returns how many it used: a flag's value may be the second.
func (s *sorter) take(args []string) (used int, err error) {
	word := args[0]
	switch {
	case s.closed || word == "-" || !strings.HasPrefix(word, "-"):
		return 1, s.word(word)
	case word == "--":
		s.closed = true
		return 1, nil
	}
	name, value, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-"), "=")
	if name == "help" || name == "h" {
		s.help = true
		return 1, nil
	}
	f, known := s.flags.byName[name]
	if long := strings.HasPrefix(word, "--"); !long && !known && len(name) > 1 { // -njobs is -n jobs
		if f, known = s.flags.byName[name[:1]]; known && TakesValue(f) {
			s.set(f, strings.TrimPrefix(word, "-"+name[:1]))
			return 1, nil
		}
		known = false
	}
	switch {
	case !known:
		return 0, s.unknownFlag(word, name)
	case hasValue:
		s.set(f, value)
		return 1, nil
	case !TakesValue(f):
		s.set(f, "true")
		return 1, nil
	case len(args) == 1:
		return 0, fmt.Errorf("flag %s needs a value", word)
	}
	s.set(f, args[1])
	return 2, nil
}

// word takes the command's name, or an argument of it.
func (s *sorter) word(word string) error {
	if s.command != nil {
		s.rest = append(s.rest, word)
		return nil
	}
	if word == "help" {
		s.help = true
		return nil
	}
	s.command = s.app.Command(word)
	if s.command == nil {
		names := make([]string, len(s.app.Commands))
		for i, c := range s.app.Commands {
			names[i] = c.Name
		}
		hint := cmp.Or(s.advice.Command(word), suggest.DidYouMean(word, names))
		return fmt.Errorf("there is no command %q%s", word, orSee(hint, s.app.Name+" --help"))
	}
	s.flags = newFlagSet(s.command.Flags)
	return nil
}

func (s *sorter) set(f cli.Flag, value string) {
	name := f.Names()[0]
	if _, again := s.given[name]; !again {
		s.order = append(s.order, f)
	}
	s.given[name] = append(s.given[name], value)
}

// faults are all sentences on flags whose values cannot be.
func (s *sorter) faults() error {
	var all []error
	for _, f := range s.order {
		if fault := s.advice.Fault(f, s.given[f.Names()[0]]); fault != "" {
			all = append(all, errors.New(fault))
		}
	}
	return errs.Join(all...)
}

func (s *sorter) unknownFlag(word, name string) error {
	command, whose, see := "", "", s.app.Name+" --help"
	if s.command != nil {
		command = s.command.Name
		whose, see = " of "+command, s.app.Name+" "+command+" --help"
	}
	word, _, _ = strings.Cut(word, "=")
	hint := cmp.Or(s.advice.Flag(command, name), suggest.DidYouMean("--"+name, s.flags.names))
	return fmt.Errorf("there is no flag %s%s%s", word, whose, orSee(hint, see))
}

func orSee(suggestion, command string) string {
	if suggestion != "" {
		return suggestion
	}
	return "; see: " + command
}

func (s *sorter) ordered(program string) []string {
	out := []string{program}
	if s.command != nil {
		out = append(out, s.command.Name)
	}
	if s.help {
		return append(out, "--help")
	}
	for _, f := range s.order {
		name := f.Names()[0]
		for _, value := range s.given[name] {
			out = append(out, "--"+name+"="+value)
		}
	}
	return append(append(out, "--"), s.rest...)
}

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
