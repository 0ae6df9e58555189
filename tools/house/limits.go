package main

import (
	"fmt"
	"slices"
	"strings"
)

// The limits. They are where a reader begins to search rather than to read.
const (
	mostFiles    = 20
	mostPort     = 6
	mostReceiver = 35
	longFunction = 40 // lines of its body; longer ones are counted, and the linter refuses those of more than 60
	shortFile    = 40
)

// large are packages that may have more files: each is one subject that grows by a file a policy, and a type a file.
var large = []string{"internal/api/v1alpha1", "internal/run"}

// broken returns a sentence for each limit that a tree breaks.
func (h house) broken() []string {
	var out []string
	for _, folder := range h.folders() {
		r := h[folder]
		if n := len(r.files); n > mostFiles && !slices.Contains(large, folder) {
			out = append(out, fmt.Sprintf("%s: %d files are more than %d: split the package by subject", folder, n, mostFiles))
		}
		for _, p := range sorted(r.ports) {
			if p.size > mostPort {
				out = append(out, fmt.Sprintf("%s: interface %s has %d methods, more than %d: let each consumer declare the ones that it calls", p.at, p.name, p.size, mostPort))
			}
		}
		for _, p := range sorted(r.receivers) {
			if p.size > mostReceiver {
				out = append(out, fmt.Sprintf("%s: %s has %d methods, more than %d: give a part of its state a type of its own", p.at, p.name, p.size, mostReceiver))
			}
		}
	}
	return out
}

// folders returns the packages in order.
func (h house) folders() []string {
	var out []string
	for folder := range h {
		out = append(out, folder)
	}
	slices.Sort(out)
	return out
}

// sized is what has a place.
type sized interface{ where() place }

func (p place) where() place { return p }

// sorted returns places in the order of their names.
func sorted[T sized](by map[string]T) []place {
	var out []place
	for _, one := range by {
		out = append(out, one.where())
	}
	slices.SortFunc(out, func(a, b place) int { return strings.Compare(a.name, b.name) })
	return out
}

// largest returns the place of the greatest size; the zero place if there is none.
func largest(places []place) place {
	var out place
	for _, p := range places {
		if p.size > out.size {
			out = p
		}
	}
	return out
}
