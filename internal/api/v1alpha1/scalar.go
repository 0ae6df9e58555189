package v1alpha1

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// oldBooleans are booleans in YAML 1.1 only. kubectl reads them so, and to read them as strings here would give one file
// two meanings; so they are booleans, and where a string is wanted, an error.
// See https://yaml.org/type/bool.html.
var oldBooleans = map[string]bool{
	"y": true, "Y": true, "yes": true, "Yes": true, "YES": true, "on": true, "On": true, "ON": true,
	"n": false, "N": false, "no": false, "No": false, "NO": false, "off": false, "Off": false, "OFF": false,
}

const plainStyle = yaml.Style(0)

// scalar sets kind and texts of a value from a YAML scalar.
func (r *yamlReader) scalar(n *yaml.Node, v *value) {
	v.text = n.Value
	if old, ok := oldBooleans[n.Value]; ok && n.Style == plainStyle && n.ShortTag() == "!!str" {
		v.kind, v.json = isBool, strconv.FormatBool(old)
		return
	}
	switch tag := n.ShortTag(); tag {
	case "!!str", "!!timestamp", "!!merge": // JSON has no time; <<, as a value, is text
		v.kind = isString
		if n.Style == plainStyle {
			r.plainText(v)
		}
	case "!!null":
		v.kind = isNull
	case "!!bool", "!!int", "!!float":
		if err := v.decode(n); err != nil {
			r.atValue(v, "%s is not what its tag %s says", quote(n.Value), tag)
			v.kind, v.broken = isString, true
		}
	default:
		r.atValue(v, "the tag %s is not known here: remove it", shorten(n.Tag))
		v.kind, v.broken = isString, true
	}
}

// decode takes booleans and numbers as YAML understands them and keeps them as JSON.
func (v *value) decode(n *yaml.Node) error {
	var decoded any
	if err := n.Decode(&decoded); err != nil {
		return err
	}
	switch d := decoded.(type) {
	case bool:
		v.kind, v.json = isBool, strconv.FormatBool(d)
	case int, int64, uint64:
		v.kind, v.json = isNumber, fmt.Sprint(d)
	case float64:
		v.kind, v.json = isNumber, floatJSON(n.Value, d)
	default:
		return fmt.Errorf("unexpected %T", decoded)
	}
	return nil
}

// floatJSON is the number as it was written where JSON can have it so: 0.1 of a CPU is to stay 0.1. Empty for what is
// no number in JSON.
func floatJSON(written string, f float64) string {
	switch {
	case math.IsInf(f, 0) || math.IsNaN(f):
		return ""
	case json.Valid([]byte(written)):
		return written
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// describe says what a value is, for messages: `the number 3`.
func (v *value) describe() string {
	switch v.kind {
	case isNull:
		return "nothing"
	case isBool:
		return "the boolean " + shorten(v.text)
	case isNumber:
		return "the number " + shorten(v.text)
	case isString:
		return "the string " + quote(v.text)
	case isList:
		return "a list"
	case isObject:
	}
	return "a mapping"
}
