// Package control changes runs that exist: cancel, end by force, recover from a dead node, delete.
//
// Invariants:
//   - Every change carries the UID of what it is meant for, so that a run that took the name meanwhile is left alone.
//   - A cancel is a mark on the Job that the driver carries out. Only force and recover touch Pods, and only those of the run.
//   - A driver's Pod is removed only where its node has not answered for status.GoingGrace after the Pod was due to be gone.
package control
