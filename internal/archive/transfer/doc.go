// Package transfer carries archived logs over the log of a Pod: one side sends what a Request names as lines of text, the other
// puts them together again as files, and asks once more for what is missing.
//
// Invariants: what a line loses, doubles or changes is noticed by its number or its checksum; what came whole is not asked for
// again; a line fits into one that a runtime does not cut.
package transfer
