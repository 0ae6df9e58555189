package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
)

// place is a field of ours with the way to it.
type place struct {
	path  []string // steps, [], settings, retry
	field *Field
}

func (p place) String() string { return strings.ReplaceAll(strings.Join(p.path, "."), ".[]", "[]") }

// places are all fields whose values this repository holds to rules: not those of Kubernetes' types, and of settings those of a step.
func places(t *testing.T) []place {
	t.Helper()
	r := load(t)
	var out []place
	var walk func(at *Type, path []string)
	walk = func(at *Type, path []string) {
		for i := range at.Fields {
			f := &at.Fields[i]
			if !at.Ours || len(path) == 0 && (f.Name == "settings" || f.Name == "finally") {
				continue
			}
			here := append(slices.Clone(path), f.Name)
			out = append(out, place{here, f})
			element, ownKeys := Element(f.Type)
			if len(path) > 0 && path[0] == "driver" && f.Name == "resources" {
				continue // they are those of a step, but that 0 GPUs are nothing there
			}
			if below := r.Type(element); below != nil && !ownKeys {
				if strings.HasPrefix(f.Type, listOf) {
					here = append(here, "[]")
				}
				walk(below, here)
			}
		}
	}
	walk(r.Root(), nil)
	if len(out) < 60 {
		t.Fatalf("found %d fields, want all of them", len(out))
	}
	return out
}

// beside is what must stand beside a key for it to make sense, as YAML of the object around it.
var beside = map[string]string{
	"parameters[].enum": "{type: string, default: small}", "parameters[].pattern": "{type: string, default: abc}",
	"parameters[].minItems": "{type: array, default: [1]}", "parameters[].maxItems": "{type: array, default: []}",
	"steps[].results[].type": "name: accuracy", "steps[].results[].name": "type: number",
	"steps[].settings.retry.onOOM":                "limit: 1",
	"steps[].settings.resources.gpu.resource":     "count: 1",
	"steps[].shell":                               "script: echo hello",
	"steps[].settings.sideContainers.mustSucceed": "grace: 1m",
}

// pipelineWith is a valid pipeline in which one place has a value. The first step is the one for values of steps.
func pipelineWith(t *testing.T, at place, value any) map[string]any {
	t.Helper()
	file := parse(t, `
apiVersion: stepherd.dev/v1alpha1
kind: Pipeline
metadata: {name: x}
parameters: [{name: epochs, type: integer, default: 3}]
settings: {image: "busybox:1", resources: {memory: 1Gi}, podSettings: {containers: [{name: upload, image: "busybox:1"}]}}
steps: [{name: last, needs: [evaluate]}, {name: load}, {name: evaluate, needs: [load], results: [{name: accuracy, type: number}]}]
finally: [{name: tidy}]
`)
	object := file
	for i, key := range at.path[:len(at.path)-1] {
		switch {
		case key == "[]":
		case at.path[i+1] == "[]":
			if object[key] == nil {
				object[key] = []any{map[string]any{}}
			}
			object = object[key].([]any)[0].(map[string]any)
		default:
			if object[key] == nil {
				object[key] = map[string]any{}
			}
			object = object[key].(map[string]any)
		}
	}
	maps.Copy(object, parse(t, beside[at.String()]))
	object[at.path[len(at.path)-1]] = value
	return file
}

func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// verdicts are what launcher and schema say of a file.
func verdicts(t *testing.T, s *jsonschema.Schema, file map[string]any) (launcher, schema error) {
	t.Helper()
	text, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	_, launcher = pipelinefile.Decode("p.json", text)
	return launcher, s.Validate(document)
}

