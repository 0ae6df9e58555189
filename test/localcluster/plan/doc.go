// Package plan works out every name, path and address of a cluster before anything is made.
//
// An Instance is a name and all that follows from it alone: folders, namespaces, cgroups. A Spec is
// what a user asked for: nodes with their labels and taints, and the port of the door. Because all
// of it is computed, `down` finds what `up` made even when `up` was killed before it wrote a word.
//
// It does not touch the machine, except that Load and Save read and write the Spec.
//
// Invariants: two instances share no path, no namespace and no cgroup. Addresses may be the same in
// two instances, because each lives in network namespaces of its own.
package plan
