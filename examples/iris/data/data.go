// Package data holds the iris data set, byte for byte as published; README.md says where it comes from and under which
// license. It does not read it.
package data

import _ "embed" // for Iris

// Iris is iris.csv.
//
//go:embed iris.csv
var Iris []byte
