package reference

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

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

// addForm adds another form in which a value may be written. JSON Schema's keywords are about one kind of value each, so that both
// forms fit into one schema, whose errors name what is wrong; those of anyOf name all that might be.
func addForm(schema, other map[string]any) {
	types := slices.Concat(kinds(schema), kinds(other))
	maps.Copy(schema, other)
	schema["type"] = types
}

// kinds are the types that a schema names.
func kinds(schema map[string]any) []any { // nil for a reference
	if one, ok := schema["type"].(string); ok {
		return []any{one}
	}
	all, _ := schema["type"].([]any)
	return all
}

// value is the schema of a value of a type, within what the facts of its field say.
func (s *schemaWriter) value(name string, facts *Facts) (map[string]any, error) {
	if element, list := strings.CutPrefix(name, listOf); list {
		items, err := s.value(element, &Facts{Scalars: facts.Scalars})
		out := map[string]any{"type": "array", "items": items}
		setIf(out, facts.UniqueItems, "uniqueItems", true)
		setIf(out, facts.MinItems > 0, "minItems", facts.MinItems)
		setIf(out, facts.MaxItems > 0, "maxItems", facts.MaxItems)
		return out, err
	}
	if element, mapping := strings.CutPrefix(name, mapOf); mapping {
		values, err := s.value(element, &Facts{Scalars: facts.Scalars})
		return map[string]any{"type": "object", "additionalProperties": values}, err
	}
	if t := s.reference.Type(name); t != nil {
		return s.named(t, facts)
	}
	return scalar(name, facts), nil
}

// scalar is the schema of a builtin type.
func scalar(name string, facts *Facts) map[string]any {
	out := map[string]any{}
	switch {
	case name == "any":
		return out
	case facts.Scalars && name == "string":
		out["type"] = []any{"string", "number", "boolean"}
	default:
		out["type"] = name
	}
	setIf(out, len(facts.Enum) > 0, "enum", words(facts.Enum))
	setIf(out, facts.Pattern != "", "pattern", facts.Pattern)
	setIf(out, facts.MinLength > 0, "minLength", facts.MinLength)
	setIf(out, facts.MaxLength > 0, "maxLength", facts.MaxLength)
	if name == "integer" || name == "number" {
		setIf(out, facts.Minimum != nil, "minimum", facts.Minimum)
		setIf(out, facts.ExclusiveMinimum != nil, "exclusiveMinimum", facts.ExclusiveMinimum)
		setIf(out, facts.Maximum != nil, "maximum", facts.Maximum)
	}
	return out
}

// expression is what a text with an expression in it matches.
const expression = `\$\{\{`

// named is the schema of a type that has a name.
func (s *schemaWriter) named(t *Type, facts *Facts) (map[string]any, error) {
	switch {
	case len(t.Fields) > 0:
		return map[string]any{"$ref": "#/definitions/" + t.Name}, s.define(t, facts)
	case len(t.Words) > 0:
		all := make([]any, len(t.Words))
		for i, w := range t.Words {
			all[i] = w.Word
		}
		return map[string]any{"type": "string", "enum": all}, nil
	case t.Open:
		return map[string]any{"type": "object"}, nil
	}
	out := map[string]any{"type": "string"}
	setIf(out, t.Scalars, "type", []any{"string", "number"})
	pattern := t.Pattern
	if facts.Expressions != "" {
		pattern += "|" + expression
	}
	setIf(out, t.Pattern != "", "pattern", pattern)
	return out, nil
}

// define adds the definition of an object type, with its other form. facts are those of the field that holds it.
func (s *schemaWriter) define(t *Type, facts *Facts) error {
	if _, known := s.definitions[t.Name]; known {
		return nil
	}
	s.definitions[t.Name] = nil // so that a type that contains itself would end
	definition, err := s.object(t)
	if err != nil {
		return err
	}
	if t.Alternative != "" {
		addForm(definition, scalar(t.Alternative, &t.Facts))
		if facts.Expressions != "" {
			addForm(definition, map[string]any{"type": "string", "pattern": expression})
		}
	}
	if s.optional(t.Name) {
		orNull(definition)
	}
	s.definitions[t.Name] = definition
	return nil
}

// optional reports whether a type is always that of a key that may be left out, and never that of an element.
func (s *schemaWriter) optional(name string) bool {
	for i := range s.reference.Types {
		for _, f := range s.reference.Types[i].Fields {
			if element, _ := Element(f.Type); element == name && (f.Required || f.Type != name) {
				return false
			}
			if element, _ := Element(f.Alternative); element == name && f.Alternative != name {
				return false
			}
		}
	}
	return true
}

// orNull lets a key be left empty, which is the same as leaving it out.
func orNull(schema map[string]any) {
	if types := kinds(schema); len(types) > 0 {
		schema["type"] = append(types, "null")
	}
	if all, ok := schema["enum"].([]any); ok {
		schema["enum"] = append(all, nil)
	}
}

func words(list []string) []any {
	out := make([]any, len(list))
	for i, w := range list {
		out[i] = w
	}
	return out
}

func describe(schema map[string]any, text string) { setIf(schema, text != "", "description", text) }

func setIf(schema map[string]any, condition bool, key string, value any) {
	if condition {
		schema[key] = value
	}
}
