package generate

import (
	"fmt"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/reference"
)

// Scalars and open types: what reflection cannot see, because they read themselves from JSON.
var (
	typeDuration = reflect.TypeFor[v1alpha1.Duration]()
	typeQuantity = reflect.TypeFor[resource.Quantity]()
	typeValue    = reflect.TypeFor[v1alpha1.Value]()
	typeEnvVar   = reflect.TypeFor[corev1.EnvVar]()

	// openTypes are objects of Kubernetes that are not spelled out; by type, the argument of kubectl explain.
	openTypes = map[reflect.Type]string{
		reflect.TypeFor[v1alpha1.PodSettings](): "pod.spec",
		reflect.TypeFor[corev1.VolumeSource]():  "pod.spec.volumes",
	}
	// explained are objects of Kubernetes that are.
	explained = map[reflect.Type]string{
		typeEnvVar:                              "pod.spec.containers.env",
		reflect.TypeFor[corev1.EnvFromSource](): "pod.spec.containers.envFrom",
	}
	// kubernetesDocs are texts for types of Kubernetes that are open or scalar.
	kubernetesDocs = map[reflect.Type]string{
		reflect.TypeFor[corev1.VolumeSource](): "The source of a volume of Kubernetes: one key, as persistentVolumeClaim, with what belongs to it.",
		typeQuantity:                           "An amount of a resource, as Kubernetes writes it: 500m, 2, 16Gi.",
	}
)

const (
	// durationPattern is Go's syntax of a duration above or equal to zero.
	durationPattern = `^\+?([0-9]+(\.[0-9]*)?(ns|us|µs|μs|ms|s|m|h))+$`
	// quantityPattern is that of resource.ParseQuantity.
	quantityPattern = `^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?\s*$`
)

// zenmlKeys are keys of objects that no Go type has, because they are rewritten before the types see them.
var zenmlKeys = map[string][]reference.Field{
	"Settings": {{
		Name: "orchestrator.kubernetes", Type: zenmlSettings, KeyPattern: "^orchestrator(:.*)?$",
		Doc: "Settings of ZenML's Kubernetes orchestrator, which are translated; docs/ZENML.md lists them. The keys `orchestrator` and `orchestrator:NAME` mean the same.",
	}},
	"Resources": {
		{Name: "cpu_count", Type: "number", Doc: "ZenML's name of `cpu`."},
		{Name: "gpu_count", Type: "integer", Doc: "ZenML's name of `gpu`."},
	},
}

// zenmlSettings is the name of an open type.
const zenmlSettings = "ZenMLSettings"

// generator collects types in the order in which they are met.
type generator struct {
	comments *comments
	seen     map[reflect.Type]bool
	out      reference.Reference
}

// Build makes the reference from the types of v1alpha1, whose source is in folder.
func Build(folder string) (*reference.Reference, error) {
	texts, err := readComments(folder)
	if err != nil {
		return nil, err
	}
	g := &generator{comments: texts, seen: map[reflect.Type]bool{}}
	if _, err := g.name(reflect.TypeFor[v1alpha1.Pipeline]()); err != nil {
		return nil, err
	}
	return &g.out, nil
}

// name returns what a type is called in the reference, and adds it and what is below it.
func (g *generator) name(t reflect.Type) (string, error) {
	if t.Kind() == reflect.Pointer {
		return g.name(t.Elem())
	}
	switch {
	case t == typeValue:
		return "any", nil
	case t == typeDuration, t == typeQuantity, openTypes[t] != "":
		return g.scalar(t), nil
	}
	switch t.Kind() {
	case reflect.Slice:
		element, err := g.name(t.Elem())
		return "[]" + element, err
	case reflect.Map:
		element, err := g.name(t.Elem())
		return "map[string]" + element, err
	case reflect.Struct:
		return t.Name(), g.object(t)
	case reflect.String:
		return g.text(t), nil
	case reflect.Bool:
		return "boolean", nil
	case reflect.Int32, reflect.Int64:
		return "integer", nil
	case reflect.Float64:
		return "number", nil
	default:
		return "", fmt.Errorf("the type %s has no name in the reference", t)
	}
}

