// Package launch is what a user does with runs from a laptop or a CI job: submit, list, get, follow, wait, cancel,
// recover, delete, read logs. Each is a method of Launcher, which sees one namespace of one cluster through the ports in
// ports.go; package kube implements them.
//
// It prints only notes and what it was given a writer for, knows no flags, makes no exit codes and starts nothing on the
// laptop that outlives the call. What a run looks like is one pure function, Assemble; why a driver does not start is
// another, explainDriver.
//
// Logs are read in one way for all who show them: what is wanted and where it is to be had is decided first (showlogs_pick.go,
// showlogs_sources.go); lines then go from the goroutine that reads a log through what package logview makes of them to the one
// screen. The loop of a follow sees beginnings and ends, and no lines.
//
// Invariants: nothing is created when a check fails; a submit is one POST, and a lost answer to it is never told as a
// failure while the run goes on; a verdict is never made up: it comes from the record, or from the Job when there is no
// record; leaving a run alone (Ctrl-C, lost contact) never ends it; every error is one sentence that ends with what to do
// next where there is something.
package launch
