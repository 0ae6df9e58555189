// Package yamltree reads YAML and JSON into a tree in which every value knows its place in the file, and gathers the problems
// and warnings that are found in it.
//
// Invariants: reading is bounded in time and memory for any bytes; a value keeps the place and the path that the user wrote
// when it is moved; a value that is marked broken was reported once and is left out of what is decoded.
package yamltree
