package validate

import (
	"github.com/stepherd/stepherd/internal/api/parameters"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// maxParameters is how many parameters a pipeline may have.
const maxParameters = 1000

// parameterRules checks declarations and the arguments of the file. That every parameter has a value is not its subject: values may
// come from outside the file.
type parameterRules struct{ *validator }

func (v parameterRules) parameters(p *v1alpha1.Pipeline) {
	var root *yamltree.Path
	at := root.Field("parameters")
	if len(p.Parameters) > maxParameters {
		v.report(at, "%d parameters are more than the %d that a pipeline may have: make one an object", len(p.Parameters), maxParameters)
		return
	}
	first, good := map[string]int{}, map[string]*v1alpha1.Parameter{}
	for i := range p.Parameters {
		d := &p.Parameters[i]
		faults := parameters.Declaration(d)
		for _, f := range faults {
			v.fault(at.At(i), f)
		}
		if before, twice := first[d.Name]; twice && d.Name != "" {
			v.report(at.At(i).Field("name"), "%s is the name of parameters[%d]%s already: choose another name", wording.Quote(d.Name), before, v.line(at.At(before).Field("name")))
			continue
		}
		first[d.Name] = i
		if good[d.Name] = d; len(faults) > 0 {
			good[d.Name] = nil // what is wrong with an argument cannot be known
		}
	}
	v.arguments(p, good)
}

func (v parameterRules) fault(at *yamltree.Path, f parameters.Fault) {
	at = at.Field(f.Key)
	if f.Index >= 0 {
		at = at.At(f.Index)
	}
	v.report(at, "%s", f.Message)
}

func (v parameterRules) arguments(p *v1alpha1.Pipeline, good map[string]*v1alpha1.Parameter) {
	var root *yamltree.Path
	for _, name := range parameters.Names(p.Arguments) {
		at := root.Field("arguments").Field(name)
		d, declared := good[name]
		switch {
		case !declared && v.silent(root.Field("parameters")):
		case !declared:
			if v.searches++; v.searches > maxSearches {
				v.report(at, "the pipeline has no parameter %s", wording.Quote(name))
				continue
			}
			v.report(at, "%s", parameters.Unknown(p.Parameters, name))
		case d != nil:
			if _, wrong := parameters.Check(d, p.Arguments[name]); wrong != "" {
				v.report(at, "%s", wrong)
			}
		}
	}
}
