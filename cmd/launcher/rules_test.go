package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/cliargs"
)

// deskAlone is one that finds no cluster: a command that wants one ends with exitCluster.
func deskAlone() *desk {
	d := newDesk()
	d.noCluster = errors.New("a cluster was asked for")
	return d
}

// TestEmptyAndTwice: no flag of any command takes an empty value for one that was left out, and none has two values.
func TestEmptyAndTwice(t *testing.T) {
	d := deskAlone()
	for _, command := range (&program{name: "launcher"}).app().Commands {
		for _, f := range command.Flags {
			for _, name := range f.Names() {
				dashes := "-"
				if len(name) > 1 {
					dashes = "--"
				}
				tries := [][]string{{dashes + name, "", "x"}, {dashes + name + "=", "x"}, {"x", dashes + name, ""}}
				if !cliargs.TakesValue(f) {
					tries = [][]string{{"x", dashes + name, dashes + name}, {"x", dashes + name, "--" + f.Names()[0] + "=false"}}
				} else if _, several := f.(repeatable); !several {
					tries = append(tries, []string{dashes + name, "a", "x", "--" + f.Names()[0] + "=b"}, []string{dashes + name, "a", dashes + name, "a"})
				}
				for _, args := range tries {
					got := d.run(t.Context(), "", append([]string{command.Name}, args...)...)
					if got.code != exitUsage || !strings.Contains(got.stderr, "--"+f.Names()[0]+" is ") {
						t.Errorf("%s %q: exit code %d, %s", command.Name, args, got.code, got.stderr)
					}
				}
			}
		}
	}
}

// TestRules: flags and names are held to the rules of the file before a cluster is asked.
func TestRules(t *testing.T) {
	files(t, map[string]string{"iris.yaml": iris})
	d := deskAlone()
	for _, args := range [][]string{
		{"submit", "iris.yaml", "-n", ""}, {"-n", "", "list"}, {"get", "r", "--context="}, {"get", "r", "--kubeconfig", ""}, {"submit", "iris.yaml", "--driver-image", ""},
		{"submit", "iris.yaml", "--service-account", ""}, {"submit", "iris.yaml", "--name", ""}, {"submit", "-f", ""}, {"render", "iris.yaml", "--step", ""},
		{"wait", "r", "--timeout", ""}, {"cancel", "r", "--grace="}, {"logs", "r", "--grep", ""}, {"logs", "r", "-c", ""}, {"list", "-o", ""},
		{"submit", "-f", "iris.yaml", "-f", "b.yaml"}, {"-n", "a", "list", "-n", "b"}, {"submit", "iris.yaml", "--follow", "--follow"},
		{"list", "-n", "Bad NS"}, {"validate", "iris.yaml", "-n", "a/b"}, {"submit", "iris.yaml", "--driver-image", "bad image"}, {"submit", "iris.yaml", "--driver-image", "Driver:v1"},
		{"submit", "iris.yaml", "--service-account", "My_Account"}, {"submit", "iris.yaml", "--name", "a.b"}, {"render", "iris.yaml", "--name", "A"},
		{"submit", "iris.yaml", "-n", "", "--name", "", "--driver-image", "a b"},
		{"get", "a/b"}, {"get", ""}, {"watch", "A"}, {"wait", "-"}, {"cancel", "a b"}, {"recover", "x/y/z"}, {"delete", ""}, {"logs", "R"},
		{"logs", "r", "bad step"}, {"logs", "r", ""}, {"logs", "r", strings.Repeat("x", 64)}, {"render", "iris.yaml", "--step", "bad step"},
	} {
		if got := d.do(t, "", args...); got.code != exitUsage || got.stdout != "" {
			t.Errorf("%q: exit code %d, stdout %q", args, got.code, got.stdout)
		}
	}
	d.golden(t, "rules")
}

