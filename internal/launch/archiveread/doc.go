// Package archiveread reads the archive of a run's logs. A user may create Jobs and read the logs of Pods, but sees no volume; so a
// Job prints what is wanted of the archive, a few mebibytes at a time, and package archive finds what is missing of it.
//
// Invariants:
//   - A Copy lies in a folder of its own on this machine and goes with Close.
//   - Every Job that was created is deleted again, or goes by its time to live.
//   - What cannot be had is told in a note; the caller may find it elsewhere.
package archiveread
