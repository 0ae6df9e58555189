package yamltree

import "encoding/json"

// AppendJSON writes the tree as JSON. What is broken or null is left out of objects, and null in lists, so that indexes
// stay what they are.
func (v *Value) AppendJSON(out []byte, keepNulls bool) []byte {
	keepNulls = keepNulls || v.KeepNulls
	switch v.Kind {
	case Null:
		return append(out, "null"...)
	case Bool, Number:
		return append(out, v.JSON...)
	case String:
		return appendString(out, v.Text)
	case List:
		return v.appendList(out, keepNulls)
	case Object:
	}
	out = append(out, '{')
	first := true
	for _, f := range v.Fields {
		if f.Value.Broken || f.Value.Kind == Null && !keepNulls {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(appendString(out, f.Key), ':')
		out = f.Value.AppendJSON(out, keepNulls)
	}
	return append(out, '}')
}

func (v *Value) appendList(out []byte, keepNulls bool) []byte {
	out = append(out, '[')
	for i, item := range v.Items {
		if i > 0 {
			out = append(out, ',')
		}
		if item.Broken {
			out = append(out, "null"...)
			continue
		}
		out = item.AppendJSON(out, keepNulls)
	}
	return append(out, ']')
}

// appendString spares most strings the encoder.
func appendString(out []byte, s string) []byte {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e || s[i] == '"' || s[i] == '\\' {
			quoted, _ := json.Marshal(s) // a string cannot fail
			return append(out, quoted...)
		}
	}
	out = append(out, '"')
	out = append(out, s...)
	return append(out, '"')
}
