package podmerge

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// The tests of this file read the source of k8s.io/api, since its marks and its prose do not come with the types. They
// fail when a newer version has a list with other keys or one more one-of object.

// apiSource is the declaration of each struct of core/v1.
func apiSource(t *testing.T) map[string]*ast.StructType {
	t.Helper()
	structs, _ := parseAPI(t)
	return structs
}

// parseAPI returns the structs of core/v1 and what is said about each in front of it.
func parseAPI(t *testing.T) (structs map[string]*ast.StructType, docs map[string]string) {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", "k8s.io/api/core/v1").Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "types.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	structs, docs = map[string]*ast.StructType{}, map[string]string{}
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			if named, ok := spec.(*ast.TypeSpec); ok {
				if s, ok := named.Type.(*ast.StructType); ok {
					structs[named.Name.Name], docs[named.Name.Name] = s, gen.Doc.Text()
				}
			}
		}
	}
	return structs, docs
}

// mergedTypes are the structs of core/v1 that a merge of PodSpecs can look into: what stands in lists that are replaced
// whole is never merged.
func mergedTypes() []reflect.Type {
	var found []reflect.Type
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		if t.PkgPath() != reflect.TypeFor[corev1.PodSpec]().PkgPath() || slices.Contains(found, t) {
			return
		}
		found = append(found, t)
		for i := range t.NumField() {
			f := t.Field(i)
			inner, list := f.Type, false
			for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
				list = list || inner.Kind() == reflect.Slice
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct && (!list || fieldRule(f).list.merged()) {
				visit(inner)
			}
		}
	}
	visit(reflect.TypeFor[corev1.PodSpec]())
	return found
}

// excluding matches the API's prose about keys that exclude one another.
var excluding = regexp.MustCompile(`(?i)only one of|no more than one|exactly one|one of its members|mutually.exclusive|cannot be used if|must not be set|\+union|\+oneOf`)

// noOneOf are structs whose prose sounds like it, with the reason why they have no rule.
var noOneOf = map[string]string{
	"VolumeSource":    "embedded in Volume",
	"ProbeHandler":    "embedded in Probe",
	"SeccompProfile":  "in kinds",
	"AppArmorProfile": "in kinds",
}

func TestOneOfsOfTheAPI(t *testing.T) {
	structs, docs := parseAPI(t)
	types := mergedTypes()
	if len(types) < 60 {
		t.Fatalf("found %d types, want all that a PodSpec is made of", len(types))
	}
	seen := map[string]bool{}
	for _, typ := range types {
		name := typ.Name()
		text := docs[name]
		for _, f := range structs[name].Fields.List {
			text += f.Doc.Text() + f.Comment.Text()
			if f.Doc != nil {
				for _, line := range f.Doc.List { // Text leaves marks out
					text += line.Text
				}
			}
		}
		if _, known := oneOfs[typ]; known || !excluding.MatchString(text) {
			continue
		}
		seen[name] = true
		if noOneOf[name] == "" {
			t.Errorf("%s: %q: add it to oneOfs, or to noOneOf with the reason", name, excluding.FindString(text))
		}
	}
	for name := range noOneOf {
		if !seen[name] {
			t.Errorf("%s is in noOneOf, but is not suspected", name)
		}
	}
	for typ := range oneOfs {
		if !slices.Contains(types, typ) {
			t.Errorf("%s is in oneOfs, but no merge looks into it", typ.Name())
		}
	}
}

// TestListKeys holds the keys of merged lists to the marks of server-side apply.
func TestListKeys(t *testing.T) {
	structs := apiSource(t)
	checked := 0
	for _, typ := range mergedTypes() {
		for _, f := range structs[typ.Name()].Fields.List {
			if f.Doc == nil || len(f.Names) == 0 {
				continue
			}
			goField, _ := typ.FieldByName(f.Names[0].Name)
			rule := fieldRule(goField)
			var marked []string
			for _, line := range f.Doc.List {
				if key, ok := strings.CutPrefix(line.Text, "// +listMapKey="); ok {
					marked = append(marked, key)
				}
			}
			if !rule.list.merged() {
				continue
			}
			checked++
			if !slices.Equal(rule.list.keys, marked) {
				t.Errorf("%s.%s: keys are %q, and the API's are %q", typ.Name(), goField.Name, rule.list.keys, marked)
			}
		}
	}
	if checked < 12 {
		t.Errorf("checked %d lists, want all that are merged", checked)
	}
}
