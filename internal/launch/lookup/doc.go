// Package lookup reads runs: one with all that is known of it, or all of a namespace in three lists.
//
// Invariants:
//   - It changes nothing in the cluster, and decides nothing: what was read becomes a status.Snapshot, and package status decides what it
//     means.
//   - Requests that do not need each other's answers run side by side; where several fail, all are told.
//   - What is an extra, such as events, is left out where it cannot be had.
package lookup
