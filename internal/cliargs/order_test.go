package cliargs_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/cliargs"
)

func order(words string) ([]string, error) {
	app := &cli.App{
		Name:  "tool",
		Flags: []cli.Flag{&cli.StringFlag{Name: "namespace", Aliases: []string{"n"}}},
		Commands: []*cli.Command{{Name: "submit", Flags: []cli.Flag{
			&cli.StringFlag{Name: "namespace", Aliases: []string{"n"}}, &cli.StringFlag{Name: "name"}, &cli.BoolFlag{Name: "wait"},
		}}},
	}
	return cliargs.Order(app, append([]string{"tool"}, strings.Fields(words)...), cliargs.Advice{
		Fault: func(f cli.Flag, values []string) string {
			if len(values) > 1 {
				return "--" + f.Names()[0] + " is given twice"
			}
			return ""
		},
		Command: func(word string) string { return map[string]string{"apply": "; write submit"}[word] },
		Flag: func(command, name string) string {
			return map[string]string{"submit w": "; write --wait"}[command+" "+name]
		},
	})
}

func TestOrder(t *testing.T) {
	for words, want := range map[string]string{
		"":                                  "tool --",
		"submit p.yaml":                     "tool submit -- p.yaml",
		"-n ml submit p.yaml --wait":        "tool submit --namespace=ml --wait=true -- p.yaml",
		"submit p.yaml --name=x -nml":       "tool submit --name=x --namespace=ml -- p.yaml",
		"submit --wait=false -- --name":     "tool submit --wait=false -- --name",
		"submit - --name x":                 "tool submit --name=x -- -",
		"submit -n a -n b --help":           "tool submit --help",
		"help submit":                       "tool submit --help",
		"submit p.yaml --namespace help -h": "tool submit --help",
	} {
		got, err := order(words)
		if err != nil || !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%q: got %q, %v, want %q", words, got, err, want)
		}
	}
}

func TestWhatCannotBeOrdered(t *testing.T) {
	for words, want := range map[string]string{
		"apply":                                  `there is no command "apply"; write submit`,
		"submt":                                  `there is no command "submt"; did you mean "submit"?`,
		"fly":                                    `there is no command "fly"; see: tool --help`,
		"submit --nme=x":                         `there is no flag --nme of submit; did you mean "--name"?`,
		"submit -w":                              `there is no flag -w of submit; write --wait`,
		"--zzz submit":                           `there is no flag --zzz; see: tool --help`,
		"submit p --name":                        `flag --name needs a value`,
		"submit -n a --name b -n c --name d p":   "--namespace is given twice\n--name is given twice",
		"submit --name a --name b --unknownflag": `there is no flag --unknownflag of submit; see: tool submit --help`,
	} {
		if got, err := order(words); err == nil || err.Error() != want {
			t.Errorf("%q: got %q, %v\nwant %s", words, got, err, want)
		}
	}
}
