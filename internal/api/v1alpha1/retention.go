package v1alpha1

import "time"

// KeepPods is which Pods of steps stay when they have ended, to be looked at: a Pod's log goes with it.
type KeepPods string

// What may be kept. The Pods of a run go with its Job in any case.
const (
	KeepAll    KeepPods = "all"    // every Pod
	KeepFailed KeepPods = "failed" // those of attempts that did not succeed
	KeepNone   KeepPods = "none"   // each Pod is deleted when it has ended
)

// keepAllBelow is the number of steps from which on a run would leave so many Pods behind that only the failed are kept.
const keepAllBelow = 200

// Keeps is keepPods with its default: all below 200 steps, else failed.
func (p *Pipeline) Keeps() KeepPods {
	switch {
	case p.KeepPods != "":
		return p.KeepPods
	case p.StepCount() < keepAllBelow:
		return KeepAll
	}
	return KeepFailed
}

// defaultTTL lets a run that failed on Friday be looked at for a week.
const defaultTTL = Duration(7 * 24 * time.Hour)

// MinTTL leaves time to read the verdict, which goes with the Job: those who wait for a run would miss it if its Job were deleted
// as it ends.
const MinTTL = Duration(time.Minute)

// Lifetime is ttl with its default of 7 days.
func (p *Pipeline) Lifetime() time.Duration { return time.Duration(or(p.TTL, defaultTTL)) }
