package main

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

const contributing = "CONTRIBUTING.md"

// moduleWord is what looks like a module's path in the first cell of a table's row.
var moduleWord = regexp.MustCompile(`[a-z0-9.-]+\.[a-z]+/[A-Za-z0-9./_-]+`)

// dependencies holds CONTRIBUTING to a row for each direct dependency of each module, and each row to a dependency that there is.
func dependencies(t tree) []problem {
	rows, needed := map[string]int{}, map[string]bool{}
	for i, line := range lines(t[contributing]) {
		if cells := strings.Split(line, "|"); strings.HasPrefix(line, "|") && len(cells) > 2 {
			for _, module := range moduleWord.FindAllString(cells[1], -1) {
				rows[module] = i + 1
			}
		}
	}
	var out []problem
	for _, name := range t.names("go.mod") {
		for _, d := range direct(t[name]) {
			needed[d.module] = true
			if rows[d.module] == 0 {
				out = append(out, problem{name, d.line, fmt.Sprintf("%s has no row in %s: say there why it beats writing it", d.module, contributing)})
			}
		}
	}
	for i, line := range lines(t[contributing]) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		for _, module := range moduleWord.FindAllString(strings.Split(line, "|")[1], -1) {
			if !needed[module] {
				out = append(out, problem{contributing, i + 1, module + " is no direct dependency of any go.mod: remove it"})
			}
		}
	}
	return out
}

// requirement is a line of a go.mod.
type requirement struct {
	module string
	line   int
}

// direct returns the requirements of a go.mod that are not marked as indirect.
func direct(mod string) []requirement {
	var out []requirement
	inBlock := false
	for i, line := range lines(mod) {
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "require" && words[1] == "(":
			inBlock = true
			continue
		case len(words) > 0 && words[0] == ")":
			inBlock = false
		case len(words) > 2 && words[0] == "require":
			words = words[1:]
		case !inBlock:
			continue
		}
		if len(words) >= 2 && strings.HasPrefix(words[1], "v") && !strings.HasSuffix(line, "// indirect") && !strings.HasPrefix(words[0], "//") {
			out = append(out, requirement{words[0], i + 1})
		}
	}
	return out
}

func lines(text string) []string { return strings.Split(text, "\n") }

// modules returns the folders of the modules.
func (t tree) modules() []string {
	var out []string
	for _, name := range t.names("go.mod") {
		if path.Base(name) == "go.mod" {
			out = append(out, path.Dir(name))
		}
	}
	return out
}
