package submit

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/stepherd/stepherd/internal/api/parameters"
	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// Arguments are the values of parameters that the command line gives.
type Arguments struct {
	// Params are NAME=VALUE or NAME=@FILE, and win over File.
	Params []string
	// File maps parameters to values; empty for none, Stdin for standard input.
	File string
	// Partial: parameters may be without a value.
	Partial bool
}

// options reads the files that are named. What is wrong with one value is a problem among the options.
func (a Arguments) options(ctx context.Context, stdin io.Reader) (pipelinefile.Options, error) {
	o := pipelinefile.Options{Partial: a.Partial}
	if a.File != "" {
		data, err := parameterFile.read(ctx, a.File, stdin)
		if err != nil {
			return o, err
		}
		o.Given, o.Problems = parameters.FromFile(nameOf(a.File), data)
	}
	first := map[string]string{}
	for _, param := range a.Params {
		name, value, _ := strings.Cut(param, "=")
		g := parameters.Given{Name: name, Text: value, Source: "--param " + name}
		if before, twice := first[name]; twice {
			o.Problems = append(o.Problems, yamltree.Problem{Source: g.Source, Message: fmt.Sprintf("it is given twice, as %q and as %q: give it once", before, value)})
			continue
		}
		first[name] = value
		if file, is := strings.CutPrefix(value, "@"); is {
			data, err := valueFile.read(ctx, file, strings.NewReader("")) // standard input is for a whole file
			if err != nil && ctx.Err() != nil {
				return o, err
			}
			if g.Text, g.Wrong = string(data), err != nil; g.Wrong {
				o.Problems = append(o.Problems, yamltree.Problem{Source: g.Source, Message: fmt.Sprintf("%s; a text that begins with @ can be given by --params-file", err)})
			}
		}
		o.Given = append(o.Given, g)
	}
	return o, nil
}
