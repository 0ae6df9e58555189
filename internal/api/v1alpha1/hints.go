package v1alpha1

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

var (
	typeStep        = reflect.TypeFor[Step]()
	typeMetadata    = reflect.TypeFor[Metadata]()
	typeEnvVar      = reflect.TypeFor[corev1.EnvVar]()
	typeEnvSource   = reflect.TypeFor[corev1.EnvFromSource]()
	typeReference   = reflect.TypeFor[corev1.LocalObjectReference]()
	typeToleration  = reflect.TypeFor[corev1.Toleration]()
	typeVolumeMount = reflect.TypeFor[corev1.VolumeMount]()
)

// listHint is what to write where a list of such elements is wanted and something else was found; empty if that is not
// clear.
func listHint(v *value, element reflect.Type) string {
	switch {
	case element.Kind() == reflect.String:
		return wordsHint(v)
	case element == typeEnvVar && v.kind == isObject:
		return "write " + v.key() + ": " + envList(v)
	case v.kind == isString:
		if hint := objectHint(v, element); hint != "" {
			return fmt.Sprintf("write %s: [%s]", v.key(), strings.TrimPrefix(hint, "write "))
		}
	case v.kind == isObject:
		return objectsHint(v, element)
	}
	return ""
}

// wordsHint is for lists of strings.
func wordsHint(v *value) string {
	switch {
	case v.kind == isNumber || v.kind == isBool:
		return fmt.Sprintf("write %s: [%q]", v.key(), cut(v.text, maxShown))
	case v.kind == isObject && v.key() == "needs":
		return asFlow("write needs: "+flowList(v.keys()), "write needs: [...]")
	case v.kind != isString:
		return ""
	case strings.TrimSpace(v.text) == "":
		return fmt.Sprintf("leave %s out, or write a list", v.key())
	case v.key() == "command":
		return commandAdvice(v.text)
	case v.key() == "args":
		return argsAdvice(v.text)
	case v.key() == "needs":
		return asFlow("write needs: "+flowList(strings.FieldsFunc(v.text, func(r rune) bool { return r == ',' || r == ' ' })), "write needs: [...]")
	}
	return asFlow(fmt.Sprintf("write %s: [%s]", v.key(), flowText(v.text)), fmt.Sprintf("write %s: [...]", v.key()))
}

// objectsHint is for lists of objects where one mapping was found: one object without its list, or objects by name.
func objectsHint(v *value, element reflect.Type) string {
	if len(v.fields) == 0 {
		return fmt.Sprintf("write %s: []", v.key())
	}
	for _, f := range v.fields {
		if f.value.kind != isObject || jsonField(element, f.key) {
			return fmt.Sprintf("write %s: [%s]", v.key(), orForm(flow(v), "{...}"))
		}
	}
	first := v.fields[0]
	item := "{name: " + flowText(cut(first.key, maxShown))
	if inner := flow(first.value); inner != "{}" {
		item += ", " + strings.TrimPrefix(strings.TrimSuffix(inner, "}"), "{")
	}
	if item += "}"; len(v.fields) > 1 {
		item += ", ..."
	}
	return fmt.Sprintf("write %s: [%s]", v.key(), item)
}

func orForm(text, form string) string {
	if text == "..." {
		return form
	}
	return text
}

func jsonField(t reflect.Type, key string) bool { return shapes{}.of(t).types[key] != nil }

// key is the key that v has by now in its mapping: a mistaken one has been put right, while name is what the user wrote.
func (v *value) key() string {
	if v.parent != nil {
		for _, f := range v.parent.fields {
			if f.value == v {
				return f.key
			}
		}
	}
	return v.name
}

func (v *value) keys() []string {
	out := make([]string, len(v.fields))
	for i, f := range v.fields {
		out[i] = f.key
	}
	return out
}

// envList is an env that was written as a mapping.
func envList(v *value) string {
	out := make([]string, 0, len(v.fields))
	for _, f := range v.fields {
		out = append(out, envItem(f.key, f.value))
	}
	return asFlow("["+strings.Join(out, ", ")+"]", "[{name: NAME, value: text}, ...]")
}

