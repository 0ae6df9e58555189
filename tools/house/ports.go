package main

import (
	"go/ast"
	"go/token"
	"path"
	"strconv"
	"strings"
)

// interfaces notes the interfaces of a declaration. Constraints, which list types, are none.
func (r *room) interfaces(fset *token.FileSet, parsed *ast.File, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		t, is := spec.(*ast.TypeSpec)
		if !is {
			continue
		}
		i, is := t.Type.(*ast.InterfaceType)
		if !is {
			continue
		}
		one := &port{place: place{name: t.Name.Name, at: position(fset.Position(t.Pos()))}}
		if one.methods(i, parsed) {
			r.ports[one.name] = one
		}
	}
}

// methods counts the methods of an interface and notes what it embeds. It reports false for a constraint.
func (p *port) methods(i *ast.InterfaceType, parsed *ast.File) bool {
	for _, m := range i.Methods.List {
		p.size += len(m.Names)
		if len(m.Names) > 0 {
			continue
		}
		switch e := m.Type.(type) {
		case *ast.Ident:
			p.embeds = append(p.embeds, e.Name)
		case *ast.SelectorExpr:
			p.embeds = append(p.embeds, folderOf(parsed, e.X.(*ast.Ident).Name)+"."+e.Sel.Name)
		case *ast.UnaryExpr, *ast.BinaryExpr:
			return false
		}
	}
	return true
}

// modulePath is the module whose packages' folders are their import paths without it.
const modulePath = "github.com/stepherd/stepherd/"

// folderOf returns the folder of an imported package of this repository; another's import path stays.
func folderOf(parsed *ast.File, name string) string {
	for _, spec := range parsed.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if spec.Name != nil && spec.Name.Name == name || spec.Name == nil && path.Base(imported) == name {
			return strings.TrimPrefix(imported, modulePath)
		}
	}
	return name
}

func (h house) resolveAll() {
	for _, r := range h {
		for name := range r.ports {
			h.resolve(r, name)
		}
	}
}

// resolve adds the methods of what an interface embeds. One of another module counts as one method: io.Writer, error.
func (h house) resolve(r *room, name string) int {
	p := r.ports[name]
	if p == nil {
		return 1
	}
	if p.sized {
		return p.size
	}
	p.sized = true
	for _, embedded := range p.embeds {
		from, local := r, embedded
		if dot := strings.LastIndex(embedded, "."); dot >= 0 {
			from, local = h[embedded[:dot]], embedded[dot+1:]
		}
		if from == nil {
			p.size++
			continue
		}
		p.size += h.resolve(from, local)
	}
	return p.size
}
