package typecheck

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

var (
	typeStep        = reflect.TypeFor[v1alpha1.Step]()
	typeMetadata    = reflect.TypeFor[v1alpha1.Metadata]()
	typeEnvVar      = reflect.TypeFor[corev1.EnvVar]()
	typeEnvSource   = reflect.TypeFor[corev1.EnvFromSource]()
	typeReference   = reflect.TypeFor[corev1.LocalObjectReference]()
	typeToleration  = reflect.TypeFor[corev1.Toleration]()
	typeVolumeMount = reflect.TypeFor[corev1.VolumeMount]()
)

// listHint is what to write where a list of such elements is wanted and something else was found; empty if that is not
// clear.
func listHint(v *yamltree.Value, element reflect.Type) string {
	switch {
	case element.Kind() == reflect.String:
		return wordsHint(v)
	case element == typeEnvVar && v.Kind == yamltree.Object:
		return "write " + v.Key() + ": " + envList(v)
	case element == typeParameter && v.Kind == yamltree.Object && len(v.Fields) > 0:
		return declaredHint(v, "default")
	case element == typeResult && v.Kind == yamltree.Object && len(v.Fields) > 0:
		return declaredHint(v, "type")
	case v.Kind == yamltree.String:
		if hint := objectHint(v, element); hint != "" {
			return fmt.Sprintf("write %s: [%s]", v.Key(), strings.TrimPrefix(hint, "write "))
		}
	case v.Kind == yamltree.Object:
		return objectsHint(v, element)
	}
	return ""
}

// wordsHint is for lists of strings.
func wordsHint(v *yamltree.Value) string {
	switch {
	case v.Kind == yamltree.Number || v.Kind == yamltree.Bool:
		return fmt.Sprintf("write %s: [%q]", v.Key(), wording.Cut(v.Text, wording.MaxShown))
	case v.Kind == yamltree.Object && v.Key() == "needs":
		return wording.OrForm("write needs: "+wording.FlowList(v.Keys()), "write needs: [...]")
	case v.Kind != yamltree.String:
		return ""
	case strings.TrimSpace(v.Text) == "":
		return fmt.Sprintf("leave %s out, or write a list", v.Key())
	case v.Key() == "command":
		return wording.CommandAdvice(v.Text)
	case v.Key() == "args":
		return wording.ArgsAdvice(v.Text)
	case v.Key() == "shell" && shells[v.Text] != "":
		return "write shell: " + shells[v.Text]
	case v.Key() == "needs":
		return wording.OrForm("write needs: "+wording.FlowList(strings.FieldsFunc(v.Text, func(r rune) bool { return r == ',' || r == ' ' })), "write needs: [...]")
	}
	return wording.OrForm(fmt.Sprintf("write %s: [%s]", v.Key(), wording.FlowText(v.Text)), fmt.Sprintf("write %s: [...]", v.Key()))
}

// objectsHint is for lists of objects where one mapping was found: one object without its list, or objects by name.
func objectsHint(v *yamltree.Value, element reflect.Type) string {
	if len(v.Fields) == 0 {
		return fmt.Sprintf("write %s: []", v.Key())
	}
	for _, f := range v.Fields {
		if f.Value.Kind != yamltree.Object || jsonField(element, f.Key) {
			return fmt.Sprintf("write %s: [%s]", v.Key(), yamltree.OrForm(yamltree.Flow(v), "{...}"))
		}
	}
	first := v.Fields[0]
	item := "{name: " + wording.FlowText(wording.Cut(first.Key, wording.MaxShown))
	if inner := yamltree.Flow(first.Value); inner != "{}" {
		item += ", " + strings.TrimPrefix(strings.TrimSuffix(inner, "}"), "{")
	}
	if item += "}"; len(v.Fields) > 1 {
		item += ", ..."
	}
	return fmt.Sprintf("write %s: [%s]", v.Key(), item)
}

