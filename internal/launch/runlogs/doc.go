// Package runlogs shows the logs of a run's steps: what there is of them, or as they are written while the run is followed.
//
// What is wanted is decided first (pick.go) and then where each log is read (availability.go): from the Pod, the run's archive, or the
// driver's own log. Its lines go from the goroutine that reads it through package logview to the one screen; the loop of a follow
// sees beginnings and ends, and no lines.
//
// Invariants:
//   - All that is written goes through the session's Screen, so that notes stand between lines and in their place.
//   - Each line is shown once, also where a log breaks off and its rest is read from elsewhere; what is missing is marked.
//   - The end of an attempt is told once, after its last line, with the reason that the record has where there is one.
package runlogs
