package main

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A reference to a file is a name with an ending that the repository's files have.
var (
	fileWord = regexp.MustCompile(`[A-Za-z0-9_.\-/]*[A-Za-z0-9_\-]\.(?:go|md|sh|ya?ml|txt|mod)\b`)
	// folderWord is a path of this repository without an ending: a folder, or a file that has none.
	folderWord = regexp.MustCompile(`[A-Za-z0-9_.\-/]*\b(?:internal|cmd|tools|test|docs|hack|bench|deploy|examples)/[A-Za-z0-9_.\-/]+`)
	// linkWord is a link of a page: [text](target).
	linkWord = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	// heading is a heading of a page.
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	// lost are names of documents that only their writers had.
	lost = regexp.MustCompile(`\bDESIGN\b`)
)

// references holds comments and pages to files that there are: a path, a link of a page, and a document that readers do not have. A name of
// another project is told by the project in front of it, as in kubernetes/pkg/kubelet/kubelet.go.
func references(t tree) []problem {
	ours := newIndex(t)
	var out []problem
	for _, name := range t.source() {
		if p, ok := t.parse(name); ok {
			for _, group := range p.Comments {
				for _, c := range group.List {
					out = append(out, ours.check(name, p.fset.Position(c.Pos()).Line, c.Text)...)
				}
			}
		}
	}
	for _, name := range t.names(".md") {
		if strings.Contains("/"+name, "/testdata/") {
			continue
		}
		out = append(out, ours.check(name, 1, t[name])...)
		out = append(out, ours.links(name)...)
	}
	for _, name := range t.names(".sh", ".yml", ".yaml", "Makefile", "budgets.txt") {
		if !strings.Contains("/"+name, "/testdata/") && !strings.HasPrefix(name, "examples/") {
			out = append(out, ours.check(name, 1, remarks(t[name]))...)
		}
	}
	return out
}

// remarks keeps of a script its comments, each in its line.
func remarks(text string) string {
	all := lines(text)
	for i, line := range all {
		if _, remark, is := strings.Cut(" "+line, " #"); is {
			all[i] = remark
		} else {
			all[i] = ""
		}
	}
	return strings.Join(all, "\n")
}

// index are the repository's files by what a reference may call them.
type index struct {
	tree  tree
	bases map[string]bool // names of files without their folders
	tops  map[string]bool // folders at the top of the repository
	ends  map[string]bool // names of packages, as a reference begins that leaves out internal/
}

func newIndex(t tree) index {
	i := index{t, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for name := range t {
		i.bases[path.Base(name)] = true
		if top, _, deeper := strings.Cut(name, "/"); deeper {
			i.tops[top] = true
		}
	}
	for _, p := range t.packages() {
		i.ends[path.Base(p)] = true
	}
	return i
}

// check looks at the references of a text that begins at a line of a file.
func (i index) check(file string, first int, text string) []problem {
	var out []problem
	for n, line := range lines(text) {
		if lost.MatchString(line) {
			out = append(out, problem{file, first + n, "DESIGN is no document of the repository: write the rule itself, or point to docs/"})
		}
		for _, at := range fileWord.FindAllStringIndex(line, -1) {
			word := line[at[0]:at[1]]
			if foreign(line, at[0], at[1]) || i.there(file, word) {
				continue
			}
			out = append(out, problem{file, first + n, fmt.Sprintf("there is no file %s: name where it went, or write the project in front of another project's path", word)})
		}
		for _, at := range folderWord.FindAllStringIndex(line, -1) {
			word := line[at[0]:at[1]]
			word = strings.TrimRight(word, "./")
			if strings.Contains(path.Base(word), ".") || foreign(line, at[0], at[1]) || i.folderThere(file, word) {
				continue
			}
			out = append(out, problem{file, first + n, fmt.Sprintf("there is no folder %s: name where it went, or write the project in front of another project's path", word)})
		}
	}
	return out
}

// foreign reports whether a reference is part of a URL, of a command's output, or of a name with a placeholder.
func foreign(line string, begin, end int) bool {
	before := line[:begin]
	if space := strings.LastIndexAny(before, " \t(`\"'"); space >= 0 {
		before = before[space+1:]
	}
	return strings.Contains(before, ":") || strings.ContainsAny(before, "$@<>{}*~") || end < len(line) && strings.ContainsRune("{*<(", rune(line[end]))
}

// there reports whether a reference leads to a file, or is another project's. A path is looked for from the top, from the file, and below
// internal; a name alone anywhere.
func (i index) there(file, word string) bool {
	word = strings.TrimPrefix(word, "./")
	top, _, deeper := strings.Cut(word, "/")
	if !deeper {
		return i.bases[word] || !strings.HasSuffix(word, ".md") && !strings.HasSuffix(word, ".go")
	}
	for _, folder := range []string{"", path.Dir(file), "internal", "internal/api", "internal/launch", "test", "test/localcluster", "tools"} {
		if _, is := i.tree[path.Join(folder, word)]; is {
			return true
		}
	}
	if strings.HasPrefix(word, "/") || strings.HasPrefix(word, "..") {
		return strings.HasPrefix(word, "/")
	}
	return !i.tops[top] && !i.ends[top]
}

// links looks at the links of a page: to a file, and to a heading.
func (i index) links(page string) []problem {
	var out []problem
	for n, line := range lines(i.tree[page]) {
		for _, m := range linkWord.FindAllStringSubmatch(line, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") {
				continue // another site's
			}
			to := page
			if target != "" {
				to = path.Join(path.Dir(page), target)
			}
			text, is := i.tree[to]
			switch {
			case !is && !i.folder(to):
				out = append(out, problem{page, n + 1, fmt.Sprintf("the link to %s leads nowhere: there is no %s", m[1], to)})
			case anchor != "" && !slices.Contains(anchors(text), anchor):
				out = append(out, problem{page, n + 1, fmt.Sprintf("the link to %s leads to no heading of %s: correct it", m[1], to)})
			}
		}
	}
	return out
}

// folderThere reports whether a reference leads to a folder, or to a file without an ending; or does not begin as one of this repository's.
func (i index) folderThere(file, word string) bool {
	top, _, _ := strings.Cut(word, "/")
	if !i.tops[top] {
		return true
	}
	_, is := i.tree[word]
	return is || i.folder(word) || i.folder(path.Join(path.Dir(file), word))
}

func (i index) folder(name string) bool {
	for file := range i.tree {
		if strings.HasPrefix(file, strings.TrimSuffix(name, "/")+"/") {
			return true
		}
	}
	return false
}

// anchors are the headings of a page as links name them: lower case, blanks as hyphens, and no punctuation.
func anchors(text string) []string {
	var out []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		var b strings.Builder
		for _, r := range strings.ToLower(m[1]) {
			switch {
			case r == ' ':
				b.WriteByte('-')
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
				b.WriteRune(r)
			}
		}
		out = append(out, b.String())
	}
	return out
}
