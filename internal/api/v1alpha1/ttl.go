package v1alpha1

import "time"

const (
	// defaultTTL lets a run that failed on Friday be looked at for a week.
	defaultTTL = Duration(7 * 24 * time.Hour)
	// minTTL leaves time to read the verdict, which goes with the Job: one that is deleted as it ends would be missed by
	// those who wait for it.
	minTTL = Duration(time.Minute)
)

// Lifetime is ttl with its default of 7 days.
func (p *Pipeline) Lifetime() time.Duration { return time.Duration(or(p.TTL, defaultTTL)) }

// ttl holds the lifetime to what ttlSecondsAfterFinished, an int32 of seconds, can say, and a reader needs.
func (v *validator) ttl(at *path, d *Duration) {
	switch {
	case d == nil:
	case *d < minTTL:
		v.report(at, "%s is too short: a run's verdict goes with it, and 1m is the least that lets others read it", *d)
	default:
		v.duration(at, d)
	}
}
