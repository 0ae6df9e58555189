package typecheck

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

var (
	typePipeline    = reflect.TypeFor[v1alpha1.Pipeline]()
	typeSettings    = reflect.TypeFor[v1alpha1.Settings]()
	typeResources   = reflect.TypeFor[*v1alpha1.Resources]()
	typePodSettings = reflect.TypeFor[v1alpha1.PodSettings]()
	typePodSpec     = reflect.TypeFor[corev1.PodSpec]()
	typeGPU         = reflect.TypeFor[v1alpha1.GPU]()
	typeQuantity    = reflect.TypeFor[resource.Quantity]()
	typeDuration    = reflect.TypeFor[v1alpha1.Duration]()
	typeRetry       = reflect.TypeFor[*v1alpha1.Retry]()
	typeBackoff     = reflect.TypeFor[*v1alpha1.Backoff]()
	typeOnOOM       = reflect.TypeFor[*v1alpha1.OnOOM]()
	typeIntOrString = reflect.TypeFor[intstr.IntOrString]()
	typeValue       = reflect.TypeFor[v1alpha1.Value]()
	typeParameter   = reflect.TypeFor[v1alpha1.Parameter]()
	typeResult      = reflect.TypeFor[v1alpha1.Result]()
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
	*yamltree.Collector
	shapes   Shapes
	resolve  func()
	inPod    bool // below podSettings
	anywhere bool // a number or boolean is taken for its text
}

// Check holds a tree to the type of a pipeline. It calls resolve once it has checked parameters and arguments, before anything
// else: what resolve changes is checked as what it has become.
func Check(root *yamltree.Value, known Shapes, resolve func(), c *yamltree.Collector) {
	(&typeChecker{Collector: c, shapes: known, resolve: resolve}).check(root, typePipeline)
}

func (c *typeChecker) check(v *yamltree.Value, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if v.Broken {
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
	case typeValue:
		c.value(v)
		return
	}
	if reflect.PointerTo(t).Implements(typeUnmarshaler) {
		c.unmarshaler(v, t)
		return
	}
	c.kinds(v, t)
}

func (c *typeChecker) kinds(v *yamltree.Value, t reflect.Type) {
	switch t.Kind() {
	case reflect.Struct:
		c.object(v, t)
	case reflect.Map:
		if c.wantMap(v) {
			for _, f := range v.Fields {
				c.element(f.Value, t.Elem())
			}
		}
	case reflect.Slice:
		c.list(v, t)
	case reflect.String:
		c.text(v)
	case reflect.Bool:
		c.want(v, yamltree.Bool, "true or false")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		c.integer(v, t)
	case reflect.Float32, reflect.Float64:
		c.number(v, t)
	default:
		c.unmarshaler(v, t)
	}
}

// fail reports a value and marks it.
func (c *typeChecker) fail(v *yamltree.Value, format string, args ...any) {
	c.AtValue(v, format, args...)
	v.Broken = true
}

// want holds a value to a kind.
func (c *typeChecker) want(v *yamltree.Value, k yamltree.Kind, words string) bool {
	if v.Kind == k && (k != yamltree.Number || v.JSON != "") {
		return true
	}
	c.fail(v, "found %s where %s is wanted", v.Describe(), words)
	return false
}

// instead reports a value of another kind, with what to write if that is known.
func (c *typeChecker) instead(v *yamltree.Value, wanted, hint string) {
	if hint != "" {
		hint = ": " + hint
	}
	c.fail(v, "found %s where %s is wanted%s", v.Describe(), wanted, hint)
}

// wantMap holds a value to a mapping whose keys are the user's.
func (c *typeChecker) wantMap(v *yamltree.Value) bool {
	if v.Kind != yamltree.Object {
		c.instead(v, "a mapping of keys to values", mapHint(v))
		return false
	}
	return true
}

// element is a list's item or a map's value: unlike a field, it may not be left empty.
func (c *typeChecker) element(v *yamltree.Value, t reflect.Type) {
	if v.Kind == yamltree.Null && !v.Parent.KeepsNulls() {
		c.fail(v, "found nothing where %s is wanted", typeWords(t))
		return
	}
	if v.Kind != yamltree.Null {
		c.check(v, t)
	}
}

