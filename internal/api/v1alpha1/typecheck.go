package v1alpha1

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var (
	typePipeline    = reflect.TypeFor[Pipeline]()
	typeSettings    = reflect.TypeFor[Settings]()
	typeResources   = reflect.TypeFor[*Resources]()
	typePodSettings = reflect.TypeFor[PodSettings]()
	typePodSpec     = reflect.TypeFor[corev1.PodSpec]()
	typeGPU         = reflect.TypeFor[GPU]()
	typeQuantity    = reflect.TypeFor[resource.Quantity]()
	typeDuration    = reflect.TypeFor[Duration]()
	typeRetry       = reflect.TypeFor[*Retry]()
	typeBackoff     = reflect.TypeFor[*Backoff]()
	typeOnOOM       = reflect.TypeFor[*OnOOM]()
	typeIntOrString = reflect.TypeFor[intstr.IntOrString]()
	typeUnmarshaler = reflect.TypeFor[json.Unmarshaler]()

	ownPackage = typePipeline.PkgPath()
)

// settingsBelow is the struct that a field holds, if keys may have been meant for it.
func settingsBelow(t reflect.Type) reflect.Type {
	switch t {
	case typeSettings:
		return t
	case typePodSettings:
		return typePodSpec
	case typeResources, typeRetry, typeBackoff, typeOnOOM:
		return t.Elem()
	}
	return nil
}

// typeChecker holds a tree to a Go type and reports everything that decoding would refuse or silently change: unknown
// keys, wrong kinds, numbers out of range, quantities that are none. The decoders stop at the first such thing and know
// no places; this goes on, and marks what it reported, so that the rest can be decoded and checked further.
type typeChecker struct {
	*collector
	shapes shapes
	inPod  bool // below podSettings
}

func (c *typeChecker) check(v *value, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if v.broken {
		return
	}
	switch t {
	case typePodSettings:
		c.podSettings(v)
		return
	case typeGPU:
		c.gpu(v)
		return
	case typeQuantity:
		c.quantity(v)
		return
	case typeDuration:
		c.duration(v)
		return
	case typeIntOrString:
		c.intOrString(v)
		return
	}
	if reflect.PointerTo(t).Implements(typeUnmarshaler) {
		c.unmarshaler(v, t)
		return
	}
	c.kinds(v, t)
}

func (c *typeChecker) kinds(v *value, t reflect.Type) {
	switch t.Kind() {
	case reflect.Struct:
		c.object(v, t)
	case reflect.Map:
		if c.wantMap(v) {
			for _, f := range v.fields {
				c.element(f.value, t.Elem())
			}
		}
	case reflect.Slice:
		c.list(v, t)
	case reflect.String:
		c.text(v)
	case reflect.Bool:
		c.want(v, isBool, "true or false")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		c.integer(v, t)
	case reflect.Float32, reflect.Float64:
		c.number(v, t)
	default:
		c.unmarshaler(v, t)
	}
}

// fail reports a value and marks it.
func (c *typeChecker) fail(v *value, format string, args ...any) {
	c.atValue(v, format, args...)
	v.broken = true
}

// want holds a value to a kind.
func (c *typeChecker) want(v *value, k kind, words string) bool {
	if v.kind == k && (k != isNumber || v.json != "") {
		return true
	}
	c.fail(v, "found %s where %s is wanted", v.describe(), words)
	return false
}

// instead reports a value of another kind, with what to write if that is known.
func (c *typeChecker) instead(v *value, wanted, hint string) {
	if hint != "" {
		hint = ": " + hint
	}
	c.fail(v, "found %s where %s is wanted%s", v.describe(), wanted, hint)
}

// wantMap holds a value to a mapping whose keys are the user's.
func (c *typeChecker) wantMap(v *value) bool {
	if v.kind != isObject {
		c.instead(v, "a mapping of keys to values", mapHint(v))
		return false
	}
	return true
}

// element is a list's item or a map's value: unlike a field, it may not be left empty.
func (c *typeChecker) element(v *value, t reflect.Type) {
	if v.kind == isNull && !v.parent.keepsNulls() {
		c.fail(v, "found nothing where %s is wanted", typeWords(t))
		return
	}
	if v.kind != isNull {
		c.check(v, t)
	}
}

// keepsNulls says whether a null in this mapping takes something away.
func (v *value) keepsNulls() bool {
	if v.kind != isObject {
		return false
	}
	for ; v != nil; v = v.parent {
		if v.keepNulls {
			return true
		}
	}
	return false
}

func typeWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Struct, reflect.Map:
		return "a mapping"
	case reflect.Slice:
		return "a list"
	}
	return "a value"
}

func (c *typeChecker) object(v *value, t reflect.Type) {
	if v.kind != isObject {
		c.instead(v, "a mapping of keys to values", objectHint(v, t))
		return
	}
	known := c.shapes.of(t).types
	for i := range v.fields {
		f := &v.fields[i]
		inner, ok := known[f.key]
		switch {
		case ok:
		case t == typePipeline && strings.HasPrefix(f.key, "x-"): // a place for anchors, as in docker compose
			f.value.broken = true
			continue
		case strings.HasPrefix(f.key, "$") && c.inPod:
			continue // a directive of strategic merge; Validate holds it to its rules
		default:
			inner = c.unknown(f, v, t)
		}
		if inner != nil && f.value.kind != isNull {
			c.check(f.value, inner)
		}
	}
}

// unknown reports a key and, where a missing key was surely meant, goes on as if it stood there, so that nothing is
// reported only because it seems to be missing.
func (c *typeChecker) unknown(f *field, v *value, t reflect.Type) reflect.Type {
	if c.full() {
		c.more++
		f.value.broken = true
		return nil
	}
	if c.foreign(f, v, t) {
		f.value.broken = true
		return nil
	}
	message, meant := c.shapes.unknownKey(f, t)
	c.atUnknownKey(f.value, "%s", message)
	if len(meant) == 1 && v.get(meant[0]) == nil {
		f.key = meant[0]
		return c.shapes.of(t).types[f.key]
	}
	if len(meant) > 0 {
		v.lose(meant...)
	}
	f.value.broken = true
	return nil
}

func (c *typeChecker) list(v *value, t reflect.Type) {
	if v.kind != isList {
		c.instead(v, "a list", listHint(v, t.Elem()))
		return
	}
	for _, item := range v.items {
		c.element(item, t.Elem())
	}
}

// text takes a number or boolean for the string that was meant, once it is reported.
func (c *typeChecker) text(v *value) {
	if v.kind == isNumber || v.kind == isBool {
		c.atValue(v, "found %s where a string is wanted: put it in quotes: %q", v.describe(), cut(v.text, maxShown))
		v.kind = isString
		return
	}
	c.want(v, isString, "a string")
}

func (c *typeChecker) integer(v *value, t reflect.Type) {
	if problem := octalProblem(v); problem != "" {
		c.fail(v, "%s", problem)
		return
	}
	if _, err := strconv.ParseInt(v.text, 0, 64); err == nil && v.kind == isString {
		c.fail(v, "found %s where a whole number is wanted: write it without quotes, as %s: %s", v.describe(), v.key(), v.text)
		return
	}
	if !c.want(v, isNumber, "a whole number") {
		return
	}
	bits := t.Bits()
	if _, err := strconv.ParseInt(v.json, 10, bits); err != nil {
		c.fail(v, "found %s where a whole number of %d bits is wanted", v.describe(), bits)
	}
}

func (c *typeChecker) number(v *value, t reflect.Type) {
	if !c.want(v, isNumber, "a number, as 2 or 1.5,") {
		return
	}
	if _, err := strconv.ParseFloat(v.json, t.Bits()); err != nil {
		c.fail(v, "%s is too large for a number", shorten(v.text))
	}
}

func (c *typeChecker) intOrString(v *value) {
	if v.kind == isString {
		return
	}
	if c.want(v, isNumber, "a whole number or a string") {
		if _, err := strconv.ParseInt(v.json, 10, 32); err != nil {
			c.fail(v, "found %s where a whole number or a string is wanted", v.describe())
		}
	}
}

func (c *typeChecker) podSettings(v *value) {
	if v.kind == isNull {
		return
	}
	c.inPod = true
	c.kinds(v, typePodSpec)
	c.inPod = false
}

// unmarshaler asks the type itself, which is how metav1.Time and whatever comes with later versions is held to its rules.
func (c *typeChecker) unmarshaler(v *value, t reflect.Type) {
	if err := json.Unmarshal(v.appendJSON(nil, false), reflect.New(t).Interface()); err != nil {
		c.fail(v, "found %s, which does not fit: %s", v.describe(), shorten(fmt.Sprint(err)))
	}
}
