package parameters

import (
	"github.com/stepherd/stepherd/internal/api/typecheck"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// FromFile reads a file that maps parameters to values, in YAML or JSON, and returns all that is wrong with it, each problem with
// the file as its source. A value that is wrong is among the values, too, so that nobody asks for it.
func FromFile(file string, data []byte) ([]Given, []yamltree.Problem) {
	data, err := yamltree.CheckBytes(file, data)
	if err != nil {
		return nil, sourced(file, []yamltree.Problem{{Message: err.Error()}})
	}
	if yamltree.Blank(data) {
		return nil, nil
	}
	c := yamltree.Collector{Text: data}
	var root *yamltree.Value
	if yamltree.LooksLikeJSON(data) {
		root = yamltree.ReadJSON(data, &c)
	} else {
		root = yamltree.ReadYAML(data, &c)
	}
	switch {
	case root == nil:
		return nil, sourced(file, c.Found())
	case root.Kind != yamltree.Object:
		c.AtValue(root, "found %s where a mapping of parameters to values is wanted, as epochs: 3", root.Describe())
		return nil, sourced(file, c.Found())
	}
	typecheck.CheckValues(root, &c)
	out := make([]Given, 0, len(root.Fields))
	for _, f := range root.Fields {
		line, column := f.Value.Place()
		g := Given{Name: f.Key, Source: file, Line: int(line), Column: int(column), Wrong: f.Value.Wrong()}
		if !g.Wrong {
			g.Value = v1alpha1.Value(f.Value.AppendJSON(nil, true))
		}
		out = append(out, g)
	}
	return out, sourced(file, c.Found())
}

func sourced(file string, problems []yamltree.Problem) []yamltree.Problem {
	for i := range problems {
		problems[i].Source = file
	}
	return problems
}
