// Package typecheck holds a tree to the Go types of a pipeline. It reports everything that decoding would refuse or silently
// change, each with its place and with what to write instead: unknown keys, keys of other tools, wrong kinds, numbers out of
// range, quantities and durations that are none.
//
// Invariants: what it does not mark as broken can be decoded; it goes on after a problem; it knows nothing of what values
// mean, which is validate's subject.
package typecheck
