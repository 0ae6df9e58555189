package main

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/cliargs"
	"github.com/stepherd/stepherd/internal/launch/submit"
)

// Words of kubectl and of other tools for runs, and what to write here. In a text, {} is the program's name.

// commandHabits gives for a word the command that does what the word does elsewhere.
var commandHabits = map[string]string{
	"apply": "submit", "create": "submit", "run": "submit", "start": "submit",
	"describe": "get", "status": "get", "show": "get", "info": "get", "inspect": "get", "view": "get",
	"ls": "list", "ps": "list", "runs": "list", "jobs": "list", "history": "list",
	"log": "logs", "tail": "logs", "output": "logs",
	"follow": "watch", "attach": "watch",
	"stop": "cancel", "kill": "cancel", "abort": "cancel", "terminate": "cancel", "halt": "cancel",
	"rm": "delete", "remove": "delete", "del": "delete",
	"template": "render", "manifest": "render", "compile": "render",
	"check": "validate", "lint": "validate", "verify": "validate", "test": "validate",
	"role": "rbac", "roles": "rbac", "setup": "rbac", "bootstrap": "rbac",
}

// commandAdvice is for words that no command does.
var commandAdvice = map[string]string{
	"exec":         "in a step's Pod kubectl does it, which {} get RUN -o json names: kubectl exec -it POD -c main -- sh",
	"cp":           "in a step's Pod kubectl does it, which {} get RUN -o json names: kubectl cp POD:/path ./path -c main",
	"port-forward": "to a step's Pod kubectl does it, which {} get RUN -o json names: kubectl port-forward POD 8080",
	"top":          "kubectl does it: kubectl top pods -l stepherd.dev/run=RUN",
	"edit":         "a run cannot be changed; cancel it, change the file and submit it again",
	"restart":      "submit the pipeline again: {} submit FILE; a driver that is stuck on a dead node: {} recover RUN",
	"rerun":        "submit the pipeline again: {} submit FILE",
	"resubmit":     "submit the pipeline again: {} submit FILE",
	"login":        "the launcher goes by the kubeconfig, as kubectl does; choose with --context",
	"config":       "the launcher goes by the kubeconfig, as kubectl does: kubectl config get-contexts; choose with --context",
	"use-context":  "kubectl does it: kubectl config use-context CONTEXT; for one command there is --context",
}

// flagAdvice is for flags that a command does not have: by the command and the flag, or by the flag alone for all commands.
var flagAdvice = map[string]string{
	"version": "see: {} version", "V": "see: {} version", "v": "see: {} version",
	"A": oneNamespace, "all-namespaces": oneNamespace,
	"server": inKubeconfig, "s": inKubeconfig, "token": inKubeconfig, "user": inKubeconfig, "cluster": inKubeconfig, "as": inKubeconfig, "as-group": inKubeconfig,
	"as-uid": inKubeconfig, "certificate-authority": inKubeconfig, "client-certificate": inKubeconfig, "client-key": inKubeconfig,
	"insecure-skip-tls-verify": inKubeconfig, "tls-server-name": inKubeconfig, "username": inKubeconfig, "password": inKubeconfig,
	"request-timeout": "each request has a time limit of its own; to limit a wait: {} wait RUN --timeout 5m",

	"submit timeout": "for the run write timeout: 2h into the pipeline; for the wait: {} wait RUN --timeout 2h",
	"submit watch":   "to follow the run write --follow",
	"submit w":       "to follow the run write --follow",
	"submit detach":  "submit does not wait for the run unless it is told --follow or --wait",
	"submit d":       "submit does not wait for the run unless it is told --follow or --wait",
	"submit image":   "the steps' images stand in the pipeline, as settings.image; the driver's is --driver-image",
	"submit env":     "environment variables stand in the pipeline, as settings.env",
	"submit e":       "environment variables stand in the pipeline, as settings.env",
	"submit p":       valuesOfParameters, "submit parameter": valuesOfParameters, "submit set": valuesOfParameters, "submit arg": valuesOfParameters, "submit var": valuesOfParameters,
	"submit parameter-file": "values of parameters in a file: --params-file FILE", "submit values": "values of parameters in a file: --params-file FILE",
	"submit generate-name": "leave --name out, and the run's name ends in random characters",
	"submit validate":      "submit always checks the file; without the checks on the cluster: --no-check",

	"logs step":           "the step is the second argument: {} logs RUN STEP",
	"logs s":              "the step is the second argument: {} logs RUN STEP",
	"logs run":            "the run is the first argument: {} logs RUN",
	"logs pod":            "the step is the second argument: {} logs RUN STEP",
	"logs previous":       "for an attempt before the latest: --attempt NUMBER, or --all-attempts",
	"logs p":              "for an attempt before the latest: --attempt NUMBER, or --all-attempts",
	"logs all-containers": "without a STEP the logs of all containers are shown",
	"logs all-pods":       "without a STEP the logs of all steps are shown",
	"logs prefix":         "without a STEP each line has the name of its step",
	"logs since-time":     "write how long ago it was: --since 2h",
	"logs lines":          "the last lines: --tail NUMBER",
	"logs limit-bytes":    "the last lines: --tail NUMBER",
	"logs l":              "the logs of one run are shown, those of all its steps or of one: {} logs RUN [STEP]",
	"logs selector":       "the logs of one run are shown, those of all its steps or of one: {} logs RUN [STEP]",

	"get watch": "to follow a run: {} watch RUN", "get w": "to follow a run: {} watch RUN", "get follow": "to follow a run: {} watch RUN", "get f": "to follow a run: {} watch RUN",
	"list watch": "to follow a run: {} watch RUN", "list w": "to follow a run: {} watch RUN",
	"list selector": chooseYourself, "list l": chooseYourself, "list sort-by": chooseYourself, "list field-selector": chooseYourself,
	"list no-headers": "the names alone: -o name", "list q": "the names alone: -o name", "list quiet": "the names alone: -o name",

	"watch timeout": "to limit a wait: {} wait RUN --timeout 5m",
	"watch f":       "watch always follows", "watch follow": "watch always follows",
	"wait for": "wait waits for the run's end, and its exit code is the verdict", "wait f": "to follow the run's logs: {} watch RUN", "wait follow": "to follow the run's logs: {} watch RUN",

	"cancel grace-period": "write a duration: --grace 30s", "cancel now": "write --grace 1s", "cancel timeout": "to limit a wait: {} wait RUN --timeout 5m",
	"delete force": "delete needs no force; a driver that is stuck on a dead node: {} recover RUN", "delete grace-period": "first: {} cancel RUN --grace 30s",
	"delete now": "first: {} cancel RUN --grace 1s", "delete all": "name the run; {} list -o name shows those that there are",
	"delete f": "name the run; {} list -o name shows those that there are", "delete wait": "delete returns at once",

	"render output": "render writes YAML", "render o": "render writes YAML", "validate output": "validate writes text", "validate o": "validate writes text",
}

