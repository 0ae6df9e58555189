// Package driver runs one run: it owns the State, feeds Next with what happens and carries out what Next asks for,
// through the ports that it declares. All decisions are package run's.
//
// One goroutine (loop.go) has one select; all that happens reaches it on one channel, and a successor's create leaves in
// the very turn in which its predecessor's end arrives. What takes time runs beside it and answers on that channel:
// creates and deletes (executor.go), the record and its fence (package recorder), the logs (packages steplogs and stdout).
//
// Invariants:
//
//   - No lock but that of the output's slots: each other thing is one goroutine's, and the rest is channels.
//   - Every goroutine is waited for, but that of a stdout that takes nothing.
//   - Nothing is created or deleted unless the record was confirmed to be ours within the last 5 s.
//   - No Pod is deleted before the record has what the Pod proves.
//   - A run that another driver has begun is taken up from Pods that were listed after the record was taken.
//   - An exit code that speaks of the run (0, 100, 101, 102) is given only after the verdict is in the record.
//   - A slow or blocked stdout stops logs, never steps; one that takes nothing for two minutes does not keep the driver from
//     leaving with the verdict. Memory is bounded all the same: a log waits where it is.
//   - No Pod is deleted before the logs of its containers that have ended were read from stdout, unless what the
//     Pod holds would be held for a stdout that takes nothing.
//   - No panic is recovered: a driver with a bug must crash, so that its Job restarts it.
package driver