// declaredHint is a mapping of names, as a list of declarations. A plain value of the mapping belongs under the key.
func declaredHint(v *yamltree.Value, key string) string {
	out := make([]string, 0, len(v.Fields))
	for _, f := range v.Fields {
		item := "{name: " + wording.FlowText(wording.Cut(f.Key, wording.MaxShown))
		switch inner := yamltree.Flow(f.Value); {
		case f.Value.Kind == yamltree.Object && inner != "{}":
			item += ", " + strings.TrimPrefix(strings.TrimSuffix(inner, "}"), "{")
		case key == "default" && f.Value.Kind == yamltree.Number:
			item += ", type: number, default: " + inner
		case key == "default" && f.Value.Kind == yamltree.Bool:
			item += ", type: boolean, default: " + inner
		case f.Value.Kind != yamltree.Null && f.Value.Kind != yamltree.Object:
			item += ", " + key + ": " + inner
		}
		out = append(out, item+"}")
	}
	return wording.OrForm(fmt.Sprintf("write %s: [%s]", v.Key(), strings.Join(out, ", ")), fmt.Sprintf("write %s: [{name: NAME, type: string}, ...]", v.Key()))
}

// argumentsHint is a list of names and values, as other tools have it, as a mapping; empty if it is none.
func argumentsHint(v *yamltree.Value) string {
	out := make([]string, 0, len(v.Items))
	for _, item := range v.Items {
		name, value := item.Get("name"), item.Get("value")
		if name == nil || value == nil {
			return ""
		}
		out = append(out, wording.FlowText(wording.Cut(name.Text, wording.MaxShown))+": "+yamltree.Flow(value))
	}
	if len(out) == 0 {
		return ""
	}
	return wording.OrForm(fmt.Sprintf("write %s: {%s}", v.Key(), strings.Join(out, ", ")), fmt.Sprintf("write %s: {NAME: value, ...}", v.Key()))
}

func jsonField(t reflect.Type, key string) bool { return Shapes{}.Of(t).Types[key] != nil }

// envList is an env that was written as a mapping.
func envList(v *yamltree.Value) string {
	out := make([]string, 0, len(v.Fields))
	for _, f := range v.Fields {
		out = append(out, envItem(f.Key, f.Value))
	}
	return wording.OrForm("["+strings.Join(out, ", ")+"]", "[{name: NAME, value: text}, ...]")
}

func envItem(name string, v *yamltree.Value) string {
	switch v.Kind {
	case yamltree.Null:
		return fmt.Sprintf("{name: %s, value: \"\"}", wording.FlowText(name))
	case yamltree.Bool, yamltree.Number:
		return fmt.Sprintf("{name: %s, value: %q}", wording.FlowText(name), wording.Cut(v.Text, wording.MaxShown))
	case yamltree.String:
		return fmt.Sprintf("{name: %s, value: %s}", wording.FlowText(name), wording.FlowText(wording.Cut(v.Text, wording.MaxAdvice)))
	case yamltree.Object:
		if len(v.Fields) == 1 && jsonField(reflect.TypeFor[corev1.EnvVarSource](), v.Fields[0].Key) {
			return fmt.Sprintf("{name: %s, valueFrom: %s}", wording.FlowText(name), yamltree.OrForm(yamltree.Flow(v), "{...}"))
		}
		return fmt.Sprintf("{name: %s, %s", wording.FlowText(name), strings.TrimPrefix(yamltree.OrForm(yamltree.Flow(v), "{...}"), "{"))
	case yamltree.List:
	}
	return fmt.Sprintf("{name: %s, value: text}", wording.FlowText(name))
}