// scalar adds a type that is no object to us.
func (g *generator) scalar(t reflect.Type) string {
	if g.seen[t] {
		return t.Name()
	}
	g.seen[t] = true
	out := reference.Type{Name: t.Name(), Doc: kubernetesDocs[t], Kubectl: openTypes[t], Open: openTypes[t] != "", Ours: t != reflect.TypeFor[corev1.VolumeSource]()}
	if c, ours := g.comments.of[t.Name()]; ours && out.Doc == "" {
		out.Doc = c.text
	}
	switch t {
	case typeDuration:
		out.Pattern = durationPattern
	case typeQuantity:
		out.Pattern, out.Scalars = quantityPattern, true
	}
	g.out.Types = append(g.out.Types, out)
	return out.Name
}

// text adds a type of texts, if it has few words; of others, Kubernetes' too, it is a string.
func (g *generator) text(t reflect.Type) string {
	words := g.comments.words[t.Name()]
	if t.PkgPath() != reflect.TypeFor[v1alpha1.Pipeline]().PkgPath() || len(words) == 0 {
		return "string"
	}
	if !g.seen[t] {
		g.seen[t] = true
		g.out.Types = append(g.out.Types, reference.Type{Name: t.Name(), Doc: g.comments.of[t.Name()].text, Words: words, Ours: true})
	}
	return t.Name()
}

// object adds a type with its fields. Its place is in front of what its fields hold.
func (g *generator) object(t reflect.Type) error {
	if g.seen[t] {
		return nil
	}
	g.seen[t] = true
	ours := t.PkgPath() == reflect.TypeFor[v1alpha1.Pipeline]().PkgPath()
	out := reference.Type{Name: t.Name(), Ours: ours, Kubectl: explained[t]}
	if ours {
		out.Doc, out.Facts = g.comments.of[t.Name()].text, g.comments.of[t.Name()].facts
	} else {
		out.Doc = swaggerDoc(t)[""]
	}
	at := len(g.out.Types)
	g.out.Types = append(g.out.Types, out)
	fields, err := g.fields(t, ours)
	fields = append(fields, zenmlKeys[t.Name()]...)
	g.out.Types[at].Fields = fields
	if t == typeEnvVar {
		g.out.Types = append(g.out.Types, envValue(fields))
	}
	if t == reflect.TypeFor[v1alpha1.Settings]() {
		g.out.Types = append(g.out.Types, reference.Type{Name: zenmlSettings, Doc: "Settings in ZenML's words, which docs/ZENML.md lists.", Open: true, Ours: true})
	}
	return err
}

func (g *generator) fields(t reflect.Type, ours bool) ([]reference.Field, error) {
	var out []reference.Field
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && key == "" {
			embedded, err := g.fields(f.Type, ours)
			if err != nil {
				return nil, err
			}
			out = append(out, embedded...)
			continue
		}
		name, err := g.name(f.Type)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name(), f.Name, err)
		}
		field := reference.Field{Name: key, Type: name, Required: !strings.HasPrefix(options, "omit")}
		if ours {
			c := g.comments.of[t.Name()+"."+f.Name]
			field.Doc, field.Facts = c.text, c.facts
		} else {
			field.Doc = swaggerDoc(t)[key]
			field.Scalars = t == typeEnvVar && key == "value"
		}
		if field.Doc == "" {
			return nil, fmt.Errorf("%s.%s has no comment, which is its text in the reference", t.Name(), f.Name)
		}
		out = append(out, field)
	}
	return out, nil
}

// envValue is the type of a variable in a mapping, where its name is the key: that of an element of the list without the name.
func envValue(ofEnvVar []reference.Field) reference.Type {
	out := reference.Type{
		Name: "EnvValue", Doc: "The text of a variable, or a mapping that says where it comes from: `{valueFrom: {secretKeyRef: {name: token, key: value}}}`.", Ours: true,
		Facts: reference.Facts{Alternative: "string", Scalars: true},
	}
	for _, f := range ofEnvVar {
		if f.Name != "name" {
			out.Fields = append(out.Fields, f)
		}
	}
	return out
}

// swaggerDoc are the texts of a type of Kubernetes, by key; "" is that of the type.
func swaggerDoc(t reflect.Type) map[string]string {
	if documented, ok := reflect.Zero(t).Interface().(interface{ SwaggerDoc() map[string]string }); ok {
		return documented.SwaggerDoc()
	}
	return nil
}
