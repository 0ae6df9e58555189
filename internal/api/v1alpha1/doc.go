// Package v1alpha1 has the types of the pipeline file and of the run that comes of it, with every label and annotation key,
// the defaults, and the effective settings of a step.
//
// It does no I/O, knows no client and keeps no state: laptop and driver run the very same functions on the same bytes and must
// come to the same result. How a file is read is the subject of pipelinefile, what is allowed in it that of validate.
//
// The comments of the types and their fields are the reference of the pipeline file: docs/PIPELINE.md, the JSON Schema and
// `launcher explain` are made of them (internal/reference). A paragraph after the first is for readers of the code alone. Lines
// that begin with + are facts for machines: default, enum, minimum, exclusiveMinimum, maximum, pattern, maxLength, uniqueItems,
// example, expressions (where they are evaluated: submit, run, condition), scalars (numbers and booleans are taken as text) and
// alternative (another type that the file may use).
//
// Invariants: SetDefaults and Normalize are total and idempotent; Effective does not change what it is given; MinDriver names a
// version that understands every key that is set.
package v1alpha1
