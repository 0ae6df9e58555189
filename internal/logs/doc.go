// Package logs follows a container's log: one line in, the same line out, once, also across breaks of the stream.
//
// It knows no client (a Source opens streams), no step and no terminal; it writes nothing itself but what Append makes.
//
// Invariants:
//
//   - Lines are handed on in the order of the container's log, each once: a stream that is opened anew is asked for
//     everything from a whole second on, and exactly what was handed on since then is dropped (resume.go).
//   - Only \n separates lines; all other bytes pass as they are.
//   - A clean end of a stream is not yet the end of the log (end.go).
//   - Where lines are lost, or may be, the sink is told before the next line, or at the end (gaps.go, resume.go), or some
//     seconds late (rotation.go).
//   - Memory is bounded: a line of any length goes through in parts of at most MaxLine bytes.
//
// What is not promised:
//
//   - After the kubelet has rotated the log while no stream was open, lines of the old file are lost, because the API serves
//     only the current one. A Gap tells it, unless the current file has the last line that was delivered, which shows that
//     nothing is lost. Whether lines were lost, and how many, cannot be told. That needs equal stamps to stand together.
//   - What a runtime has in hand when it begins a new file is lost for those who follow the log, and a whole file where the
//     kubelet comes too late. For logs that grow fast, a late Gap tells that a new file was begun (rotation.go); mostly nothing is
//     lost there. For others, and if the Pod is gone before its node could be asked, nothing tells it.
//   - A log whose beginning may have been rotated away is marked, which also happens to a program that was silent for its
//     first 10 s and whose log is opened after that (gaps.go).
//   - Stamps that run backwards by more than a second, as when a node's clock is set back, may make lines be lost where a
//     stream breaks just then.
//   - The end of a short and quiet log is believed without proof (unasked, in end.go).
package logs
