package main

import (
	"slices"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func TestGraph(t *testing.T) {
	p := &v1alpha1.Pipeline{Steps: []v1alpha1.Step{
		{Name: "load"},
		{Name: "left", Needs: []string{"load"}},
		{Name: "right", Needs: []string{"load"}},
		{Name: "join", Needs: []string{"left", "right"}},
		{Name: "alone"},
	}}
	g := newGraph(p)
	if got, want := g.roots(p), []string{"load", "alone"}; !slices.Equal(got, want) {
		t.Fatalf("got roots %v, want %v", got, want)
	}
	for _, tt := range []struct {
		ends string
		want []string
		done bool
	}{
		{ends: "load", want: []string{"left", "right"}},
		{ends: "load"},
		{ends: "left"},
		{ends: "left"},
		{ends: "right", want: []string{"join"}},
		{ends: "alone"},
		{ends: "join", done: true},
	} {
		if got := g.end(tt.ends); !slices.Equal(got, tt.want) {
			t.Errorf("after %s: got %v ready, want %v", tt.ends, got, tt.want)
		}
		if got := g.done(); got != tt.done {
			t.Errorf("after %s: got done %t, want %t", tt.ends, got, tt.done)
		}
	}
}
