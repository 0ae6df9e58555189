// Package parameters checks the declarations of a pipeline's parameters and the values that are given for them, in the words of
// JSON Schema.
//
// Invariants: it is pure; time and memory are bounded by the size of what it is given, and values are bounded by MaxBytes and
// MaxDepth; Complete of complete values changes nothing, so that a plan that is decoded again is the same plan.
package parameters
