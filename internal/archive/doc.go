// Package archive keeps the logs of containers as compressed files on a volume, written as they stream, and reads them.
//
// A log is two files, <namespace>/<run>-<8 of its UID>/<step>/<attempt>/<container>.log.gz and .idx beside it. The first
// is a chain of gzip members, which zcat shows as one: `TIME LINE`, one line each, as `kubectl logs --timestamps` gives
// them. The second has a line of JSON for each member, with the times that it covers and the logs.Position behind it, for
// each gap, and, once the log is at its end, for the end.
//
// It knows no cluster and no Pod; files lie behind the port Storage, so that they need not be a directory's.
//
// Invariants:
//
//   - A member is cut when it has 256 KiB or its first line is a second old, whatever comes first, and is kept for good
//     before its line in the index is; so what lies behind the last whole line of the index is cut off when a log is
//     opened again, and the log goes on from the Position in that line. A crash loses the unflushed second at most, and
//     what was kept is never written again.
//   - A line's bytes are kept as they are, however long it is: only its beginning has a time, only its end a newline; a
//     long line may go over several members. A last line that had no newline has one (package logs does not tell).
//   - Memory is bounded: 256 KiB for each log that is being written, and less when all together wait for more than 6 MiB.
//   - A storage that does not answer for 30 s, or errs, ends the log it is asked about with one error, and is not waited for
//     any longer. The goroutine that is stuck in it is the only one that is not waited for.
package archive