func typeWords(t reflect.Type) string {
	if t == typeValue {
		return "a value"
	}
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

func (c *typeChecker) object(v *yamltree.Value, t reflect.Type) {
	if v.Kind != yamltree.Object {
		c.instead(v, "a mapping of keys to values", objectHint(v, t))
		return
	}
	if t == typePipeline {
		c.pipeline(v)
		return
	}
	for i := range v.Fields {
		c.field(&v.Fields[i], c.key(&v.Fields[i], v, t), t)
	}
}

// pipeline checks the fields of the whole file, those first that others are made of.
func (c *typeChecker) pipeline(v *yamltree.Value) {
	types := make([]reflect.Type, len(v.Fields))
	for i := range v.Fields {
		types[i] = c.key(&v.Fields[i], v, typePipeline)
	}
	for _, first := range []bool{true, false} {
		for i := range v.Fields {
			if f := &v.Fields[i]; (f.Key == "parameters" || f.Key == "arguments") == first {
				c.field(f, types[i], typePipeline)
			}
		}
		if first {
			c.resolve()
		}
	}
}

// key is the type that belongs to a key of t; nil if there is nothing to hold its value to.
func (c *typeChecker) key(f *yamltree.Field, v *yamltree.Value, t reflect.Type) reflect.Type {
	inner, ok := c.shapes.Of(t).Types[f.Key]
	switch {
	case ok:
		return inner
	case t == typePipeline && strings.HasPrefix(f.Key, "x-"): // a place for anchors, as in docker compose
		f.Value.Broken = true
		return nil
	case strings.HasPrefix(f.Key, "$") && c.inPod:
		return nil // a directive of strategic merge; Validate holds it to its rules
	}
	return c.unknown(f, v, t)
}

// field checks the value of a key of t.
func (c *typeChecker) field(f *yamltree.Field, inner, t reflect.Type) {
	switch {
	case inner == nil || f.Value.Broken:
	case f.Value.Kind != yamltree.Null:
		around := c.anywhere
		c.anywhere = c.takesScalars(f.Key, t)
		c.check(f.Value, inner)
		c.anywhere = around
	case inner == typeValue:
		c.fail(f.Value, `found nothing where a value is wanted: write "" for an empty text, or remove the key`)
	}
}

// takesScalars reports whether numbers and booleans are taken for their text under a key of t.
func (c *typeChecker) takesScalars(key string, t reflect.Type) bool {
	switch t {
	case typeStep:
		return key == "command" || key == "args" || key == "when"
	case typeEnvVar:
		return key == "value" && !c.inPod
	}
	return false
}

// unknown reports a key and, where a missing key was surely meant, goes on as if it stood there, so that nothing is
// reported only because it seems to be missing.
func (c *typeChecker) unknown(f *yamltree.Field, v *yamltree.Value, t reflect.Type) reflect.Type {
	if c.Full() {
		c.Skip()
		f.Value.Broken = true
		return nil
	}
	if c.foreign(f, v, t) {
		f.Value.Broken = true
		return nil
	}
	message, meant := c.shapes.unknownKey(f, t)
	c.AtUnknownKey(f.Value, "%s", message)
	if len(meant) == 1 && v.Get(meant[0]) == nil {
		f.Key = meant[0]
		return c.shapes.Of(t).Types[f.Key]
	}
	if len(meant) > 0 {
		v.Lose(meant...)
	}
	f.Value.Broken = true
	return nil
}

func (c *typeChecker) list(v *yamltree.Value, t reflect.Type) {
	if t.Elem() == typeEnvVar && v.Kind == yamltree.Object && !c.inPod {
		c.variables(v)
	}
	if v.Kind != yamltree.List {
		c.instead(v, "a list", listHint(v, t.Elem()))
		return
	}
	for _, item := range v.Items {
		c.element(item, t.Elem())
	}
}

func (c *typeChecker) integer(v *yamltree.Value, t reflect.Type) {
	if problem := octalProblem(v); problem != "" {
		c.fail(v, "%s", problem)
		return
	}
	if _, err := strconv.ParseInt(v.Text, 0, 64); err == nil && v.Kind == yamltree.String {
		c.fail(v, "found %s where a whole number is wanted: write it without quotes, as %s: %s", v.Describe(), v.Key(), v.Text)
		return
	}
	if !c.want(v, yamltree.Number, "a whole number") {
		return
	}
	bits := t.Bits()
	if _, err := strconv.ParseInt(v.JSON, 10, bits); err != nil {
		c.fail(v, "found %s where a whole number of %d bits is wanted", v.Describe(), bits)
	}
}

func (c *typeChecker) number(v *yamltree.Value, t reflect.Type) {
	if !c.want(v, yamltree.Number, "a number, as 2 or 1.5,") {
		return
	}
	if _, err := strconv.ParseFloat(v.JSON, t.Bits()); err != nil {
		c.fail(v, "%s is too large for a number", wording.Bare(v.Text))
	}
}

func (c *typeChecker) intOrString(v *yamltree.Value) {
	if v.Kind == yamltree.String {
		return
	}
	if c.want(v, yamltree.Number, "a whole number or a string") {
		if _, err := strconv.ParseInt(v.JSON, 10, 32); err != nil {
			c.fail(v, "found %s where a whole number or a string is wanted", v.Describe())
		}
	}
}

func (c *typeChecker) podSettings(v *yamltree.Value) {
	if v.Kind == yamltree.Null {
		return
	}
	c.inPod = true
	c.kinds(v, typePodSpec)
	c.inPod = false
}

// unmarshaler asks the type itself, which is how metav1.Time and whatever comes with later versions is held to its rules.
func (c *typeChecker) unmarshaler(v *yamltree.Value, t reflect.Type) {
	if err := json.Unmarshal(v.AppendJSON(nil, false), reflect.New(t).Interface()); err != nil {
		c.fail(v, "found %s, which does not fit: %s", v.Describe(), wording.Bare(fmt.Sprint(err)))
	}
}
