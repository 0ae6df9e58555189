// Package cluster brings a cluster up, looks at it, and takes it down.
//
// Up is a list of phases, each of which makes what is missing and leaves alone what is there; so
// the same code starts a cluster, repairs one, adds nodes, and goes on after an `up` that was
// killed. Down computes from the name alone what there may be, and removes it whether or not it
// was ever recorded.
//
// It does not watch over a running cluster: a component that dies stays dead until the next Up.
//
// Invariants: Up and Down hold the instance's lock. Everything that Up makes is found by Down
// through the name, the marker in a process's environment, or the cgroup.
package cluster
