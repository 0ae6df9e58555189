package generate

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/reference"
)

var update = flag.Bool("update", false, "rewrite reference.json, docs/pipeline.schema.json and the reference in docs/PIPELINE.md")

const (
	sources  = "../../api/v1alpha1"
	dataFile = "../reference.json"
	schema   = "../../../docs/pipeline.schema.json"
	page     = "../../../docs/PIPELINE.md"

	referenceBegins = "<!-- The reference is made of the comments in internal/api/v1alpha1; `make golden` rewrites it. -->\n"
	referenceEnds   = "<!-- Here the reference ends. -->\n"
)

// build is the reference as the source has it now.
func build(t *testing.T) *reference.Reference {
	t.Helper()
	r, err := Build(sources)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestReferenceIsCurrent holds what programs embed to the source of the types.
func TestReferenceIsCurrent(t *testing.T) {
	text, err := json.MarshalIndent(build(t), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	current(t, dataFile, string(text)+"\n")
}

// TestSchemaIsCurrent holds the file that editors use to it.
func TestSchemaIsCurrent(t *testing.T) {
	text, err := build(t).Schema()
	if err != nil {
		t.Fatal(err)
	}
	current(t, schema, string(text))
}

// TestPageIsCurrent holds the reference in docs/PIPELINE.md to it.
func TestPageIsCurrent(t *testing.T) {
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), referenceBegins)
	_, after, closed := strings.Cut(rest, referenceEnds)
	if !found || !closed {
		t.Fatalf("%s has no place for the reference: write %q and %q", page, referenceBegins, referenceEnds)
	}
	current(t, page, before+referenceBegins+Markdown(build(t))+referenceEnds+after)
}

// current compares a file with what it should be, or rewrites it.
func current(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the types and comments of internal/api/v1alpha1 say: run make golden", file)
	}
}
