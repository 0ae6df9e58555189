// Package logview makes what a reader sees of logs: it filters their lines, formats the rest, and puts the text of many logs on one
// screen. It also takes apart what drivers have printed (Demux), where that is all that is left of the steps' logs.
//
// It knows no cluster and no archive: package runlogs decides whose logs are wanted and where each is read, and passes their lines to
// the sinks that are made here.
//
// A line's way: the goroutine that reads a log calls its Printer. That puts text into a Prefetch until the log's turn has come, and
// into the Screen from then on.
//
// Invariants:
//
//   - Memory is bounded, whatever the logs: a Screen lets 64 KiB wait, a Prefetch 256 KiB. Only a Demux keeps all that it was given.
//   - Text of one call stays together, and both streams keep one order.
//   - On a terminal nothing in a line can steer it but colors.
//   - What a restarted driver has printed again is removed by its number and its text, and only between its marks.
package logview
