package v1alpha1

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	kjson "sigs.k8s.io/json"
)

// MaxFileBytes is the largest pipeline file that Decode reads.
const MaxFileBytes = 16 << 20

// Decode reads a pipeline file (YAML or JSON, one document), strictly, applies SetDefaults and Validate, and gives
// all problems at once as *Problems. file is the name that errors show. The ZenML form of settings is
// normalised: nothing after Decode knows that it existed.
func Decode(file string, data []byte) (*Pipeline, error) {
	data, err := checkBytes(file, data)
	if err != nil {
		return nil, err
	}
	if p := decodeJSON(data); p != nil {
		return p, nil
	}
	var c collector
	p, _ := decodeTree(data, &c)
	if c.found() {
		return nil, c.problems(file)
	}
	return p, nil
}

// Reading is a pipeline and what its author is to be told about its file.
type Reading struct {
	Pipeline *Pipeline
	// Warnings are sentences about what is allowed but probably not meant, as `file:line:column: path: message`.
	Warnings []string
	// Namespace and Context are where the file says that the run belongs; nil where it says nothing.
	Namespace, Context *Said
}

// Read is Decode for people: it gives warnings, too.
func Read(file string, data []byte) (Reading, error) {
	data, err := checkBytes(file, data)
	if err != nil {
		return Reading{}, err
	}
	var c collector
	p, t := decodeTree(data, &c)
	if c.found() {
		return Reading{}, c.problems(file)
	}
	w := &warner{collector: &c, tree: t.root, seen: map[string]bool{}}
	w.pipeline(p)
	return Reading{
		Pipeline: p, Warnings: c.warnings(file),
		Namespace: t.places.said(t.places.namespace, file), Context: t.places.said(t.places.context, file),
	}, nil
}

// checkBytes refuses what is no text, and takes a byte order mark away.
func checkBytes(file string, data []byte) ([]byte, error) {
	for _, check := range []func([]byte) *Problem{checkSize, checkUTF8} {
		if p := check(data); p != nil {
			return nil, &Problems{File: file, List: []Problem{*p}}
		}
	}
	return bytes.TrimPrefix(data, byteOrderMark), nil
}

// decodeJSON is the short way for JSON without any problem, such as the plan that a driver reads: no tree is made, which
// for 10,000 steps would be most of the driver's memory. It gives nil for everything else, and then the tree says what
// is wrong and where.
func decodeJSON(data []byte) *Pipeline {
	if trimmed := bytes.TrimLeft(data, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return nil
	}
	scan := scanJSON(data)
	if scan.odd || emptyTexts.Match(data) {
		return nil
	}
	p := &Pipeline{}
	strict, err := kjson.UnmarshalStrict(data, p)
	if err != nil || len(strict) > 0 || len(p.Steps) > MaxSteps || scan.nulls != stepNulls(p) {
		return nil
	}
	if finish(p) != nil || len(Validate(p)) > 0 {
		return nil
	}
	return p
}

// stepNulls counts the nulls in steps' podSettings, the only place where one has a meaning.
func stepNulls(p *Pipeline) int {
	nulls := 0
	for i := range p.Steps {
		nulls += scanJSON(p.Steps[i].Settings.PodSettings).nulls
	}
	return nulls
}

// tree is a file with the place of every value.
type tree struct {
	root   *value
	places places
}

// decodeTree reads by way of a tree, in which every value has its place.
func decodeTree(data []byte, c *collector) (*Pipeline, *tree) {
	var root *value
	if looksLikeJSON(data) {
		root = readJSON(data, c)
	} else {
		root = readYAML(data, c)
	}
	if root == nil || !checkHead(root, c) {
		return nil, nil
	}
	known := shapes{}
	z := &zenml{collector: c, shapes: known, root: root}
	z.normalise()
	keepStepNulls(root)
	(&typeChecker{collector: c, shapes: known}).check(root, typePipeline)
	if !looksLikeJSON(data) {
		c.writtenModes(root)
	}
	p, err := root.pipeline()
	if err != nil {
		if !c.found() {
			c.add(Problem{Message: err.Error()})
		}
		return nil, nil
	}
	v := &validator{collector: c, tree: root}
	v.pipeline(p)
	return p, &tree{root, z.places}
}

// pipeline decodes the tree, without what is broken.
func (v *value) pipeline() (*Pipeline, error) {
	p := &Pipeline{}
	strict, err := kjson.UnmarshalStrict(v.appendJSON(nil, false), p)
	if err := errors.Join(append(strict, err)...); err != nil {
		return nil, err
	}
	return p, finish(p)
}

// checkHead refuses what is no pipeline at all: what else is wrong with a list, or with 50,000 steps, is of no use.
func checkHead(root *value, c *collector) bool {
	if root.kind != isObject {
		c.atValue(root, "found %s where a pipeline is wanted, a mapping that begins with apiVersion: %s", root.describe(), APIVersion)
		return false
	}
	if steps := root.get("steps"); steps != nil && len(steps.items) > MaxSteps {
		c.atValue(steps, "%d steps are more than the %d that a pipeline may have: split it into several pipelines", len(steps.items), MaxSteps)
		return false
	}
	return true
}

// keepStepNulls marks where a null takes something of the pipeline's away.
func keepStepNulls(root *value) {
	steps := root.get("steps")
	if steps == nil {
		return
	}
	for _, step := range steps.items {
		if pod := step.get("settings").get("podSettings"); pod != nil {
			pod.keepNulls = true
		}
	}
}

// finish brings a decoded pipeline to the one form that it has whatever way it came: defaults set, podSettings in
// canonical JSON, nothing empty that could be nil.
func finish(p *Pipeline) error {
	SetDefaults(p)
	if err := p.Driver.PodSettings.canonical("driver"); err != nil {
		return err
	}
	dropEmptyMaps(&p.Driver.Labels, &p.Driver.Annotations, &p.Metadata.Labels, &p.Metadata.Annotations)
	if err := p.Settings.canonical(); err != nil {
		return err
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		s.Needs, s.Command, s.Args = orNil(s.Needs), orNil(s.Command), orNil(s.Args)
		if err := s.Settings.canonical(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Settings) canonical() error {
	s.Env, s.EnvFrom = orNil(s.Env), orNil(s.EnvFrom)
	dropEmptyMaps(&s.Labels, &s.Annotations)
	return s.PodSettings.canonical("settings")
}

// canonical makes equal settings equal bytes: keys sorted, no white space, no keys twice, none for an empty object.
func (p *PodSettings) canonical(where string) error {
	if len(*p) == 0 {
		*p = nil
		return nil
	}
	var object map[string]any
	strict, err := kjson.UnmarshalStrict(*p, &object)
	if err := errors.Join(append(strict, err)...); err != nil {
		return fmt.Errorf("%s.podSettings: %w", where, err)
	}
	if len(object) == 0 {
		*p = nil
		return nil
	}
	if *p, err = json.Marshal(object); err != nil {
		return fmt.Errorf("%s.podSettings: %w", where, err)
	}
	return nil
}

func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return slices.Clip(list)
}

func dropEmptyMaps(all ...*map[string]string) {
	for _, m := range all {
		if len(*m) == 0 {
			*m = nil
		}
	}
}
