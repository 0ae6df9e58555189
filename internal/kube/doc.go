// Package kube holds the adapters to a Kubernetes API server: what driver and launch declare as ports is done here, on
// client-go, which no other package imports.
//
// The launcher's adapters are below it in runs, the logs' in podlogs, and what a Pod's object means in podstatus.
//
// It decides nothing about a run: an adapter reports what it saw (podstatus.Observe returns run.Pod, a create is answered by a
// run.Event) and package run decides. Back-off that needs no knowledge of the run (a watch to be opened again, a delete
// to be sent again) is done here.
//
// Invariants:
//
//   - API errors never leave the package: they become events or *Error.
//   - An object is ours only if its owner is our Job's UID; labels only narrow what is listed.
//   - A watch starts from the resourceVersion of a list or of the last event, never from "" or "0".
//   - No call hangs: every one is bound by CallTimeout, but for watches and followed logs, which HTTP/2 pings keep
//     honest and which end with their context.
//   - client-go repeats nothing behind our back: a 429 or 503 comes back as what it is.
package kube
