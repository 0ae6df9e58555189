// Package follow watches a run to its end and tells meanwhile why nothing goes on: a driver that does not start, steps whose Pods
// wait or are refused, a cluster that does not answer, credentials that have died.
//
// It knows nothing of logs. Code that shows them is an Observer, which is told what the follow sees and gets its Loop to run
// goroutines and to post their results.
//
// Invariants:
//   - One goroutine owns a Loop's state; the others post functions for it to call. Run returns when all of them have.
//   - Leaving a run alone (Ctrl-C, lost contact) never ends it.
//   - Each reason is told once, as soon as it has come to stay.
package follow
