// Package logfmt is the format of the driver's stdout: a line of a step behind its prefix, and the marks that the driver writes
// among them. The driver prints it and the launcher parses it, so it is a contract between two versions of Stepherd.
//
// Invariants: Parse reads what Append and AppendMark write; a printed line is shorter than 16 KiB, at which runtimes cut; what
// AppendSafe lets through cannot move a terminal's cursor or change its title.
package logfmt
