package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// house is what was measured of a tree, by the folders of its packages.
type house map[string]*room

// room is what was measured of a package, without its tests.
type room struct {
	files     []file
	longFuncs []place
	receivers map[string]place // by name; size is the number of methods
	ports     map[string]*port
}

// file is a source file with its number of lines.
type file struct {
	name  string
	lines int
}

// place is a declaration with its size.
type place struct {
	name string // as printed
	at   string // file:line
	size int
}

// port is an interface. Its size is known when what it embeds is.
type port struct {
	place
	embeds []string // names in the same package, or importfolder.Name
	sized  bool
}

// counts reports whether a file of the repository is measured: Go, no test, and no input of one.
func counts(name string) bool {
	if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
		return false
	}
	for _, folder := range strings.Split(path.Dir(name), "/") {
		if folder == "testdata" || folder == "bin" || strings.HasPrefix(folder, ".") && folder != "." {
			return false
		}
	}
	return true
}

// measure measures the tree below root.
func measure(root string) (house, error) {
	h := house{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil || !counts(filepath.ToSlash(relative)) {
			return err
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return h.read(filepath.ToSlash(relative), source)
	})
	h.resolveAll()
	return h, err
}

// read adds one file.
func (h house) read(name string, source []byte) error {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, name, source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	r := h[path.Dir(name)]
	if r == nil {
		r = &room{receivers: map[string]place{}, ports: map[string]*port{}}
		h[path.Dir(name)] = r
	}
	r.files = append(r.files, file{name, strings.Count(string(source), "\n")})
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			r.function(fset, d)
		case *ast.GenDecl:
			r.interfaces(fset, parsed, d)
		}
	}
	return nil
}

func (r *room) function(fset *token.FileSet, d *ast.FuncDecl) {
	start, end := fset.Position(d.Pos()), fset.Position(d.End())
	name := d.Name.Name
	if receiver := receiverOf(d); receiver != "" {
		name = receiver + "." + name
		one := r.receivers[receiver]
		if one.size == 0 {
			one = place{name: receiver, at: position(start)}
		}
		one.size++
		r.receivers[receiver] = one
	}
	if lines := end.Line - start.Line - 1; lines > longFunction {
		r.longFuncs = append(r.longFuncs, place{name, position(start), lines})
	}
}

// receiverOf returns the name of a method's type; empty for a function.
func receiverOf(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	expr := d.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

func position(p token.Position) string { return p.String()[:strings.LastIndex(p.String(), ":")] }
