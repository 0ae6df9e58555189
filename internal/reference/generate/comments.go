package generate

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/stepherd/stepherd/internal/reference"
)

// comment is what a doc comment has for readers and for machines.
type comment struct {
	text  string
	facts reference.Facts
}

// comments are those of the types of a package, by Type, and of their fields, by Type.Field. words are the constants of types.
type comments struct {
	of    map[string]comment
	words map[string][]reference.Word
}

// readComments parses the Go files of a folder but its tests.
func readComments(folder string) (*comments, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	out := &comments{of: map[string]comment{}, words: map[string][]reference.Word{}}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			if d, is := d.(*ast.GenDecl); is {
				if err := out.declaration(d); err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
			}
		}
	}
	return out, nil
}

func (c *comments) declaration(d *ast.GenDecl) error {
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			doc := s.Doc
			if doc == nil {
				doc = d.Doc
			}
			if err := c.add(s.Name.Name, s.Name.Name, doc); err != nil {
				return err
			}
			if structure, is := s.Type.(*ast.StructType); is {
				if err := c.fields(s.Name.Name, structure); err != nil {
					return err
				}
			}
		case *ast.ValueSpec:
			c.constant(s)
		}
	}
	return nil
}

func (c *comments) fields(typeName string, structure *ast.StructType) error {
	for _, f := range structure.Fields.List {
		for _, name := range f.Names {
			if err := c.add(typeName+"."+name.Name, name.Name, f.Doc); err != nil {
				return err
			}
		}
	}
	return nil
}

// constant adds the value of a constant with a type and a text to the words of the type.
func (c *comments) constant(s *ast.ValueSpec) {
	typeName, is := s.Type.(*ast.Ident)
	if !is || len(s.Values) != 1 {
		return
	}
	if lit, is := s.Values[0].(*ast.BasicLit); is && lit.Kind == token.STRING {
		if word, err := strconv.Unquote(lit.Value); err == nil {
			c.words[typeName.Name] = append(c.words[typeName.Name], reference.Word{Word: word, Doc: strings.TrimSpace(s.Comment.Text())})
		}
	}
}

// add reads a doc comment: the first paragraph is for readers, lines that begin with + for machines.
func (c *comments) add(key, name string, doc *ast.CommentGroup) error {
	if doc == nil {
		return nil
	}
	var out comment
	var text []string
	done := false
	for line := range strings.SplitSeq(rawText(doc), "\n") {
		line = strings.TrimSpace(line)
		marker, is := strings.CutPrefix(line, "+")
		switch {
		case is:
			if err := setFact(&out.facts, marker); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		case line == "":
			done = done || len(text) > 0
		case !done:
			text = append(text, line)
		}
	}
	out.text = withoutName(strings.Join(text, " "), name)
	c.of[key] = out
	return nil
}

// rawText is the text of a comment with its markers, which look like directives to CommentGroup.Text in part.
func rawText(doc *ast.CommentGroup) string {
	lines := make([]string, len(doc.List))
	for i, c := range doc.List {
		lines[i] = strings.TrimPrefix(c.Text, "//")
	}
	return strings.Join(lines, "\n")
}

// withoutName makes a sentence about a Go name one about a key: "Limit is how many" is "How many".
func withoutName(text, name string) string {
	rest, found := strings.CutPrefix(text, name+" ")
	if !found {
		return text
	}
	for _, verb := range []string{"is ", "are ", "has "} {
		if after, found := strings.CutPrefix(rest, verb); found {
			rest = after
			break
		}
	}
	if rest == "" {
		return text
	}
	return strings.ToUpper(rest[:1]) + rest[1:]
}
