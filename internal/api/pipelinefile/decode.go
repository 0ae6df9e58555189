package pipelinefile

import (
	"bytes"
	"errors"
	"strings"

	corev1 "k8s.io/api/core/v1"
	kjson "sigs.k8s.io/json"

	"github.com/stepherd/stepherd/internal/api/parameters"
	"github.com/stepherd/stepherd/internal/api/typecheck"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/validate"
	"github.com/stepherd/stepherd/internal/api/warnings"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/api/zenml"
)

// Decode reads a pipeline file (YAML or JSON, one document), strictly, applies SetDefaults and Validate, and gives
// all problems at once as *Problems. file is the name that errors show. The ZenML form of settings is
// normalized: nothing after Decode knows that it existed. All parameters have a value in the pipeline's Arguments.
func Decode(file string, data []byte) (*v1alpha1.Pipeline, error) {
	data, err := yamltree.CheckBytes(file, data)
	if err != nil {
		return nil, err
	}
	if p := decodeJSON(data); p != nil {
		return p, nil
	}
	c := yamltree.Collector{Text: data}
	p, _ := decodeTree(data, Options{}, &c)
	if c.Count() > 0 {
		return nil, c.Problems(file)
	}
	return p, nil
}

// Options are what a reader knows beyond the file.
type Options struct {
	// Given are values of parameters from outside the file, which win over the file's arguments.
	Given []parameters.Given
	// Problems were found where the values are from. They are told with those of the file.
	Problems []yamltree.Problem
	// Partial: parameters without a value are warned about, and what needs their values is not checked.
	Partial bool
}

// Reading is a pipeline, with the warnings about its file.
type Reading struct {
	Pipeline *v1alpha1.Pipeline
	// Warnings are sentences about what is allowed but probably not meant, as `file:line:column: path: message`.
	Warnings []string
	// Namespace and Context are those that the file names for the run; nil if it names none.
	Namespace, Context *zenml.Said
}

// Read is Decode for people: it gives warnings, too.
func Read(file string, data []byte, o Options) (Reading, error) {
	data, err := yamltree.CheckBytes(file, data)
	if err != nil {
		return Reading{}, err
	}
	c := yamltree.Collector{Text: data}
	p, t := decodeTree(data, o, &c)
	if c.Count() > 0 {
		return Reading{}, c.Problems(file)
	}
	warnings.Collect(p, t.root, &c)
	return Reading{
		Pipeline: p, Warnings: c.Warnings(file),
		Namespace: t.places.Said(t.places.Namespace, file), Context: t.places.Said(t.places.Context, file),
	}, nil
}

// decodeJSON is the short way for JSON without any problem, such as the plan that a driver reads: no tree is made, which
// for 10,000 steps would be most of the driver's memory. It returns nil for everything else, and then the tree tells what
// is wrong and where.
func decodeJSON(data []byte) *v1alpha1.Pipeline {
	if trimmed := bytes.TrimLeft(data, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return nil
	}
	scan := scanJSON(data)
	if scan.odd || validate.HasEmptyText(data) {
		return nil
	}
	p := &v1alpha1.Pipeline{}
	strict, err := kjson.UnmarshalStrict(data, p)
	if err != nil || len(strict) > 0 || len(p.Steps) > v1alpha1.MaxSteps || scan.marks != markedPlaces(p) {
		return nil
	}
	if v1alpha1.Normalize(p) != nil || len(validate.Pipeline(p)) > 0 {
		return nil
	}
	var missing []string
	if p.Arguments, missing = parameters.Complete(p.Parameters, p.Arguments); len(missing) > 0 {
		return nil
	}
	return p
}

