package generate

import (
	"fmt"
	"strings"

	"github.com/stepherd/stepherd/internal/reference"
)

// Markdown returns the reference as sections of a page: a table for each object, with the paths at which it stands. Of Kubernetes'
// types it names only where Kubernetes explains them.
func Markdown(r *reference.Reference) string {
	paths := pathsOf(r)
	var out, kubernetes strings.Builder
	for i := range r.Types {
		switch t := &r.Types[i]; {
		case t.Kubectl != "" && !t.Ours:
			fmt.Fprintf(&kubernetes, "| %s | %s | `kubectl explain %s` |\n", t.Name, strings.Join(paths[t.Name], ", "), t.Kubectl)
		case t.Ours:
			out.WriteString(section(r, t, paths[t.Name]))
		}
	}
	return out.String() + "\n### Types of Kubernetes\n\n| type | where | explained by |\n|---|---|---|\n" + kubernetes.String() + "\n"
}

// section is what the page says of a type.
func section(r *reference.Reference, t *reference.Type, paths []string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n### %s\n\n", t.Name)
	if len(paths) > 0 {
		fmt.Fprintf(&out, "At %s. ", strings.Join(paths, ", "))
	}
	out.WriteString(t.Doc + "\n")
	if len(t.Fields) > 0 {
		out.WriteString("\n| key | type | what it is |\n|---|---|---|\n")
	}
	for i := range t.Fields {
		out.WriteString(row(r, &t.Fields[i]))
	}
	if len(t.Words) > 0 {
		out.WriteString("\n| value | what it means |\n|---|---|\n")
	}
	for _, w := range t.Words {
		fmt.Fprintf(&out, "| `%s` | %s |\n", w.Word, w.Doc)
	}
	return out.String()
}

// row is a field's row.
func row(r *reference.Reference, f *reference.Field) string {
	text := f.Doc
	add := func(given bool, format string, args ...any) {
		if given {
			text += " " + fmt.Sprintf(format, args...)
		}
	}
	add(len(f.Enum) > 0, "One of `%s`.", strings.Join(f.Enum, "`, `"))
	add(f.Default != "", "Default: `%s`.", f.Default)
	add(f.Bounds() != "", "Range: %s.", f.Bounds())
	add(f.Example != "", "Example: `%s: %s`.", f.Name, f.Example)
	add(f.Expressions != "", "[Expressions](#expressions): %s.", expressionWords[f.Expressions])
	key := "`" + f.Name + "`"
	if f.Required {
		key += " (required)"
	}
	types := typeLink(r, f.Type)
	if alternative := r.Alternative(f); alternative != "" {
		types += ", or " + typeLink(r, alternative)
	}
	return fmt.Sprintf("| %s | %s | %s |\n", key, types, cell(text))
}

// expressionWords are the cells' short forms of when expressions are evaluated.
var expressionWords = map[reference.Expressions]string{
	reference.AtSubmit: "at submit", reference.InRun: "in the run", reference.AsCondition: "it is one", reference.Never: "refused",
}

// cell is a text as a cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}

// typeLink is a type's name, as a link to its section if it has one.
func typeLink(r *reference.Reference, name string) string {
	element, _ := reference.Element(name)
	words := strings.NewReplacer("[]", "list of ", "map[string]", "mapping to ").Replace(strings.TrimSuffix(name, element))
	switch t := r.Type(element); {
	case t == nil:
		return words + element
	case !t.Ours:
		return fmt.Sprintf("%s[%s](#types-of-kubernetes)", words, element)
	}
	return fmt.Sprintf("%s[%s](#%s)", words, element, strings.ToLower(element))
}

// mostPaths is how many paths of a type are listed.
const mostPaths = 4

// pathsOf returns, by the name of a type, at which paths of the file it stands.
func pathsOf(r *reference.Reference) map[string][]string {
	out := map[string][]string{}
	var walk func(t *reference.Type, at string)
	walk = func(t *reference.Type, at string) {
		for i := range t.Fields {
			f := &t.Fields[i]
			path := strings.TrimPrefix(at+"."+f.Name, ".")
			element, _ := reference.Element(f.Type)
			below := r.Type(element)
			if below == nil {
				continue
			}
			path += strings.Repeat("[]", strings.Count(f.Type, "[]"))
			switch n := len(out[element]); {
			case n < mostPaths:
				out[element] = append(out[element], "`"+path+"`")
			case n == mostPaths:
				out[element] = append(out[element], "and elsewhere")
			}
			walk(below, path)
		}
	}
	walk(r.Root(), "")
	return out
}
