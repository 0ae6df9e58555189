// Package preflight asks a cluster, before a run is created, whether it would take the run: the server's version, the driver's
// account and rights, and by server-side dry-runs the driver's Pod and one step Pod of each kind.
//
// Invariants:
//   - Nothing is created. All questions are asked side by side, and everything that is wrong is told at once.
//   - A question that the user may not ask is a note and stops no submit.
//   - What an answer means is a rule of package admission, which is pure.
package preflight
