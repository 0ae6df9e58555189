// Package runs has the adapters that the launcher uses: Jobs, the Pods of drivers and steps, records and events of runs, and what
// is asked before a submit.
//
// Invariants: errors are *kube.Error; no call hangs, each is bound by kube.CallTimeout; a dry-run leaves nothing behind.
package runs
