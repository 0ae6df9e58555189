package typecheck

import (
	"fmt"
	"reflect"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// text holds a value to a string. A number or boolean is taken for the string that was meant; except where any of them may stand,
// it is reported first.
func (c *typeChecker) text(v *yamltree.Value) {
	switch {
	case v.Kind == yamltree.Number || v.Kind == yamltree.Bool:
		if !c.anywhere || !v.AsWritten() {
			c.AtValue(v, "found %s where a string is wanted: put it in quotes: %q", v.Describe(), wording.Cut(v.Text, wording.MaxShown))
		}
		v.Kind = yamltree.String
	case v.Date && c.anywhere:
		c.AtValue(v, "found the date %s where a string is wanted: put it in quotes: %q", wording.Bare(v.Text), wording.Cut(v.Text, wording.MaxShown))
		v.Date = false
	case v.Kind == yamltree.Object && v.Key() == "script":
		c.instead(v, "a string", scriptOfMapping(v))
	default:
		c.want(v, yamltree.String, "a string")
	}
}

// variables turns an env that is a mapping into the list that it stands for.
func (c *typeChecker) variables(v *yamltree.Value) {
	for _, f := range v.Fields {
		inner := f.Value
		switch {
		case inner.Broken:
		case inner.Kind == yamltree.Null:
			c.fail(inner, `the variable has no value: write "" for an empty text`)
		case inner.Kind == yamltree.List:
			c.fail(inner, "found a list where the text of a variable is wanted")
		case inner.Kind == yamltree.Object && inner.Get("name") != nil:
			c.fail(inner, "the key is the name of the variable: remove name, or write env as a list: [{name: ..., value: ...}]")
		case inner.Kind == yamltree.Object && len(inner.Fields) == 1 && jsonField(reflect.TypeFor[corev1.EnvVarSource](), inner.Fields[0].Key):
			c.fail(inner, "found %s where the text of a variable or valueFrom is wanted: write {valueFrom: %s}", wording.Quote(inner.Fields[0].Key), yamltree.OrForm(yamltree.Flow(inner), "{...}"))
		}
	}
	v.ToList("name", "value")
}

// value holds a value of a parameter to what JSON has, and refuses what people and YAML read otherwise. Of what type it must be is
// validate's subject.
func (c *typeChecker) value(v *yamltree.Value) {
	v.KeepNulls = true
	switch v.Kind {
	case yamltree.Number:
		c.numberValue(v)
	case yamltree.Bool:
		if !v.AsWritten() {
			c.fail(v, "%s is the boolean %s to some readers of YAML, and a text to others: write %s, or put it in quotes", wording.Bare(v.Text), v.JSON, v.JSON)
		}
	case yamltree.List:
		for _, item := range v.Items {
			c.value(item)
		}
	case yamltree.Object:
		for _, f := range v.Fields {
			c.value(f.Value)
		}
	case yamltree.Null, yamltree.String:
	}
}

func (c *typeChecker) numberValue(v *yamltree.Value) {
	if v.JSON == "" {
		c.fail(v, "%s is no number that a value can be", wording.Quote(v.Text))
		return
	}
	if _, err := strconv.ParseFloat(v.JSON, 64); err != nil {
		c.fail(v, "%s is too large for a number", wording.Quote(v.Text))
		return
	}
	if !v.AsWritten() {
		c.fail(v, "%s is the number %s to YAML: write %s if that is meant, or put it in quotes", wording.Quote(v.Text), wording.Bare(v.JSON), wording.Bare(v.JSON))
	}
}

// CheckValues holds the values of a mapping to what values of parameters can be.
func CheckValues(v *yamltree.Value, c *yamltree.Collector) {
	checker := typeChecker{Collector: c}
	for _, f := range v.Fields {
		checker.field(&f, typeValue, typeValue)
	}
}

// scriptOfMapping is what to write for a script as Argo Workflows has it: a mapping of image, command and source.
func scriptOfMapping(v *yamltree.Value) string {
	const form = `write script: "...", and settings: {image: ...}`
	source := v.Get("source")
	if source == nil || source.Kind != yamltree.String {
		return form
	}
	text := "write script: " + wording.FlowText(source.Text)
	if command := v.Get("command"); command != nil && command.Kind == yamltree.List && len(command.Items) > 0 {
		text += ", shell: " + shellOf(command.Items[0].Text)
	}
	if image := v.Get("image"); image != nil {
		text += fmt.Sprintf(", settings: {image: %s}", yamltree.Flow(image))
	}
	return wording.OrForm(text, form)
}

// shells are the options by which programs run the text of their next argument.
var shells = map[string]string{
	"sh": "[sh, -ec]", "bash": "[bash, -ec]", "zsh": "[zsh, -ec]", "python": "[python, -c]", "python3": "[python3, -c]", "node": "[node, -e]", "perl": "[perl, -e]", "ruby": "[ruby, -e]",
}

// shellOf is a shell for the program of a name.
func shellOf(program string) string {
	if shell := shells[program]; shell != "" {
		return shell
	}
	return "[" + wording.FlowText(program) + ", -c]"
}
