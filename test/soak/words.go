package main

// The report's own words.

const intro = `# Soak

Written by ` + "`make soak`" + ` on %s; do not edit. Machine: %s, with a whole Kubernetes %s of two nodes on it.
%s of 20 steps each, %d at a time, in %.0f minutes, under one stream of disturbances drawn from seed %d.

`

const runWords = `- **verdict**: the run's phase, and the exit code of ` + "`launcher wait`" + `. **taken away**: attempts that ended Deleted, Evicted or NodeLost.
- **heals**: two steps fail on their first attempt and have ` + "`retry.limit: 1`" + `. **fails**: a step fails, and what needs it is skipped.
  **is cancelled**: by ` + "`launcher cancel`" + ` in the middle.
- A run is right if all of this holds:
  - The exit code, and phase and reason of the run, of its Job and of every step are those of an undisturbed run.
  - Attempts are numbered without a gap, and for each that failed something was done to it (or it fails by its script). Each successful
    step has exactly one successful attempt.
  - What the steps wrote on a volume that all nodes share shows that no Pod's program ran twice, that no two attempts of a step ran at the same
    time (but on a node that was cut off, or after a deletion by force), that each step began after the ends of those that it needs, and
    that no attempt counts as successful whose program did not come to its end.
  - The one window of [RELIABILITY](RELIABILITY.md) is no fault: where a Pod was on a node that was lost, and from its program's end to
    the Pod's no driver of the run was within reach for as long as it takes to write that down, its attempt may be made again. The
    second table counts these, and what the judge goes by is in ` + "`test/soak/unseen.go`" + `.
  - When its Job has ended, ` + "`launcher get`" + ` tells the same story as right after the verdict, and nothing of the run lives.

`

const deedWords = `- Of the cluster's parts one is disturbed at a time; drivers and step Pods are harmed meanwhile: of each run at most 3 drivers are killed or
  evicted, and 10 step Pods.
- A driver that dies is started again by its Job, which waits 10 s before it, and twice as long after each further death.
- **step Pod deleted, evicted**: times are from the end of the attempt to the creation of the next; where they are long, the run had no
  driver. A Pod that had come to its end when the deletion reached it keeps its success. One that goes before any driver has
  seen its end leaves nothing behind: its attempt is made again, under the same number.
- A node that is cut off counts as lost after 50 s, and its step Pods are given up 60 s after that; one that was to be deleted
  anyway, at once.
- ` + "`retry.infraLimit`" + ` is 100, so that the budget for disturbances does not end a run: with the default of 3 some would have failed, as told to.
`
