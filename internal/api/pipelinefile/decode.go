package pipelinefile

import (
	"bytes"
	"errors"

	kjson "sigs.k8s.io/json"

	"github.com/stepherd/stepherd/internal/api/typecheck"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/validate"
	"github.com/stepherd/stepherd/internal/api/warnings"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/api/zenml"
)

// Decode reads a pipeline file (YAML or JSON, one document), strictly, applies SetDefaults and Validate, and gives
// all problems at once as *Problems. file is the name that errors show. The ZenML form of settings is
// normalized: nothing after Decode knows that it existed.
func Decode(file string, data []byte) (*v1alpha1.Pipeline, error) {
	data, err := yamltree.CheckBytes(file, data)
	if err != nil {
		return nil, err
	}
	if p := decodeJSON(data); p != nil {
		return p, nil
	}
	var c yamltree.Collector
	p, _ := decodeTree(data, &c)
	if c.Count() > 0 {
		return nil, c.Problems(file)
	}
	return p, nil
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
func Read(file string, data []byte) (Reading, error) {
	data, err := yamltree.CheckBytes(file, data)
	if err != nil {
		return Reading{}, err
	}
	var c yamltree.Collector
	p, t := decodeTree(data, &c)
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
	if err != nil || len(strict) > 0 || len(p.Steps) > v1alpha1.MaxSteps || scan.nulls != stepNulls(p) {
		return nil
	}
	if v1alpha1.Normalize(p) != nil || len(validate.Pipeline(p)) > 0 {
		return nil
	}
	return p
}

// stepNulls counts the nulls in steps' podSettings, the only place where one has a meaning.
func stepNulls(p *v1alpha1.Pipeline) int {
	nulls := 0
	for i := range p.Steps {
		nulls += scanJSON(p.Steps[i].Settings.PodSettings).nulls
	}
	return nulls
}

// tree is a file with the place of every value.
type tree struct {
	root   *yamltree.Value
	places zenml.Places
}

// decodeTree reads by way of a tree, in which every value has its place.
func decodeTree(data []byte, c *yamltree.Collector) (*v1alpha1.Pipeline, *tree) {
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
	typecheck.Check(root, known, c)
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
	if steps := root.Get("steps"); steps != nil && len(steps.Items) > v1alpha1.MaxSteps {
		c.AtValue(steps, "%d steps are more than the %d that a pipeline may have: split it into several pipelines", len(steps.Items), v1alpha1.MaxSteps)
		return false
	}
	return true
}

// keepStepNulls marks where a null takes something of the pipeline's away.
func keepStepNulls(root *yamltree.Value) {
	steps := root.Get("steps")
	if steps == nil {
		return
	}
	for _, step := range steps.Items {
		if pod := step.Get("settings").Get("podSettings"); pod != nil {
			pod.KeepNulls = true
		}
	}
}
