// Package args turns the command line into a Request.
//
// It does not act on the request and does not look at the machine. Every error is one sentence for
// the user and means exit code 2.
package args

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/stepherd/stepherd/test/localcluster/plan"
)

// DefaultName is the cluster that is meant when --name is left out.
const DefaultName = "dev"

// Request is a parsed command line.
type Request struct {
	Command  string
	Instance plan.Instance
	Wish     plan.Wish
	Args     []string // image files of load, arguments of kubectl
}

// ErrHelp is returned when the user asked for help.
var ErrHelp = errors.New("help wanted")

var commands = []string{"up", "down", "status", "kubeconfig", "load", "kubectl"}

// Parse reads everything after the program's name.
func Parse(argv []string) (Request, error) {
	r := Request{}
	name := DefaultName
	rest, err := parseFlags(newFlags("", &name, nil), argv)
	if err != nil {
		return r, err
	}
	if len(rest) == 0 {
		return r, fmt.Errorf("a command is missing: use one of %s", strings.Join(commands, ", "))
	}
	r.Command = rest[0]
	if r.Command == "help" {
		return r, ErrHelp
	}
	if !slices.Contains(commands, r.Command) {
		return r, fmt.Errorf("unknown command %q: use one of %s", r.Command, strings.Join(commands, ", "))
	}
	if err := r.parseCommand(&name, rest[1:]); err != nil {
		return r, err
	}
	r.Instance, err = plan.NewInstance(name)
	return r, err
}

func (r *Request) parseCommand(name *string, argv []string) error {
	var err error
	if r.Command == "kubectl" {
		// Only what stands in front of the first word or of "--" is ours; the rest is kubectl's.
		r.Args, err = parseFlags(newFlags(r.Command, name, nil), argv)
		return err
	}
	if r.Args, err = parseMixed(newFlags(r.Command, name, &r.Wish), argv); err != nil {
		return err
	}
	switch {
	case r.Command == "load" && len(r.Args) == 0:
		return errors.New("load needs the image files to load: localcluster load IMAGE.tar")
	case r.Command != "load" && len(r.Args) > 0:
		return fmt.Errorf("%s takes no argument, but got %q: see localcluster help", r.Command, r.Args[0])
	}
	return nil
}

func newFlags(command string, name *string, w *plan.Wish) *flag.FlagSet {
	fs := flag.NewFlagSet(command, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(name, "name", *name, "")
	if command == "up" && w != nil {
		fs.Func("nodes", "", func(s string) (err error) { w.Nodes, err = parseNodes(s); return err })
		fs.Func("label", "", func(s string) error {
			l, err := plan.ParseLabel(s)
			w.Labels = append(w.Labels, l)
			return err
		})
		fs.Func("taint", "", func(s string) error {
			t, err := plan.ParseTaint(s)
			w.Taints = append(w.Taints, t)
			return err
		})
	}
	return fs
}

func parseNodes(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > plan.MaxNodes {
		return 0, fmt.Errorf("%q is not a number of nodes: use 1 to %d", s, plan.MaxNodes)
	}
	return n, nil
}

// parseMixed allows flags after positional arguments, which package flag does not.
func parseMixed(fs *flag.FlagSet, argv []string) ([]string, error) {
	var words []string
	for {
		rest, err := parseFlags(fs, argv)
		if err != nil || len(rest) == 0 {
			return words, err
		}
		if len(argv) > len(rest) && argv[len(argv)-len(rest)-1] == "--" {
			return append(words, rest...), nil
		}
		words, argv = append(words, rest[0]), rest[1:]
	}
}

// parseFlags returns what follows the flags, and errors in our own words.
func parseFlags(fs *flag.FlagSet, argv []string) ([]string, error) {
	err := fs.Parse(argv)
	if err == nil {
		return fs.Args(), nil
	}
	if errors.Is(err, flag.ErrHelp) {
		return nil, ErrHelp
	}
	where := "localcluster"
	if fs.Name() != "" {
		where += " " + fs.Name()
	}
	text := err.Error()
	if unknown, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		return nil, fmt.Errorf("%s has no flag --%s: see localcluster help", where, unknown)
	}
	if missing, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return nil, fmt.Errorf("%s --%s needs a value: see localcluster help", where, missing)
	}
	if _, problem, ok := strings.Cut(text, "for flag -"); ok { // "invalid value "V" for flag -F: problem"
		return nil, fmt.Errorf("%s --%s", where, problem)
	}
	return nil, fmt.Errorf("%s: %w", where, err)
}
