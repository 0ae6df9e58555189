// Package logs follows a container's log: one line in, the same line out, once, also across breaks of the stream.
//
// It knows no client (a Source opens streams), no step and no terminal; it writes nothing itself but what Append makes.
//
// Invariants:
//
//   - Lines are handed on in the order of the container's log, each once: a stream that is opened anew is asked for
//     everything from a whole second on, and exactly what was handed on since then is dropped (resume.go).
//   - Only \n separates lines; all other bytes pass as they are.
//   - A clean end of a stream is not yet the end of the log (follow.go).
//   - Where lines are lost, or may be, the sink is told before the next line, or at the end (gaps.go, resume.go).
//   - Memory is bounded: a line of any length goes through in parts of at most MaxLine bytes.
//
// What is not promised: after the kubelet has rotated the log while no stream was open, lines of the old file are lost,
// because the API serves only the current one. A Gap says so, unless the current file has the last line that was handed on,
// which shows that nothing is lost. Whether lines were lost, and how many, cannot be told.
package logs
