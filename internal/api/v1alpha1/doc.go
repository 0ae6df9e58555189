// Package v1alpha1 is the pipeline file and the run that comes of it: types, strict decoding with
// positions, defaults, validation, the merge of settings, the record's encoding, and every label and
// annotation key.
//
// It does no I/O, knows no client and keeps no state: laptop and driver run the very same functions on
// the same bytes and must come to the same result.
//
// Invariants: Decode accepts nothing that Validate has not a rule for; SetDefaults is idempotent;
// Decode of an encoded pipeline gives the same pipeline; every error carries a path, and a position
// when it came from a file.
package v1alpha1