// TestValuesThatFit: what the comments give as default or example, the bounds of numbers, and all words are taken by the launcher and
// by the schema.
func TestValuesThatFit(t *testing.T) {
	s, tried := compiled(t), 0
	for _, p := range places(t) {
		var values []any
		for _, text := range []string{p.field.Default, p.field.Example} {
			if text != "" {
				values = append(values, parse(t, "v: "+text)["v"])
			}
		}
		for _, bound := range []*float64{p.field.Minimum, p.field.Maximum} {
			if bound != nil {
				values = append(values, *bound)
			}
		}
		for _, w := range load(t).words(p.field) {
			values = append(values, w.Word)
		}
		for _, value := range values {
			tried++
			if p.String() == "steps[].results[].type" || p.String() == "parameters[].type" {
				continue // what else stands there has its type; the default of the file's own parameter is an integer
			}
			launcher, schema := verdicts(t, s, pipelineWith(t, p, value))
			if launcher != nil || schema != nil {
				t.Errorf("%s: %v: the launcher says %v, the schema %v", p, value, launcher, schema)
			}
		}
	}
	if tried < 100 {
		t.Errorf("tried %d values only", tried)
	}
}

// TestValuesThatDoNotFit: what lies outside is refused by both.
func TestValuesThatDoNotFit(t *testing.T) {
	s, tried := compiled(t), 0
	for _, p := range places(t) {
		var values []any
		if p.field.Minimum != nil {
			values = append(values, *p.field.Minimum-1)
		}
		if p.field.ExclusiveMinimum != nil {
			values = append(values, *p.field.ExclusiveMinimum)
		}
		if p.field.Maximum != nil {
			values = append(values, *p.field.Maximum+1)
		}
		if p.field.MinLength > 0 {
			values = append(values, "")
		}
		if n := p.field.MaxLength; n > 0 {
			values = append(values, strings.Repeat("a", n+1))
		}
		if p.field.Pattern != "" {
			values = append(values, "-")
		}
		if p.field.UniqueItems {
			item := parse(t, "v: "+p.field.Example)["v"].([]any)[0]
			values = append(values, []any{item, item})
		}
		if n := p.field.MaxItems; n > 0 && p.field.Type == "[]string" {
			many := make([]any, n+1)
			for i := range many {
				many[i] = fmt.Sprintf("http://127.0.0.1:%d/quit", i+1)
			}
			values = append(values, many)
		}
		if len(load(t).words(p.field)) > 0 || load(t).Type(p.field.Type) != nil {
			values = append(values, "nonsense")
		}
		for _, value := range values {
			tried++
			launcher, schema := verdicts(t, s, pipelineWith(t, p, value))
			if launcher == nil || schema == nil {
				t.Errorf("%s: %v: the launcher says %v, the schema %v", p, value, launcher, schema)
			}
		}
	}
	if tried < 60 {
		t.Errorf("tried %d values only", tried)
	}
}

// TestExpressionsWhereStated: at a key whose comment says that expressions are evaluated at submit, launcher and schema take one; at any
// other key for text, the launcher refuses it.
func TestExpressionsWhereStated(t *testing.T) {
	s, allowed, refused := compiled(t), 0, 0
	for _, p := range places(t) {
		kind := p.field.Type
		if kind != "string" && kind != "Duration" && kind != "Quantity" && p.field.Expressions != AtSubmit {
			continue
		}
		if p.path[0] == "parameters" || p.field.Expressions == InRun || p.field.Expressions == AsCondition {
			continue // data; and what only a run evaluates
		}
		text := p.field.Example
		if text == "" {
			text = p.field.Default
		}
		if text == "" {
			text = "1"
		}
		file := pipelineWith(t, p, "${{ parameters.v }}")
		value := parse(t, "v: "+text)["v"]
		declared := map[string]any{"name": "v", "default": value}
		if _, is := value.(int); is {
			declared["type"] = "integer"
		}
		file["parameters"] = append(file["parameters"].([]any), declared)
		launcher, schema := verdicts(t, s, file)
		switch {
		case p.field.Expressions == "" || p.field.Expressions == Never:
			if refused++; launcher == nil {
				t.Errorf("%s: the launcher takes an expression, and the comment does not say so", p)
			}
		case launcher != nil || schema != nil:
			t.Errorf("%s: the launcher says %v, the schema %v", p, launcher, schema)
		default:
			allowed++
		}
	}
	if allowed < 12 || refused < 15 {
		t.Errorf("%d keys with expressions at submit, %d without, want all of them", allowed, refused)
	}
}
