// Package cluster brings a cluster up, looks at it, and takes it down.
//
// Up is a list of phases; each makes what is missing and leaves alone what is there; so
// the same code starts a cluster, repairs one, adds nodes, and goes on after an `up` that was
// killed. Down computes from the name alone what there may be, and removes it whether or not it
// was ever recorded.
//
// The other commands take a part of the cluster away and bring it back, for tests of what survives
// that: a node, its link, its kubelet, the API server. What was stopped on purpose is marked by a
// file, a link that was cut by its own state.
//
// It does not watch over a running cluster: a component that dies stays dead until the next Up.
//
// Invariants: all that changes a cluster holds the instance's lock while it does so, and not while it
// waits for Kubernetes to notice (Up and Down hold it to their end). Everything that Up makes is found
// by Down through the name, the marker in a process's environment, or the cgroup.
package cluster
