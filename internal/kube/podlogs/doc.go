// Package podlogs opens the logs of containers through the API server, on connections of their own, so that no log delays a
// create or a watch event.
//
// Invariants: what is held for a log that is not read is bounded, for a thousand logs together, too; errors are *kube.Error; a
// stream ends with its context.
package podlogs
