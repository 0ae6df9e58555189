// Package wording has the parts of messages about a pipeline file: the user's text, cut and quoted so that it fits into one
// line, and the YAML that an advice tells the user to write instead.
//
// Invariants: it is pure; no result has a control character or a broken rune, and none is longer than its limit says.
package wording
