// Package pipelinefile reads a pipeline file strictly: it puts the tree, the ZenML form, the type check, the decoding with its
// defaults, and the validation together, and gives all problems at once, with their places.
//
// It does no I/O: laptop and driver run it on the same bytes and must come to the same result.
//
// Invariants: Decode accepts nothing that validate has no rule for; decoding an encoded pipeline gives the same pipeline; the
// short way for JSON without problems gives what the tree gives; every error has a path, and a position when it came from a file.
package pipelinefile