// markedPlaces counts what scanJSON counts, in the only places where it has a meaning that the Go types keep: nulls in steps'
// podSettings and in values, and expressions where the driver evaluates them or a value is data.
func markedPlaces(p *v1alpha1.Pipeline) marks {
	var m marks
	for i := range p.Parameters {
		d := &p.Parameters[i]
		m.add(scanJSON(d.Default).marks)
		m.expressions += expressions(d.Description, d.Pattern)
		for _, value := range d.Enum {
			m.add(scanJSON(value).marks)
		}
	}
	for _, value := range p.Arguments {
		m.add(scanJSON(value).marks)
	}
	m.inEnv(p.Settings.Env)
	for _, s := range yamltree.Steps(p) {
		m.nulls += scanJSON(s.Settings.PodSettings).marks.nulls
		m.expressions += expressions(s.When) + expressions(s.Command...) + expressions(s.Args...)
		m.inEnv(s.Settings.Env)
	}
	return m
}

func (m *marks) add(other marks) {
	m.nulls += other.nulls
	m.elements += other.elements
	m.expressions += other.expressions
}

func (m *marks) inEnv(env []corev1.EnvVar) {
	for i := range env {
		m.expressions += expressions(env[i].Value)
	}
}

func expressions(texts ...string) int {
	n := 0
	for _, text := range texts {
		n += strings.Count(text, "${{")
	}
	return n
}

// tree is a file with the place of every value.
type tree struct {
	root   *yamltree.Value
	places zenml.Places
}

// decodeTree reads by way of a tree, in which every value has its place.
func decodeTree(data []byte, o Options, c *yamltree.Collector) (*v1alpha1.Pipeline, *tree) {
	for _, problem := range o.Problems {
		c.Add(problem)
	}
	var root *yamltree.Value
	if yamltree.LooksLikeJSON(data) {
		root = yamltree.ReadJSON(data, c)
	} else {
		root = yamltree.ReadYAML(data, c)
	}
	if root == nil || !checkHead(root, c) {
		return nil, nil
	}
	known := typecheck.Shapes{}
	said := zenml.Normalize(root, known, c)
	keepStepNulls(root)
	r := resolver{Collector: c, root: root, shapes: known, options: o}
	typecheck.Check(root, known, r.resolve, c)
	if !yamltree.LooksLikeJSON(data) {
		typecheck.CheckModes(root, c)
	}
	p, err := pipelineOf(root)
	if err != nil {
		if c.Count() == 0 {
			c.Add(yamltree.Problem{Message: err.Error()})
		}
		return nil, nil
	}
	validate.Tree(p, root, c)
	r.reportMissing(p)
	p.Arguments = r.values
	return p, &tree{root, said}
}

// pipelineOf decodes the tree, without what is broken.
func pipelineOf(root *yamltree.Value) (*v1alpha1.Pipeline, error) {
	p := &v1alpha1.Pipeline{}
	strict, err := kjson.UnmarshalStrict(root.AppendJSON(nil, false), p)
	if err := errors.Join(append(strict, err)...); err != nil {
		return nil, err
	}
	return p, v1alpha1.Normalize(p)
}

// checkHead refuses what is no pipeline at all: what else is wrong with a list, or with 50,000 steps, is of no use.
func checkHead(root *yamltree.Value, c *yamltree.Collector) bool {
	if root.Kind != yamltree.Object {
		c.AtValue(root, "found %s where a pipeline is wanted, a mapping that begins with apiVersion: %s", root.Describe(), v1alpha1.APIVersion)
		return false
	}
	steps, last := root.Get("steps"), root.Get("finally")
	if n := items(steps) + items(last); n > v1alpha1.MaxSteps {
		if steps == nil {
			steps = last
		}
		c.AtValue(steps, "%d steps are more than the %d that a pipeline may have: split it into several pipelines", n, v1alpha1.MaxSteps)
		return false
	}
	return true
}

func items(list *yamltree.Value) int {
	if list == nil {
		return 0
	}
	return len(list.Items)
}

// keepStepNulls marks where a null takes something of the pipeline's away.
func keepStepNulls(root *yamltree.Value) {
	for _, key := range stepLists {
		list := root.Get(key)
		if list == nil {
			continue
		}
		for _, step := range list.Items {
			if pod := step.Get("settings").Get("podSettings"); pod != nil {
				pod.KeepNulls = true
			}
		}
	}
}
