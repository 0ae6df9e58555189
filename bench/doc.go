// Bench measures the driver against a floor: the least that a program can do that runs a pipeline with client-go (bench/floor).
//
// Both run in the cluster, one after the other, in Pods of the same template and with the same pipeline; one observer, this
// process, watches the Pods of both with the same code and its own clock. Rounds alternate; what counts is the median of the
// ratios of each round. It writes docs/BENCHMARKS.md and exits with 1 if a bar is broken.
//
// It uses nothing of the driver's but its image and the last line of its transcript (package usage), and it does not judge
// the cluster: absolute times are context.
//
// With -logs it measures how logs are followed instead (logs*.go): the driver against `kubectl logs -f` of the same Pod, each in a
// Pod, `launcher logs -f` against it on this machine, and what CPU and memory a driver takes that follows up to 1000 logs.
// The report has a part for each of the two, and each leaves the other's as it is.
//
// Invariants: a trial begins in a namespace without Pods and ends when none of its Pods exists any more; a trial in which
// a step failed, was tried twice or is missing counts for nothing and ends the benchmark; so do step Pods of driver and floor
// that differ in more than names.
package main
