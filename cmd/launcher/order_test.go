package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/cliargs"
)

// parsed is what a command's action sees.
type parsed struct {
	command string
	values  map[string]string // of the flags that are set, by their first names
	args    []string
}

// parse lets the real definitions read the arguments; no command is executed.
func parse(t *testing.T, args ...string) (parsed, error) {
	t.Helper()
	p := &program{name: "launcher", stdout: io.Discard, stderr: io.Discard}
	app := p.app()
	var got parsed
	for _, c := range app.Commands {
		c.Action = func(c *cli.Context) error {
			got = parsed{command: c.Command.Name, values: map[string]string{}, args: c.Args().Slice()}
			for _, f := range c.Command.Flags {
				name := f.Names()[0]
				switch _, several := f.(repeatable); {
				case !c.IsSet(name):
				case several:
					got.values[name] = strings.Join(c.StringSlice(name), " ")
				default:
					got.values[name] = fmt.Sprint(c.Value(name))
				}
			}
			return nil
		}
	}
	ordered, err := order(app, append([]string{"launcher"}, args...))
	if err == nil {
		err = app.RunContext(t.Context(), ordered)
	}
	return got, err
}

// forms are the ways to write a flag, by any of its names.
func forms(f cli.Flag, value string) [][]string {
	var out [][]string
	for _, name := range f.Names() {
		dashes := "--"
		if len(name) == 1 {
			dashes = "-"
		}
		switch {
		case !cliargs.TakesValue(f):
			out = append(out, []string{dashes + name}, []string{dashes + name + "=true"})
			continue
		case len(name) == 1:
			out = append(out, []string{"-" + name + value})
		}
		out = append(out, []string{dashes + name, value}, []string{dashes + name + "=" + value})
	}
	return out
}

// TestEveryFlagAtEveryPosition is made of the commands' own definitions: each flag, in each spelling, in front of, between
// and behind two arguments, means the same; the connection's flags also in front of the command; and behind -- none is one.
func TestEveryFlagAtEveryPosition(t *testing.T) {
	app := (&program{name: "launcher"}).app()
	positions := 0
	for _, command := range app.Commands {
		for _, f := range command.Flags {
			name := f.Names()[0]
			value := "v1,[2]=3"
			switch {
			case !cliargs.TakesValue(f):
				value = "true"
			case rules[name].problem != nil:
				value = "v1"
			}
			if f.Names()[0] == flagParam {
				value = "v=1,[2]=3"
			}
			for _, form := range forms(f, value) {
				words := []string{command.Name, "one", "two"}
				first := 1
				if slices.ContainsFunc(app.Flags, func(g cli.Flag) bool { return g.Names()[0] == name }) {
					first = 0
				}
				for at := first; at <= len(words); at++ {
					positions++
					args := slices.Concat(words[:at], form, words[at:])
					got, err := parse(t, args...)
					if err != nil || got.command != command.Name || got.values[name] != value || len(got.values) != 1 || !slices.Equal(got.args, words[1:]) {
						t.Errorf("%q is read as %+v, %v", args, got, err)
					}
				}
				args := slices.Concat([]string{command.Name, "--", "one"}, form)
				got, err := parse(t, args...)
				if err != nil || len(got.values) != 0 || !slices.Equal(got.args, args[2:]) {
					t.Errorf("%q is read as %+v, %v", args, got, err)
				}
			}
		}
	}
	if positions < 500 {
		t.Errorf("only %d positions were tried", positions)
	}
}

func TestPermute(t *testing.T) {
	for _, tc := range []struct {
		name string
		args string
		want string // command, flags, arguments; or the error
	}{
		{"stdin is an argument", "submit - --follow", "submit map[follow:true] [-]"},
		{"stdin is a value", "submit -f - --follow", "submit map[file:- follow:true] []"},
		{"several of the same", "-n a get -n b x --namespace c", `--namespace is given twice, as "a" and as "b"; give it once`},
		{"several of the same, where it may be", "validate -f b a --file=c", "validate map[file:b c] [a]"},
		{"a value that looks like a flag", "submit p --name --follow", `--name: "--follow" cannot be the name of a run: at most 63 lower-case letters, digits and dashes are allowed, with no dash at either end`},
		{"an empty value", "submit p --name=", "--name is empty (an unset variable?); give it a value, or leave it out for a name of the launcher's choice"},
		{"a value with an equals sign", "submit p --context=a=b", "submit map[context:a=b] [p]"},
		{"a flag turned off", "submit p --follow=false", "submit map[follow:false] [p]"},
		{"one dash before a long name", "submit p -follow", "submit map[follow:true] [p]"},
		{"a run that is called help", "get help", "get map[] [help]"},
		{"two dashes, twice", "get -- --", "get map[] [--]"},
		{"a command behind two dashes", "-- get x", "get map[] [x]"},
		{"no such command", "sumbit p", `there is no command "sumbit"; did you mean "submit"?`},
		{"no such command, nothing near", "frobnicate", `there is no command "frobnicate"; see: launcher --help`},
		{"an empty command", "'' x", `there is no command ""; see: launcher --help`},
		{"no such flag", "submit p --flolow", `there is no flag --flolow of submit; did you mean "--follow"?`},
		{"no such flag, nothing near", "submit p --frobnicate=1", "there is no flag --frobnicate of submit; see: launcher submit --help"},
		{"another command's flag", "get x --dry-run=client", "there is no flag --dry-run of get; see: launcher get --help"},
		{"a command's flag in front of it", "--follow logs x", "there is no flag --follow; see: launcher --help"},
		{"no such short flag", "get x -zfoo", "there is no flag -zfoo of get; see: launcher get --help"},
		{"a value is missing", "submit p --name", "flag --name needs a value"},
		{"a value is missing, short", "get x -o", "flag -o needs a value"},
		{"not a boolean", "submit p --wait=perhaps", `--wait takes no value, and "perhaps" is none of true and false; write --wait alone`},
		{"three dashes", "get ---x", "there is no flag ---x of get; see: launcher get --help"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			args := strings.Fields(tc.args)
			for i := range args {
				args[i] = strings.Trim(args[i], "'")
			}
			got, err := parse(t, args...)
			text := fmt.Sprint(got.command, " ", got.values, " ", got.args)
			if err != nil {
				text = err.Error()
				if exitCode(err) != exitUsage {
					t.Errorf("exit code %d, want %d", exitCode(err), exitUsage)
				}
			}
			if text != tc.want {
				t.Errorf("got %s, want %s", text, tc.want)
			}
		})
	}
}

func TestProgramName(t *testing.T) {
	for path, want := range map[string]string{
		"/usr/bin/launcher": "launcher", "stepherd": "stepherd", "/x/kubectl-stepherd": "kubectl stepherd", "launcher.exe": "launcher", "": "launcher",
	} {
		if got := programName([]string{path}); got != want {
			t.Errorf("programName(%q) = %q, want %q", path, got, want)
		}
	}
	if got := programName(nil); got != "launcher" {
		t.Errorf("programName(nil) = %q", got)
	}
}
