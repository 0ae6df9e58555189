package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/validate"
	"github.com/stepherd/stepherd/internal/cliargs"
	"github.com/stepherd/stepherd/internal/launch/submit"
)

// rule is what a flag's value must be, wherever the flag stands. Values are held to it before anything is asked or read.
type rule struct {
	// without is what the command does when the flag is left out.
	without string
	// problem is a sentence on what is wrong with a value; empty if nothing is. nil takes every value.
	problem func(value string) string
}

// rules has a rule for each flag that does more than take a value, by its first name.
var rules = map[string]rule{
	flagContext:       {without: "for the kubeconfig's current context"},
	flagKubeconfig:    {without: "for $KUBECONFIG or ~/.kube/config"},
	flagNamespace:     {without: "for the namespace of the context", problem: namespaceProblem},
	"driver-image":    {without: "for the pipeline's own or this version's", problem: driverImageProblem},
	"service-account": {without: "for the pipeline's own or stepherd-driver", problem: v1alpha1.ServiceAccountProblem},
	"name":            {without: "for a name of the launcher's choice", problem: submit.NewRunProblem},
	"container":       {without: "for main"},
	"file":            {without: "and name the pipeline file, or - for standard input"},
	flagParam:         {without: "for the arguments of the file and the defaults", problem: paramProblem},
	flagParamsFile:    {without: "for the arguments of the file and the defaults"},
	"step":            {without: "for all steps", problem: v1alpha1.StepNameProblem},
	"timeout":         {without: "to wait for ever"},
	"grace":           {without: "for each Pod's own"},
	"attempt":         {without: "for the latest"},
	"since":           {without: "for all lines"},
	"tail":            {without: "for all lines", problem: tailProblem},
	"grep":            {without: "for all lines"},
}

func namespaceProblem(name string) string {
	if len(validation.IsDNS1123Label(name)) > 0 {
		return fmt.Sprintf("%q cannot be the name of a namespace: at most 63 lower-case letters, digits and dashes are allowed, with no dash at either end", name)
	}
	return ""
}

// tailProblem is for kubectl's users, for whom -1 are all lines.
func tailProblem(number string) string {
	if number == "-1" {
		return "for all lines leave it out"
	}
	return ""
}

func driverImageProblem(image string) string {
	if wrong := validate.ImageProblem(image); wrong != "" {
		return fmt.Sprintf("%q is not a valid image: %s", image, wrong)
	}
	return ""
}

// broken is a sentence on what is wrong with a flag's values; empty if nothing is. An empty value is mostly that of a variable
// that is not set, and must not pass for a flag that was left out: `-n "$NS"` would go to another namespace.
func broken(program string, f cli.Flag, values []string) string {
	name := f.Names()[0]
	if _, several := f.(repeatable); !several && len(values) > 1 {
		if !cliargs.TakesValue(f) {
			return fmt.Sprintf("--%s is given twice; give it once", name)
		}
		return fmt.Sprintf("--%s is given twice, as %q and as %q; give it once", name, values[0], values[1])
	}
	r := rules[name]
	for _, value := range values {
		switch {
		case cliargs.TakesValue(f) && value == "":
			return strings.TrimSpace(fmt.Sprintf("--%s is empty (an unset variable?); give it a value, or leave it out %s", name, r.without))
		case cliargs.TakesValue(f) && r.problem != nil:
			if problem := r.problem(value); problem != "" {
				return fmt.Sprintf("--%s: %s", name, problem)
			}
		case name == "wait" && isDuration(value):
			return "--wait takes no value" + waitFor(program, value)
		case !cliargs.TakesValue(f) && !isBool(value):
			return fmt.Sprintf("--%s takes no value, and %q is none of true and false; write --%s alone", name, value, name)
		}
	}
	return ""
}

func isBool(value string) bool {
	_, err := strconv.ParseBool(value)
	return err == nil
}

// repeatable is a flag that may be given several times. The parser's own help text for one is its name twice.
type repeatable struct{ *cli.StringSliceFlag }

// IsSliceFlag is what makes the help text.
func (repeatable) IsSliceFlag() bool { return false }

func (r repeatable) String() string { return cli.FlagStringer(r) }