const (
	valuesOfParameters = "the value of a parameter: --param NAME=VALUE"

	oneNamespace   = "the launcher looks into one namespace at a time: -n NAMESPACE"
	inKubeconfig   = "the launcher goes by the kubeconfig; choose another one with --kubeconfig, or --context"
	chooseYourself = "list shows all runs of the namespace; -o json has what to choose by"
)

// order puts the arguments into order, with what is known of commands, flags and their values.
func order(app *cli.App, args []string) ([]string, error) {
	ordered, err := cliargs.Order(app, args, cliargs.Advice{
		Fault:   func(f cli.Flag, values []string) string { return broken(app.Name, f, values) },
		Command: func(word string) string { return insteadOf(word, app.Name) },
		Flag:    func(command, name string) string { return insteadOfFlag(command, name, app.Name) },
	})
	if err != nil {
		return nil, usageError{err.Error()}
	}
	return ordered, nil
}

// insteadOf is what to write instead of a word that is no command; empty if that is not known.
func insteadOf(word, program string) string {
	if c, known := commandHabits[word]; known {
		return "; did you mean \"" + c + "\"?"
	}
	return advice(commandAdvice[word], program)
}

// insteadOfFlag is what to write instead of a flag that the command does not have; empty if that is not known.
func insteadOfFlag(command, name, program string) string {
	if text, known := flagAdvice[command+" "+name]; known {
		return advice(text, program)
	}
	return advice(flagAdvice[name], program)
}

func advice(text, program string) string {
	if text == "" {
		return ""
	}
	return "; " + strings.ReplaceAll(text, "{}", program)
}

// kinds are words that kubectl wants in front of a name.
var kinds = []string{"run", "runs", "job", "jobs", "job.batch", "jobs.batch", "pipeline", "pipelines"}

// kindInFront gives the name of a run that has its kind in front of it, as kubectl wants it: `job/x`, or `run x` where that is
// one argument too many.
func kindInFront(args []string, most int) (name string, ok bool) {
	if len(args) == 0 {
		return "", false
	}
	kind, name, slash := strings.Cut(args[0], "/")
	if !slices.Contains(kinds, kind) {
		return "", false
	}
	if !slash && len(args) > most {
		name = args[1]
	}
	return name, name != "" && submit.RunProblem(name) == ""
}

// isDuration reports whether a word is one, as kubectl's `--wait 5m` has it behind a flag that takes no value.
func isDuration(word string) bool {
	_, err := time.ParseDuration(word)
	return err == nil
}