func envItem(name string, v *value) string {
	switch v.kind {
	case isNull:
		return fmt.Sprintf("{name: %s, value: \"\"}", flowText(name))
	case isBool, isNumber:
		return fmt.Sprintf("{name: %s, value: %q}", flowText(name), cut(v.text, maxShown))
	case isString:
		return fmt.Sprintf("{name: %s, value: %s}", flowText(name), flowText(cut(v.text, maxAdvice)))
	case isObject:
		if len(v.fields) == 1 && jsonField(reflect.TypeFor[corev1.EnvVarSource](), v.fields[0].key) {
			return fmt.Sprintf("{name: %s, valueFrom: %s}", flowText(name), orForm(flow(v), "{...}"))
		}
		return fmt.Sprintf("{name: %s, %s", flowText(name), strings.TrimPrefix(orForm(flow(v), "{...}"), "{"))
	case isList:
	}
	return fmt.Sprintf("{name: %s, value: text}", flowText(name))
}

// objectHint is what to write where such an object is wanted and a plain value was found; empty if that is not clear.
func objectHint(v *value, t reflect.Type) string {
	if v.kind == isList || v.kind == isObject || v.kind == isNull || len(v.text) > maxAdvice {
		return ""
	}
	if v.kind == isString {
		return textHint(v.text, t)
	}
	switch {
	case t == typeRetry.Elem() && v.kind == isNumber:
		return fmt.Sprintf("write %s: {limit: %s}", v.key(), v.text)
	case t == typeRetry.Elem():
		return fmt.Sprintf("write %s: {limit: 1}", v.key())
	case t == typeOnOOM.Elem() && v.kind == isNumber:
		return fmt.Sprintf("write %s: {memoryFactor: %s}", v.key(), v.text)
	case t == typeOnOOM.Elem() && v.json == "true":
		return fmt.Sprintf("write %s: {}", v.key())
	case t == typeBackoff.Elem() && v.kind == isNumber:
		return fmt.Sprintf("write %s: {duration: %ss}", v.key(), v.text)
	}
	return ""
}

// textHint is objectHint for texts.
func textHint(text string, t reflect.Type) string {
	word := flowText(text)
	switch t {
	case typeEnvVar:
		name, value, found := strings.Cut(text, "=")
		if !found {
			value = "text"
		}
		return fmt.Sprintf("write {name: %s, value: %s}", flowText(name), flowText(value))
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
		return fmt.Sprintf("write {name: %s, mountPath: %s}", flowText(name), flowText(at))
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
func itemsHint(v *value, element reflect.Type) string {
	out := make([]string, 0, len(v.items))
	for _, item := range v.items {
		hint := objectHint(item, element)
		if hint == "" {
			return ""
		}
		out = append(out, strings.TrimPrefix(hint, "write "))
	}
	if len(out) == 0 {
		return ""
	}
	return asFlow(fmt.Sprintf("write %s: [%s]", v.key(), strings.Join(out, ", ")), "")
}

// mapHint is what to write where a mapping of texts is wanted, as labels, and `key=value` was found.
func mapHint(v *value) string {
	items := v.items
	if v.kind == isString {
		items = []*value{v}
	}
	var out []string
	for _, item := range items {
		key, text, found := strings.Cut(item.text, "=")
		if !found {
			key, text, found = strings.Cut(item.text, ":")
		}
		if !found && item.kind == isObject && len(item.fields) == 1 {
			key, text, found = item.fields[0].key, item.fields[0].value.text, true
		}
		if !found {
			return ""
		}
		out = append(out, flowText(strings.TrimSpace(key))+": "+flowText(strings.TrimSpace(text)))
	}
	if len(out) == 0 {
		return ""
	}
	return asFlow(fmt.Sprintf("write %s: {%s}", v.key(), strings.Join(out, ", ")), fmt.Sprintf("write %s: {key: value, ...}", v.key()))
}
