package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strings"
)

// plantedVariable is the environment variable that chooses the one bug of a binary that is at work.
const plantedVariable = "PLANTED_BUG"

// grafts is source in which many bugs are, each asleep until plantedVariable has its name. A function with a bug is there twice:
// the right one begins with a question for the bug, and calls the wrong one if it is at work.
type grafts struct {
	files map[string]*graftedFile // by path from the root of the module
	count int
}

// graftedFile is a file with what is to be added to it.
type graftedFile struct {
	source   string
	set      *token.FileSet
	parsed   *ast.File
	inserted map[int]string // questions, by the place behind a function's brace
	copies   strings.Builder
}

func newGrafts() *grafts { return &grafts{files: map[string]*graftedFile{}} }

// add grafts a bug on the source of its file. It reports false where that cannot be done, because the bug is not within one
// function or its function cannot be called by another: such a bug needs a binary of its own.
func (g *grafts) add(b bug, source string) bool {
	at := strings.Index(source, b.old)
	if at < 0 || strings.Count(source, b.old) != 1 {
		return false
	}
	f := g.files[b.file]
	if f == nil {
		f = &graftedFile{source: source, set: token.NewFileSet(), inserted: map[int]string{}}
		var err error
		if f.parsed, err = parser.ParseFile(f.set, b.file, source, parser.SkipObjectResolution); err != nil {
			return false
		}
	}
	right := f.function(at, at+len(b.old))
	if right == nil {
		return false
	}
	from, to := f.offset(right.Pos()), f.offset(right.End())
	name := fmt.Sprintf("%sPlanted%d", right.Name.Name, g.count)
	wrong, ok := renamed(source[from:at]+b.new+source[at+len(b.old):to], name, source[from:f.offset(right.Body.Lbrace)])
	call, callable := callOf(right, name)
	if !ok || !callable {
		return false
	}
	f.inserted[f.offset(right.Body.Lbrace)+1] += fmt.Sprintf(" if plantedBug == %q { %s }; ", b.name, call)
	fmt.Fprintf(&f.copies, "\n%s\n", wrong)
	g.files[b.file] = f
	g.count++
	return true
}

// function returns the function within which a part of the source is.
func (f *graftedFile) function(from, to int) *ast.FuncDecl {
	for _, d := range f.parsed.Decls {
		if fn, is := d.(*ast.FuncDecl); is && fn.Body != nil && f.offset(fn.Pos()) <= from && to <= f.offset(fn.End()) {
			return fn
		}
	}
	return nil
}

func (f *graftedFile) offset(p token.Pos) int { return f.set.Position(p).Offset }

// renamed gives a function another name. It reports false if the text is more or less than one function with this head.
func renamed(text, name, head string) (string, bool) {
	const before = "package p\n"
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, "", before+text, parser.SkipObjectResolution)
	if err != nil || len(parsed.Decls) != 1 {
		return "", false
	}
	fn, is := parsed.Decls[0].(*ast.FuncDecl)
	if !is || fn.Body == nil {
		return "", false
	}
	offset := func(p token.Pos) int { return set.Position(p).Offset - len(before) }
	if text[:offset(fn.Body.Lbrace)] != head {
		return "", false
	}
	return text[:offset(fn.Name.Pos())] + name + text[offset(fn.Name.End()):], true
}

// callOf is the statement with which a function leaves all to another of the same parameters.
func callOf(fn *ast.FuncDecl, name string) (string, bool) {
	if fn.Type.TypeParams != nil || fn.Name.Name == "init" || fn.Name.Name == "main" {
		return "", false
	}
	arguments, ok := namesOf(fn.Type.Params)
	if !ok {
		return "", false
	}
	if fn.Recv != nil {
		receiver, named := namesOf(fn.Recv)
		if !named || len(receiver) != 1 {
			return "", false
		}
		name = receiver[0] + "." + name
	}
	call := name + "(" + strings.Join(arguments, ", ") + ")"
	if fn.Type.Results.NumFields() > 0 {
		return "return " + call, true
	}
	return call + "; return", true
}

// namesOf are parameters as they are passed on. It reports false if one has no name.
func namesOf(list *ast.FieldList) (names []string, ok bool) {
	for _, field := range list.List {
		if len(field.Names) == 0 {
			return nil, false
		}
		for _, n := range field.Names {
			name := n.Name
			if name == "_" {
				return nil, false
			}
			if _, variadic := field.Type.(*ast.Ellipsis); variadic {
				name += "..."
			}
			names = append(names, name)
		}
	}
	return names, true
}

// sources are the grafted files, and for each of their packages one more, with the name of the bug that is at work.
func (g *grafts) sources() map[string]string {
	all := map[string]string{}
	for file, f := range g.files {
		all[file] = f.text()
		all[path.Join(path.Dir(file), "planted_bug.go")] = fmt.Sprintf("package %s\n\nimport \"os\"\n\nvar plantedBug = os.Getenv(%q)\n",
			f.parsed.Name.Name, plantedVariable)
	}
	return all
}

func (f *graftedFile) text() string {
	var b bytes.Buffer
	for i := range len(f.source) {
		b.WriteString(f.inserted[i])
		b.WriteByte(f.source[i])
	}
	b.WriteString(f.copies.String())
	return b.String()
}
