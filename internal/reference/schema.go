package reference

import (
	"encoding/json"
	"fmt"
	"slices"

	"sigs.k8s.io/yaml"
)

// draft is the version of JSON Schema that editors know best.
const draft = "http://json-schema.org/draft-07/schema#"

// Schema returns the JSON Schema of the pipeline file, with a line break at its end.
//
// It describes the file as a YAML parser gives it to an editor. An optional key may be left empty, as the launcher takes it. What
// Kubernetes defines is an object without further rules: Kubernetes' published schema of a PodSpec demands containers, and knows
// neither the nulls nor the $patch of a part that is merged, and editors would have to fetch it. The launcher checks those parts.
func (r *Reference) Schema() ([]byte, error) {
	s := schemaWriter{reference: r, definitions: map[string]any{}}
	root := r.Root()
	schema, err := s.object(root)
	if err != nil {
		return nil, err
	}
	schema["$schema"] = draft
	schema["title"] = "Stepherd pipeline"
	schema["patternProperties"] = map[string]any{"^x-": map[string]any{"description": "A place for YAML anchors; it has no meaning."}}
	schema["definitions"] = s.definitions
	text, err := json.MarshalIndent(schema, "", " ")
	return append(text, '\n'), err
}

// schemaWriter collects the definitions of object types while it walks.
type schemaWriter struct {
	reference   *Reference
	definitions map[string]any
}

// object is the schema of a type with fields.
func (s *schemaWriter) object(t *Type) (map[string]any, error) {
	properties, patterns, required, dependencies := map[string]any{}, map[string]any{}, []string{}, map[string]any{}
	for i := range t.Fields {
		f := &t.Fields[i]
		property, err := s.property(f)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name, f.Name, err)
		}
		properties[f.Name] = property
		setIf(patterns, f.KeyPattern != "", f.KeyPattern, property)
		if f.Required {
			required = append(required, f.Name)
		}
		if needs := f.dependencies(); needs != nil {
			dependencies[f.Name] = needs
		}
	}
	out := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	describe(out, t.Doc)
	setIf(out, len(patterns) > 0, "patternProperties", patterns)
	setIf(out, len(required) > 0, "required", required)
	setIf(out, len(dependencies) > 0, "dependencies", dependencies)
	return out, nil
}

// dependencies are the keys that a field needs, or a schema that refuses those that it excludes.
func (f *Field) dependencies() any {
	if len(f.Excludes) == 0 {
		if len(f.Requires) > 0 {
			return f.Requires
		}
		return nil
	}
	refused := map[string]any{}
	for _, key := range f.Excludes {
		refused[key] = false
	}
	return map[string]any{"properties": refused}
}

// property is the schema of a field.
func (s *schemaWriter) property(f *Field) (map[string]any, error) {
	out, err := s.value(f.Type, &f.Facts)
	if err != nil {
		return nil, err
	}
	if f.Alternative != "" {
		other, err := s.value(f.Alternative, &f.Facts)
		if err != nil {
			return nil, err
		}
		addForm(out, other)
	}
	if f.Expressions == Never {
		out["not"] = map[string]any{"pattern": expression}
	}
	if types := kinds(out); f.Expressions == AtSubmit && len(types) > 0 && !slices.Contains(types, "string") {
		addForm(out, map[string]any{"type": "string", "pattern": expression})
	}
	if !f.Required {
		orNull(out)
	}
	text := f.Doc
	for _, fact := range s.reference.Facts(f) {
		if fact.Name == "" {
			text += "\n\n" + fact.Text
		}
	}
	describe(out, text)
	return out, illustrate(out, &f.Facts)
}

// illustrate adds default and example.
func illustrate(schema map[string]any, facts *Facts) error {
	for key, text := range map[string]string{"default": facts.Default, "examples": facts.Example} {
		if text == "" {
			continue
		}
		var v any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			return fmt.Errorf("%s %s: %w", key, text, err)
		}
		if key == "examples" {
			v = []any{v}
		}
		schema[key] = v
	}
	return nil
}
