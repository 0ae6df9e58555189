// Package submit makes a run of a pipeline: it reads the file, makes the Job, has it checked, and creates it.
//
// Invariants:
//   - MakeJob is pure; Render prints the very objects that Submit and the driver would create.
//   - Nothing is created when a check fails.
//   - A submit is one POST that counts. A lost answer to it is never reported as a failure while the run goes on.
package submit
