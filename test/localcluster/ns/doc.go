// Package ns makes, joins and removes the namespaces that a cluster lives in.
//
// A node is a network namespace (with a name that `ip netns` shows) and a mount namespace in which
// /run, /var/lib and /var/log are the node's own. So two kubelets on one machine can keep to their
// built-in paths, and none of those paths exists outside. A namespace is held open by a file that
// it is mounted on (its pin), not by a process.
//
// It does not know which processes run inside.
//
// Invariants: nothing here changes the namespaces of the machine itself, apart from the pins. A
// namespace is pinned only when it is complete; one without a pin ends with its last thread.
package ns
