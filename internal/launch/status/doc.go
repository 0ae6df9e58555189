// Package status is what a run looks like: its phase, its steps, and why it does not get on, as pure functions of a Snapshot of
// what the cluster has of it.
//
// Invariants:
//   - It is pure: no context, no ports, no clock but Snapshot.Now.
//   - A verdict is never made up: it comes from the record, or from the Job where there is no record.
//   - A text stays the same while its reason does, so that a follow can tell each once.
package status
