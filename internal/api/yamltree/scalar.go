package yamltree

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/stepherd/stepherd/internal/api/wording"
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
func (r *yamlReader) scalar(n *yaml.Node, v *Value) {
	v.Text = n.Value
	if old, ok := oldBooleans[n.Value]; ok && n.Style == plainStyle && n.ShortTag() == "!!str" {
		v.Kind, v.JSON = Bool, strconv.FormatBool(old)
		return
	}
	switch tag := n.ShortTag(); tag {
	case "!!str", "!!timestamp", "!!merge": // JSON has no time; <<, as a value, is text
		v.Kind, v.Date = String, tag == "!!timestamp"
		if n.Style == plainStyle {
			r.plainText(v)
		}
	case "!!null":
		v.Kind = Null
	case "!!bool", "!!int", "!!float":
		if err := v.decode(n); err != nil {
			r.AtValue(v, "%s is not what its tag %s says", wording.Quote(n.Value), tag)
			v.Kind, v.Broken = String, true
		}
	default:
		r.AtValue(v, "the tag %s is not known here: remove it", wording.Bare(n.Tag))
		v.Kind, v.Broken = String, true
	}
}

// decode takes booleans and numbers as YAML understands them and keeps them as JSON.
func (v *Value) decode(n *yaml.Node) error {
	var decoded any
	if err := n.Decode(&decoded); err != nil {
		return err
	}
	switch d := decoded.(type) {
	case bool:
		v.Kind, v.JSON = Bool, strconv.FormatBool(d)
	case int, int64, uint64:
		v.Kind, v.JSON = Number, fmt.Sprint(d)
	case float64:
		v.Kind, v.JSON = Number, floatJSON(n.Value, d)
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

// Describe returns what a value is, for messages: `the number 3`.
func (v *Value) Describe() string {
	switch v.Kind {
	case Null:
		return "nothing"
	case Bool:
		return "the boolean " + wording.Bare(v.Text)
	case Number:
		return "the number " + wording.Bare(v.Text)
	case String:
		return "the string " + wording.Quote(v.Text)
	case List:
		return "a list"
	case Object:
	}
	return "a mapping"
}
