package v1alpha1

import "encoding/json"

// appendJSON writes the tree as JSON. What is broken or null is left out of objects, and null in lists, so that indexes
// stay what they are.
func (v *value) appendJSON(out []byte, keepNulls bool) []byte {
	keepNulls = keepNulls || v.keepNulls
	switch v.kind {
	case isNull:
		return append(out, "null"...)
	case isBool, isNumber:
		return append(out, v.json...)
	case isString:
		return appendString(out, v.text)
	case isList:
		return v.appendList(out, keepNulls)
	case isObject:
	}
	out = append(out, '{')
	first := true
	for _, f := range v.fields {
		if f.value.broken || f.value.kind == isNull && !keepNulls {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(appendString(out, f.key), ':')
		out = f.value.appendJSON(out, keepNulls)
	}
	return append(out, '}')
}

func (v *value) appendList(out []byte, keepNulls bool) []byte {
	out = append(out, '[')
	for i, item := range v.items {
		if i > 0 {
			out = append(out, ',')
		}
		if item.broken {
			out = append(out, "null"...)
			continue
		}
		out = item.appendJSON(out, keepNulls)
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
