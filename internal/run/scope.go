package run

import (
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
)

// Scope is what a pipeline's expressions may name.
func Scope(p *v1alpha1.Pipeline) expr.Scope {
	return scopeOf(p, slices.Concat(p.Steps, p.Finally))
}
