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
	Command  string // "up", or with its verb: "node stop"
	Instance plan.Instance
	Wish     plan.Wish
	Node     string   // of the commands node and kubelet
	Kill     bool     // of apiserver stop
	Args     []string // image files of load, arguments of kubectl
}

// ErrHelp is returned when the user asked for help.
var ErrHelp = errors.New("help wanted")

var commands = []string{"up", "down", "status", "node", "apiserver", "kubelet", "kubeconfig", "load", "kubectl"}

// verbs are of the commands on a part of the cluster; those in ofNode need the name of a node.
var (
	verbs = map[string][]string{
		"node":      {"stop", "start", "cut", "join"},
		"apiserver": {"stop", "start"},
		"kubelet":   {"restart"},
	}
	ofNode = []string{"node", "kubelet"}
)

// Parse reads everything after the program's name.
func Parse(argv []string) (Request, error) {
	r := Request{}
	name := DefaultName
	rest, err := parseFlags(newFlags("", &name), argv)
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
	if len(verbs[r.Command]) > 0 {
		return r.parseVerb(name, argv)
	}
	if r.Command == "kubectl" {
		// Only what stands in front of the first word or of "--" is ours; the rest is kubectl's.
		r.Args, err = parseFlags(newFlags(r.Command, name), argv)
		return err
	}
	if r.Args, err = parseMixed(r.addWish(newFlags(r.Command, name)), argv); err != nil {
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

// parseVerb reads the verb and the node of a command on a part of the cluster.
func (r *Request) parseVerb(name *string, argv []string) error {
	command, known := r.Command, verbs[r.Command]
	fs := newFlags(command, name)
	if command == "apiserver" {
		fs.BoolVar(&r.Kill, "kill", false, "")
	}
	words, err := parseMixed(fs, argv)
	switch {
	case err != nil:
		return err
	case len(words) == 0:
		return fmt.Errorf("%s needs a verb: use one of %s", command, strings.Join(known, ", "))
	case !slices.Contains(known, words[0]):
		return fmt.Errorf("%s has no verb %q: use one of %s", command, words[0], strings.Join(known, ", "))
	}
	r.Command += " " + words[0]
	if r.Kill && words[0] != "stop" {
		return fmt.Errorf("localcluster %s has no flag --kill: see localcluster help", r.Command)
	}
	return r.parseNode(slices.Contains(ofNode, command), words[1:])
}

func (r *Request) parseNode(wanted bool, words []string) error {
	switch {
	case !wanted && len(words) > 0:
		return fmt.Errorf("%s takes no argument, but got %q: see localcluster help", r.Command, words[0])
	case !wanted:
		return nil
	case len(words) == 0:
		return fmt.Errorf("%s needs the name of a node: localcluster %s %s", r.Command, r.Command, plan.NodeName(1))
	case len(words) > 1:
		return fmt.Errorf("%s takes one node, but got %q as well: see localcluster help", r.Command, words[1])
	}
	r.Node = words[0]
	return nil
}

func newFlags(command string, name *string) *flag.FlagSet {
	fs := flag.NewFlagSet(command, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(name, "name", *name, "")
	return fs
}

func (r *Request) addWish(fs *flag.FlagSet) *flag.FlagSet {
	if r.Command != "up" {
		return fs
	}
	w := &r.Wish
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
	fs.Func("kubelet-log-max-size", "", func(s string) error { return addLogSize(w, s) })
	return fs
}

func addLogSize(w *plan.Wish, s string) error {
	l, err := plan.ParseLogSize(s)
	if err == nil && l.Node == "" {
		w.LogMaxSize = l.Size
	} else {
		w.LogSizes = append(w.LogSizes, l)
	}
	return err
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

// Usage is printed by `localcluster help`.
const Usage = `localcluster: a real Kubernetes on one Linux machine

  localcluster up [--nodes K] [--label NODE:k=v]... [--taint NODE:k=v:Effect]...
                  [--kubelet-log-max-size [NODE:]SIZE]...
                                    begin a container's next log file at SIZE (10Mi)
  localcluster down                 remove the cluster and everything it made
  localcluster status               what runs and what does not
  localcluster kubeconfig           print the path of the kubeconfig
  localcluster load IMAGE.tar...    put images on every node
  localcluster kubectl -- ARGS...   kubectl, on this cluster

  localcluster node stop NODE       let it die at once; its disk and its Node object stay
  localcluster node start NODE      bring it back as after a reboot, wait until it is Ready
  localcluster node cut NODE        take it off the network; what runs on it goes on
  localcluster node join NODE       put it back on the network, wait until it is Ready
  localcluster apiserver stop [--kill]   end the API server, with SIGTERM (SIGKILL after
                                    5 s) or with SIGKILL at once
  localcluster apiserver start      start it again, wait until it is ready
  localcluster kubelet restart NODE kill a node's kubelet and start it, wait until it is healthy

  --name N   which cluster (a-z, 0-9, -; at most 20), on every command; default "dev"

The nodes are called node-1, node-2, ... A second up repairs what is broken, starts what was stopped,
joins what was cut, adds nodes, and puts labels and taints right. What is so already is said and no
error. Needs root.
Exit codes: 0 done; 1 it failed, or status found something not running that nobody stopped; 2 wrong
usage.
`
