package main

import (
	"go/ast"
	"path"
	"slices"
)

// understood are methods whose names say all that there is to say: they implement an interface of the standard library.
var understood = []string{
	"Close", "Error", "Is", "Len", "Less", "MarshalJSON", "MarshalText", "Read", "RoundTrip", "ServeHTTP", "String", "Swap",
	"UnmarshalJSON", "UnmarshalText", "Unwrap", "Write",
}

// documented holds every package, programs included, to a doc comment, and so every exported name outside of tests. A comment over a group of
// constants or variables is one for each of them.
func documented(t tree) []problem {
	var out []problem
	hasDoc, first := map[string]bool{}, map[string]string{}
	for _, name := range t.source() {
		p, ok := t.parse(name)
		if !ok || isTest(name) {
			continue
		}
		folder := path.Dir(name)
		if first[folder] == "" {
			first[folder] = name
		}
		hasDoc[folder] = hasDoc[folder] || p.Doc != nil
		out = append(out, p.undocumented()...)
	}
	for _, folder := range t.packages() {
		if !hasDoc[folder] {
			out = append(out, problem{first[folder], 1, "package " + folder + " has no doc comment: say what it is for and what always holds, in doc.go or main.go"})
		}
	}
	return out
}

// undocumented returns the exported names of a file without a comment.
func (p parsed) undocumented() []problem {
	var out []problem
	missing := func(name *ast.Ident, what string) {
		out = append(out, p.problem(name.Pos(), "%s %s has no doc comment: say what it is, or unexport it", what, name.Name))
	}
	for _, d := range p.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) && (d.Recv == nil || !slices.Contains(understood, d.Name.Name)) {
				missing(d.Name, "function")
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
						missing(s.Name, "type")
					}
				case *ast.ValueSpec:
					if s.Names[0].IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
						missing(s.Names[0], d.Tok.String())
					}
				}
			}
		}
	}
	return out
}

// exportedReceiver reports whether a function has no receiver, or one whose type is exported.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	exported := true
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, is := n.(*ast.Ident); is {
			exported = id.IsExported()
			return false
		}
		_, star := n.(*ast.StarExpr)
		_, index := n.(*ast.IndexExpr)
		_, indices := n.(*ast.IndexListExpr)
		return exported && (star || index || indices)
	})
	return exported
}
