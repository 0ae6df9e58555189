package yamltree

import "regexp"

// plainScalar is a number that people, YAML 1.1 and YAML 1.2 read as the same: 010 is 8 to some, 0x10 is 16, and 1_000 is 1000.
var plainScalar = regexp.MustCompile(`^[+-]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][+-]?[0-9]+)?$`)

// AsWritten reports whether a number or boolean means the same as its text does to people, so that the text can be taken for it.
func (v *Value) AsWritten() bool {
	switch v.Kind {
	case Number:
		return v.JSON != "" && plainScalar.MatchString(v.Text)
	case Bool:
		return v.Text != "" && !old(v.Text)
	default:
		return false
	}
}

// old reports whether a text is a boolean in YAML 1.1 only.
func old(text string) bool {
	_, is := oldBooleans[text]
	return is
}

// ToList turns a mapping of names to values into a list of mappings, in the order of the file: `A: text` becomes
// `{name: A, value: text}`, and a mapping gets the name beside its own keys. All keep the places and paths that they have in the
// file.
func (v *Value) ToList(name, value string) {
	v.Kind, v.Items = List, make([]*Value, 0, len(v.Fields))
	for i, f := range v.Fields {
		own := &Value{
			Kind: String, Text: f.Key, Line: f.Value.KeyLine, Column: f.Value.keyColumn, KeyLine: f.Value.KeyLine, keyColumn: f.Value.keyColumn,
			Parent: v, Name: f.Value.Name,
		}
		item := f.Value
		if item.Kind != Object {
			item = &Value{Kind: Object, Broken: item.Broken, Line: item.Line, Column: item.Column, KeyLine: item.KeyLine, keyColumn: item.keyColumn, Parent: v, Name: item.Name}
			item.Add(value, f.Value)
		}
		item.Index = int32(i)
		item.Fields = append([]Field{{name, own}}, item.Fields...)
		v.Items = append(v.Items, item)
	}
	v.Fields = nil
}
