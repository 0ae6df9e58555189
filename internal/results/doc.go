// Package results reads what the program of a step hands on: the output that it wrote to the file named by the environment variable
// STEPHERD_RESULTS, which reaches the driver as the termination message of the container main.
//
// Invariants:
//   - It is pure and total: any output gives values or one sentence that tells all faults.
//   - A value is given only where the output is certainly whole. The kubelet cuts long messages and does not say so.
//   - What is given is exactly what the step declares: each result once, of its type, and nothing else.
package results
