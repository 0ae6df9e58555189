package launch

import (
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/suggest"
)

func stepNames(p *v1alpha1.Pipeline) []string {
	names := make([]string, len(p.Steps))
	for i := range p.Steps {
		names[i] = p.Steps[i].Name
	}
	return names
}

func noSuchStep(p *v1alpha1.Pipeline, step string) *Error {
	return userErrorf("pipeline %q has no step %q%s", p.Metadata.Name, step, suggest.DidYouMean(step, stepNames(p)))
}
