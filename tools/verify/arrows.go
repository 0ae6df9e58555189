package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	linterFile   = ".golangci.yml"
	architecture = "docs/ARCHITECTURE.md"
	modulePath   = "github.com/stepherd/stepherd"

	arrowsBegin = "<!-- The table is made of the linter's rules; `make golden` rewrites it. -->\n"
	arrowsEnd   = "<!-- Here the table ends. -->\n"
)

// rule is one of depguard's rules.
type rule struct {
	name   string
	line   int
	remark string   // the comment above the rule
	Files  []string `yaml:"files"`
	Strict string   `yaml:"list-mode"`
	Allow  []string `yaml:"allow"`
	Deny   []struct {
		Package string `yaml:"pkg"`
		Reason  string `yaml:"desc"`
	} `yaml:"deny"`
}

// readRules returns depguard's rules in the order of the file.
func readRules(text string) ([]rule, error) {
	var config struct {
		Linters struct {
			Settings struct {
				Depguard struct {
					Rules yaml.Node `yaml:"rules"`
				} `yaml:"depguard"`
			} `yaml:"settings"`
		} `yaml:"linters"`
	}
	if err := yaml.Unmarshal([]byte(text), &config); err != nil {
		return nil, err
	}
	var out []rule
	nodes := config.Linters.Settings.Depguard.Rules.Content
	for i := 0; i+1 < len(nodes); i += 2 {
		r := rule{name: nodes[i].Value, line: nodes[i].Line, remark: strings.TrimSpace(strings.ReplaceAll(nodes[i].HeadComment, "#", ""))}
		if err := nodes[i+1].Decode(&r); err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.name, err)
		}
		out = append(out, r)
	}
	return out, nil
}

// folders returns the folders that a rule is about, as internal/run. A rule for several trees is about all of them.
func (r rule) folders() []string {
	var out []string
	for _, glob := range r.Files {
		if folder, is := folderOf(glob); is {
			out = append(out, folder)
		}
	}
	return out
}

// folderOf returns the folder of a glob like **/internal/run/**.
func folderOf(glob string) (string, bool) {
	if strings.HasPrefix(glob, "!") || strings.HasPrefix(glob, "$") {
		return "", false
	}
	folder := strings.TrimPrefix(glob, "**/")
	folder = strings.TrimSuffix(strings.TrimSuffix(folder, "/*.go"), "/**")
	return folder, !strings.Contains(folder, "*")
}

// covers reports whether a folder is one of these, or below one.
func covers(folders []string, folder string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return folder == f || strings.HasPrefix(folder, f+"/") })
}

// specific reports whether a rule is about what a package may know: those for whole trees hold for packages that have one of their own.
func (r rule) specific() bool {
	return !slices.ContainsFunc(r.folders(), func(f string) bool { return f == "internal" || f == "cmd" })
}

// arrows holds the linter's import rules to the packages that there are, and ARCHITECTURE's table to the rules.
func arrows(t tree) []problem {
	rules, err := readRules(t[linterFile])
	if err != nil {
		return []problem{{linterFile, 0, err.Error()}}
	}
	packages := t.packages()
	there := func(folder string) bool {
		return slices.ContainsFunc(packages, func(p string) bool { return covers([]string{folder}, p) })
	}
	var out []problem
	var known []string
	for _, r := range rules {
		for _, folder := range r.folders() {
			if !there(folder) {
				out = append(out, problem{linterFile, r.line, fmt.Sprintf("rule %s is about %s, where no package is: remove it, or name where the package went", r.name, folder)})
			}
		}
		for _, imported := range r.named() {
			if folder, ours := ourFolder(imported); ours && !there(folder) {
				out = append(out, problem{linterFile, r.line, fmt.Sprintf("rule %s names %s, which is no package: remove it, or name where the package went", r.name, folder)})
			}
		}
		if r.specific() {
			known = append(known, r.folders()...)
		}
	}
	for _, p := range packages {
		if !covers(known, p) {
			out = append(out, problem{linterFile, 0, fmt.Sprintf("no rule of depguard says what %s may import: add one", p)})
		}
	}
	return append(out, currentTable(t[architecture], rules)...)
}

