package reference

import (
	"bytes"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

const testdata = "../api/pipelinefile/testdata"

// load is the reference that programs embed.
func load(t testing.TB) *Reference {
	t.Helper()
	r, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// compiled is the schema, as a validator understands it.
func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	text, err := load(t).Schema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("pipeline.schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("pipeline.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// verdict is what the schema says of a file; parsed reports whether it can be read at all.
func verdict(s *jsonschema.Schema, name string) (parsed bool, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return false, err
	}
	var document any
	if filepath.Ext(name) == ".json" {
		document, err = jsonschema.UnmarshalJSON(bytes.NewReader(text))
	} else if err = yaml.Unmarshal(text, &document); err == nil {
		document = finite(document)
	}
	if err != nil {
		return false, err
	}
	return true, s.Validate(document)
}

// finite is a document in which words stand for the numbers that JSON does not have.
func finite(document any) any {
	switch v := document.(type) {
	case map[string]any:
		for key := range v {
			v[key] = finite(v[key])
		}
	case []any:
		for i := range v {
			v[i] = finite(v[i])
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "not a number"
		}
	}
	return document
}

// pipelines are the files below a folder that say that they are pipelines.
func pipelines(t *testing.T, folder string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".yaml", ".json"}, filepath.Ext(name)) {
			return err
		}
		text, err := os.ReadFile(name)
		if bytes.Contains(text, []byte("Pipeline")) {
			out = append(out, name)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("%s: %d pipelines, %v", folder, len(out), err)
	}
	return out
}

// TestSchemaAccepts: what the launcher takes, an editor does not mark.
func TestSchemaAccepts(t *testing.T) {
	s := compiled(t)
	for _, folder := range []string{"../../examples", testdata + "/valid", testdata + "/warnings"} {
		for _, name := range pipelines(t, folder) {
			if filepath.Base(name) == "zenml-components.yaml" {
				continue // keys that have no effect: the launcher warns of them, an editor marks them
			}
			if _, err := verdict(s, name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// refusable are the broken files that a schema can refuse: what is wrong with them stands in one place, and is not text that
// Kubernetes or YAML define. The others are the launcher's to refuse.
var refusable = []string{
	"airflow-and-compose-keys.yaml", "anchors.yaml", "argo-keys.yaml", "argo.yaml", "bad-names.yaml", "compose-keys.yaml", "durations.yaml", "empty-fields.yaml", "empty-texts-json.json", "empty-texts.yaml",
	"empty.yaml", "env-as-other-tools.yaml", "env.yaml", "github-keys.yaml", "head-and-more.yaml", "json.json", "just-text.yaml", "log-level.yaml", "memory-that-cannot-be-read.yaml", "metadata-as-text.yaml", "name-too-long.yaml",
	"no-head.yaml", "no-name.yaml", "no-steps-key.yaml", "no-steps.yaml", "not-a-mapping.yaml", "nothing-but-a-key.yaml", "number-too-large.json", "numbers-that-yaml-reads-otherwise.yaml", "policies-that-do-not-fit.yaml", "policies.yaml", "quantities.yaml", "quit-text.yaml", "quit.yaml", "retry.yaml",
	"self-and-repeated-need.yaml", "side-containers.yaml", "steps-as-a-mapping.yaml", "steps-null.yaml", "tekton-keys.yaml", "ttl-kubernetes.yaml", "ttl-number.yaml", "ttl.yaml", "typographic-quotes.yaml",
	"unknown-keys.yaml", "usual-slips.yaml", "words-as-text.yaml", "wrong-case.yaml", "wrong-kind-case.yaml", "wrong-kind.yaml", "wrong-version.yaml", "zenml-refused.yaml",
	"arguments-as-list.yaml", "env-mapping.yaml", "expression-in-name.yaml", "expression-not-here.yaml", "finally-as-a-mapping.yaml", "finally-forms.yaml", "finally-names.yaml", "finally-needs.yaml", "finally-settings.yaml",
	"finally-without-steps.yaml", "parameter-bounds.yaml", "parameter-enum.yaml", "parameter-keys.yaml", "parameter-names.yaml", "parameter-types.yaml", "parameters-as-a-mapping.yaml", "parameters-as-names.yaml",
	"parameters-as-text.yaml", "result-declarations.yaml", "results-of-the-pipeline.yaml", "scalars-as-written.yaml", "script-and-command.yaml", "script-forms.yaml", "script-of-the-pipeline.yaml", "script-with-expression.yaml",
	"values-everywhere.yaml", "when-empty.yaml", "when-in-the-wrong-place.yaml", "when-not-boolean.yaml", "when-other-tools.yaml",
}

// TestSchemaRefuses holds the list.
func TestSchemaRefuses(t *testing.T) {
	s := compiled(t)
	for _, name := range refusable {
		parsed, err := verdict(s, filepath.Join(testdata, "invalid", name))
		switch {
		case !parsed:
			t.Errorf("%s cannot be read: %v", name, err)
		case err == nil:
			t.Errorf("%s is not refused", name)
		}
	}
}
