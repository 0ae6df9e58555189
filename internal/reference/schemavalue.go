package reference

import (
	"maps"
	"slices"
	"strings"
)

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
