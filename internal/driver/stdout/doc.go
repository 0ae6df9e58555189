// Package stdout is the one writer of the driver's standard output. Each log has a queue of its own in front of it, and it knows
// how far each log has been read from the pipe behind it.
//
// Invariants: lines of different logs never mix; a log that shouts gets no more turns than one that whispers; a write to a full
// queue blocks; what is told of as printed has left the pipe, since the pipe may be lost with the process.
package stdout
