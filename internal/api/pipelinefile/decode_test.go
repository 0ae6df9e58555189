package pipelinefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

var update = flag.Bool("update", false, "rewrite the .err files")

// files are the files of a folder of testdata.
func files(t testing.TB, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %v, %d files", pattern, err, len(found))
	}
	return found
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mustDecode(t testing.TB, file string, data []byte) *v1alpha1.Pipeline {
	t.Helper()
	p, err := Decode(file, data)
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	return p
}

// TestRoundTrip holds the invariant that an encoded pipeline decodes to the same pipeline, indented or not, by the short
// way and by the tree.
func TestRoundTrip(t *testing.T) {
	for _, file := range files(t, "valid/*") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			p := mustDecode(t, file, read(t, file))
			want := asJSON(t, p)
			var indented bytes.Buffer
			if err := json.Indent(&indented, []byte(want), "", "\t"); err != nil {
				t.Fatal(err)
			}
			for name, encoded := range map[string][]byte{"compact": []byte(want), "indented": indented.Bytes()} {
				if got := asJSON(t, mustDecode(t, "plan", encoded)); got != want {
					t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
				}
				var c yamltree.Collector
				p, _ := decodeTree(encoded, Options{}, &c)
				if got := asJSON(t, p); got != want || c.Count() > 0 {
					t.Errorf("%s, by the tree: %v\ngot  %s\nwant %s", name, c.List, got, want)
				}
			}
		})
	}
}

// TestInvalid holds the whole text that a user sees.
func TestInvalid(t *testing.T) {
	cases := files(t, "invalid/*.*")
	for _, file := range cases {
		if filepath.Ext(file) == ".err" {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := Decode(filepath.Base(file), read(t, file))
			var problems *yamltree.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want *Problems", err)
			}
			checkText(t, strings.TrimSuffix(file, filepath.Ext(file))+".err", err.Error()+"\n")
		})
	}
}

func checkText(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := string(read(t, golden)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// asJSON is how tests compare: nil and empty, and two spellings of one quantity, are the same there.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
