// Package record encodes and decodes what the driver must not forget: a head with the verdict, as plain JSON, pieces of
// gzipped JSON, each for a range of steps, and pieces with the results of steps, as lines of JSON.
//
// Invariants: version 1 is read for good (testdata/record has captured records); bytes that this build would not have written
// are refused with a sentence; a piece stays below 32 KiB, and unpacks to 64 MiB at most; a line of
// results is never changed, and counts only together with the success of its step.
package record
