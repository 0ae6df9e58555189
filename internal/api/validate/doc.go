// Package validate checks what the Go types of a pipeline cannot say: names, images, references, ranges, the graph, and
// podSettings that would break the promise that a step runs once and ends.
//
// Invariants: it is pure and reports all problems at once; with a tree each has its place in the file, without one its path;
// it is silent about what the type check has reported.
package validate