// TestHabits: what kubectl's users and others write is answered with what to write here.
func TestHabits(t *testing.T) {
	files(t, map[string]string{"iris.yaml": iris})
	d := deskAlone()
	for _, args := range []string{
		"apply -f iris.yaml", "create -f iris.yaml", "run iris.yaml", "describe r", "status r", "ls", "ps", "stop r", "kill r", "rm r", "exec r -- sh", "rerun r", "config get-contexts",
		"--version", "-v", "submit --version", "list -A", "get --all-namespaces", "list --token=x", "get r -w", "get r --watch", "list -l a=b", "list --frobnicate",
		"logs --step load r", "logs r --step=load", "logs r -p", "logs r --previous", "logs r --tail=-1", "logs r --all-containers", "logs r --since-time=2026-01-01T00:00:00Z",
		"submit iris.yaml --wait=5m", "submit iris.yaml --wait 5m", "cancel r --wait=5m", "submit iris.yaml --follow=yes", "submit iris.yaml --timeout 5m", "submit iris.yaml --image x",
		"wait r --for=condition=complete", "watch r -f", "cancel r --grace-period=30", "delete r --force", "delete -f iris.yaml", "delete --all",
		"get run r", "get runs r", "logs run r s", "get job/r", "logs job/r -f", "delete jobs/r", "get", "get a b", "get -o wide r", "get -o jsonpath={.phase} r", "render iris.yaml -o json",
		"submit", "render", "validate", "render -f iris.yaml other.yaml", "render -f a -f b",
	} {
		if got := d.do(t, "", strings.Fields(args)...); got.code != exitUsage || got.stdout != "" {
			t.Errorf("%s: exit code %d, stdout %q", args, got.code, got.stdout)
		}
	}
	d.golden(t, "habits")
}

// TestAdviceNamesNoFlag: advice is only asked for where a command has no such flag, and no command has such a name.
func TestAdviceNamesNoFlag(t *testing.T) {
	app := (&program{name: "launcher"}).app()
	for word, command := range commandHabits {
		if app.Command(word) != nil || app.Command(command) == nil {
			t.Errorf("%s is answered with %s", word, command)
		}
	}
	for word := range commandAdvice {
		if app.Command(word) != nil {
			t.Errorf("%s is a command", word)
		}
	}
	for key := range flagAdvice {
		command, name, scoped := strings.Cut(key, " ")
		if !scoped {
			command, name = "", key
		}
		for _, c := range app.Commands {
			has := slices.ContainsFunc(c.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
			if has && (c.Name == command || command == "") {
				t.Errorf("%s has a flag %s", c.Name, name)
			}
		}
		if scoped && app.Command(command) == nil {
			t.Errorf("there is no command %s", command)
		}
	}
}

// TestFileFlag: -f names the file of every command that takes one.
func TestFileFlag(t *testing.T) {
	files(t, map[string]string{"iris.yaml": iris, "other.yaml": strings.Replace(iris, "name: iris", "name: other", 1)})
	d := newDesk()
	for _, tc := range []struct{ args, want string }{
		{"validate -f iris.yaml", "iris.yaml: ok, 4 steps\n"},
		{"validate -f iris.yaml --file other.yaml", "iris.yaml: ok, 4 steps\nother.yaml: ok, 4 steps\n"},
		{"validate -f iris.yaml other.yaml", "iris.yaml: ok, 4 steps\nother.yaml: ok, 4 steps\n"},
		{"validate -f -", "-: ok, 4 steps\n"},
	} {
		if got := d.run(t.Context(), iris, strings.Fields(tc.args)...); got.code != 0 || got.stdout != tc.want {
			t.Errorf("%s: exit code %d, stdout %q\n%s", tc.args, got.code, got.stdout, got.stderr)
		}
	}
	want := d.run(t.Context(), "", "render", "iris.yaml", "--name", "r")
	for _, args := range []string{"render -f iris.yaml --name r", "render --name r --file=iris.yaml", "render --name=r -f -"} {
		if got := d.run(t.Context(), iris, strings.Fields(args)...); got != want || got.code != 0 {
			t.Errorf("%s: exit code %d\n%s", args, got.code, got.stderr)
		}
	}
}
