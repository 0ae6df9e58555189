package main

import "github.com/stepherd/stepherd/internal/api/v1alpha1"

// graph knows which steps may start.
type graph struct {
	missing    map[string]int // how many needs have not ended
	successors map[string][]string
	ended      map[string]bool
}

func newGraph(p *v1alpha1.Pipeline) *graph {
	g := &graph{missing: map[string]int{}, successors: map[string][]string{}, ended: map[string]bool{}}
	for _, step := range p.Steps {
		g.missing[step.Name] = len(step.Needs)
		for _, need := range step.Needs {
			g.successors[need] = append(g.successors[need], step.Name)
		}
	}
	return g
}

// roots are the steps that need nothing, in the pipeline's order.
func (g *graph) roots(p *v1alpha1.Pipeline) []string {
	var ready []string
	for _, step := range p.Steps {
		if len(step.Needs) == 0 {
			ready = append(ready, step.Name)
		}
	}
	return ready
}

// end notes that a step has ended and gives the steps that may start now. The second time it gives none.
func (g *graph) end(step string) []string {
	if g.ended[step] {
		return nil
	}
	g.ended[step] = true
	var ready []string
	for _, next := range g.successors[step] {
		g.missing[next]--
		if g.missing[next] == 0 {
			ready = append(ready, next)
		}
	}
	return ready
}

func (g *graph) done() bool { return len(g.ended) == len(g.missing) }
