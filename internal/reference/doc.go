// Package reference is the reference of the pipeline file at run time: what keys there are, of which types, and what they mean. From
// it come the answers of `launcher explain`, the JSON Schema of `launcher schema`, and the reference part of docs/PIPELINE.md.
//
// The texts are made of the Go types of v1alpha1 and of their comments by the package generate, and are embedded as
// reference.json, because a program does not have its comments. A test of generate holds the file to the types.
//
// Invariants: it is pure; whatever the file holds that Kubernetes defines and does not check strictly here (podSettings, volumes)
// is an open type, for which kubectl has the reference.
package reference
