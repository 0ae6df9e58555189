// Package logview makes what a reader sees of logs: it leaves out what is not wanted, makes text of the rest, and puts the text of
// many logs on one screen. It also takes apart what drivers have printed, where that is all that is left of the steps' logs.
//
// It knows no cluster and no archive: package launch decides whose logs are wanted and where each is to be had, and hands
// their lines to the sinks that are made here.
//
// A line's way: the goroutine that reads a log calls its Printer; that calls put with text, which is a Prefetch's until the log's turn
// has come, and the Screen's then.
//
// Invariants:
//
//   - Memory is bounded, whatever the logs: a Screen lets 64 KiB wait, a Prefetch 256 KiB. Only a Demux holds what it was given.
//   - Text that was put by one call stays together; both streams keep one order.
//   - On a terminal nothing in a line can steer it but colors.
//   - What a restarted driver has printed again is taken out by its number and its text, and only between its marks.
package logview
