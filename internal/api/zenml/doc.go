// Package zenml rewrites the ZenML form of settings into the Kubernetes form, in the tree, before anything else looks at it.
//
// Invariants: nothing after it knows that the form existed; a value that it moves keeps its place and path; each setting of
// ZenML becomes something, draws a warning with the reason why not, or is refused, and docs/ZENML.md is made of that table.
package zenml