// named returns the packages that a rule names.
func (r rule) named() []string {
	out := slices.Clone(r.Allow)
	for _, d := range r.Deny {
		out = append(out, d.Package)
	}
	return out
}

// ourFolder returns the folder of an import path of this repository's module.
func ourFolder(imported string) (string, bool) {
	return strings.CutPrefix(strings.TrimSuffix(imported, "$"), modulePath+"/")
}

// currentTable reports a table in ARCHITECTURE that is not what the rules say.
func currentTable(text string, rules []rule) []problem {
	before, rest, found := strings.Cut(text, arrowsBegin)
	table, _, closed := strings.Cut(rest, arrowsEnd)
	switch {
	case !found || !closed:
		return []problem{{architecture, 0, fmt.Sprintf("there is no place for the table of imports: write %q and %q", strings.TrimSpace(arrowsBegin), strings.TrimSpace(arrowsEnd))}}
	case table != arrowTable(rules):
		return []problem{{architecture, strings.Count(before, "\n") + 1, "the table of imports is not what " + linterFile + " says: run make golden"}}
	}
	return nil
}

// arrowTable is a row for each rule, in the order of the folders.
func arrowTable(rules []rule) string {
	var rows []string
	for _, r := range rules {
		if row := r.row(); row != "" {
			rows = append(rows, row)
		}
	}
	slices.Sort(rows)
	return "\n| package | may import | never imports | note |\n|---|---|---|---|\n" + strings.Join(rows, "") + "\n"
}

// row is a rule's row of the table.
func (r rule) row() string {
	var about, excluded, may, never []string
	for _, glob := range r.Files {
		if folder, is := folderOf(strings.TrimPrefix(glob, "!")); is && strings.HasPrefix(glob, "!") {
			excluded = append(excluded, "`"+folder+"`")
		}
	}
	for _, folder := range r.folders() {
		about = append(about, "`"+folder+"`")
	}
	if slices.Contains(r.Files, "**") {
		about = append(about, "all")
	}
	if len(about) == 0 {
		return ""
	}
	for _, imported := range r.Allow {
		if folder, ours := ourFolder(imported); !ours || !covers(r.folders(), folder) {
			may = append(may, shortPath(imported))
		}
	}
	for _, d := range r.Deny {
		never = append(never, shortPath(d.Package))
	}
	row := strings.Join(about, ", ")
	if len(excluded) > 0 {
		row += " but not " + strings.Join(excluded, ", ")
	}
	if r.Strict == "strict" {
		never = append(never, "anything else")
	} else {
		may = append(may, "anything else")
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", row, strings.Join(may, ", "), strings.Join(never, ", "), r.remark)
}

// shortPath is an import path as the table prints it.
func shortPath(imported string) string {
	if imported == "$gostd" {
		return "standard library"
	}
	if folder, ours := ourFolder(imported); ours {
		return "`" + strings.TrimPrefix(folder, "internal/") + "`"
	}
	return "`" + strings.TrimSuffix(imported, "$") + "`"
}

// writeArrows rewrites the table in ARCHITECTURE.
func writeArrows(root string, t tree) error {
	rules, err := readRules(t[linterFile])
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(t[architecture], arrowsBegin)
	_, after, closed := strings.Cut(rest, arrowsEnd)
	if !found || !closed {
		return fmt.Errorf("%s has no place for the table", architecture)
	}
	text := before + arrowsBegin + arrowTable(rules) + arrowsEnd + after
	return os.WriteFile(filepath.Join(root, filepath.FromSlash(path.Clean(architecture))), []byte(text), 0o644)
}