// objectHint is what to write where such an object is wanted and a plain value was found; empty if that is not clear.
func objectHint(v *yamltree.Value, t reflect.Type) string {
	if v.Kind == yamltree.List || v.Kind == yamltree.Object || v.Kind == yamltree.Null || len(v.Text) > wording.MaxAdvice {
		return ""
	}
	if v.Kind == yamltree.String {
		return textHint(v.Text, t)
	}
	switch {
	case t == typeRetry.Elem() && v.Kind == yamltree.Number:
		return fmt.Sprintf("write %s: {limit: %s}", v.Key(), v.Text)
	case t == typeRetry.Elem():
		return fmt.Sprintf("write %s: {limit: 1}", v.Key())
	case t == typeOnOOM.Elem() && v.Kind == yamltree.Number:
		return fmt.Sprintf("write %s: {memoryFactor: %s}", v.Key(), v.Text)
	case t == typeOnOOM.Elem() && v.JSON == "true":
		return fmt.Sprintf("write %s: {}", v.Key())
	case t == typeBackoff.Elem() && v.Kind == yamltree.Number:
		return fmt.Sprintf("write %s: {duration: %ss}", v.Key(), v.Text)
	}
	return ""
}

// textHint is objectHint for texts.
func textHint(text string, t reflect.Type) string {
	word := wording.FlowText(text)
	switch t {
	case typeEnvVar:
		name, value, found := strings.Cut(text, "=")
		if !found {
			value = "text"
		}
		return fmt.Sprintf("write {name: %s, value: %s}", wording.FlowText(name), wording.FlowText(value))
	case typeEnvSource:
		return fmt.Sprintf("write {secretRef: {name: %s}}", word)
	case typeReference:
		return fmt.Sprintf("write {name: %s}", word)
	case typeToleration:
		return fmt.Sprintf("write {key: %s, operator: Exists}", word)
	case typeVolumeMount:
		name, at, found := strings.Cut(text, ":")
		if !found {
			at = "/" + name
		}
		return fmt.Sprintf("write {name: %s, mountPath: %s}", wording.FlowText(name), wording.FlowText(at))
	case typeParameter, typeResult:
		name, value, found := strings.Cut(text, "=")
		if found {
			return fmt.Sprintf("write {name: %s, default: %s}", wording.FlowText(name), wording.FlowText(value))
		}
		return fmt.Sprintf("write {name: %s, type: string}", word)
	case typeStep:
		return fmt.Sprintf("write {name: %s, command: [...]}", word)
	case typeMetadata:
		return fmt.Sprintf("write metadata: {name: %s}", word)
	case typeRetry.Elem():
		if _, err := strconv.Atoi(text); err != nil {
			text = "1"
		}
		return fmt.Sprintf("write retry: {limit: %s}, or leave it out for no further attempts", text)
	case typeBackoff.Elem():
		return fmt.Sprintf("write backoff: {duration: %s}", word)
	}
	return ""
}

// itemsHint is what to write for a list of texts where one of objects is wanted; empty for any other list.
func itemsHint(v *yamltree.Value, element reflect.Type) string {
	out := make([]string, 0, len(v.Items))
	for _, item := range v.Items {
		hint := objectHint(item, element)
		if hint == "" {
			return ""
		}
		out = append(out, strings.TrimPrefix(hint, "write "))
	}
	if len(out) == 0 {
		return ""
	}
	return wording.OrForm(fmt.Sprintf("write %s: [%s]", v.Key(), strings.Join(out, ", ")), "")
}

// mapHint is what to write where a mapping of texts is wanted, as labels, and `key=value` was found.
func mapHint(v *yamltree.Value) string {
	if hint := argumentsHint(v); hint != "" {
		return hint
	}
	items := v.Items
	if v.Kind == yamltree.String {
		items = []*yamltree.Value{v}
	}
	var out []string
	for _, item := range items {
		key, text, found := strings.Cut(item.Text, "=")
		if !found {
			key, text, found = strings.Cut(item.Text, ":")
		}
		if !found && item.Kind == yamltree.Object && len(item.Fields) == 1 {
			key, text, found = item.Fields[0].Key, item.Fields[0].Value.Text, true
		}
		if !found {
			return ""
		}
		out = append(out, wording.FlowText(strings.TrimSpace(key))+": "+wording.FlowText(strings.TrimSpace(text)))
	}
	if len(out) == 0 {
		return ""
	}
	return wording.OrForm(fmt.Sprintf("write %s: {%s}", v.Key(), strings.Join(out, ", ")), fmt.Sprintf("write %s: {key: value, ...}", v.Key()))
}
