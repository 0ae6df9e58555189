package main

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	testScript = "hack/test.sh"
	budgetFile = "hack/budgets.txt"
)

// stageCall is a stage of `make test`: a name behind run, at the beginning of a command, or behind the stage script.
var stageCall = regexp.MustCompile(`(?:^\s*(?:\[[^]]*\] \|\| )?run|"\$stage")\s+([a-z][a-z0-9-]*)\s`)

// stages holds each stage of `make test` to a budget, and each budget to a stage.
func stages(t tree) []problem {
	budgets, called := map[string]int{}, map[string]bool{}
	for i, line := range lines(t[budgetFile]) {
		if words := strings.Fields(line); len(words) > 1 && words[0] != "#" {
			budgets[words[0]] = i + 1
		}
	}
	var out []problem
	for i, line := range lines(t[testScript]) {
		code, _, _ := strings.Cut(line, " #")
		for _, m := range stageCall.FindAllStringSubmatch(code, -1) {
			called[m[1]] = true
			if budgets[m[1]] == 0 {
				out = append(out, problem{testScript, i + 1, fmt.Sprintf("stage %s has no budget: add a row to %s", m[1], budgetFile)})
			}
		}
	}
	for i, line := range lines(t[budgetFile]) {
		if words := strings.Fields(line); len(words) > 1 && words[0] != "#" && !called[words[0]] {
			out = append(out, problem{budgetFile, i + 1, fmt.Sprintf("%s runs no stage %s: remove the row", testScript, words[0])})
		}
	}
	return out
}
