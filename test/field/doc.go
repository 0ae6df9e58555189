// Package field runs inputs that people met in the field, on a real cluster (build tag e2e): each once gave a wrong result, a
// hang or a misleading sentence. A test is named after what has to hold; the pipelines are in testdata.
package field
