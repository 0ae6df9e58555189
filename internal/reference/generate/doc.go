// Package generate makes the reference of the pipeline file from the Go types of v1alpha1 and the comments in their source:
// internal/reference/reference.json, the JSON Schema docs/pipeline.schema.json, and the second part of docs/PIPELINE.md.
//
// Only its tests run it: they hold these files to the types and, with -update, rewrite them. So no program links it.
//
// Invariants: types and keys come from reflection, as the decoder sees them, and only their texts from comments; a marker that it
// does not know, and a key without a comment, is an error.
package generate
