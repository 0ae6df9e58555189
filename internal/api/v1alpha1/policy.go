package v1alpha1

import (
	"math"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Policy is what the run does with a step whose attempt does not end well, or does not end. All of it is filled.
type Policy struct {
	// Limit, InfraLimit and PreemptLimit are how many attempts may follow the first, see Retry.
	Limit, InfraLimit, PreemptLimit int
	// AsksRetries reports whether the file asks for further attempts, and not the defaults alone.
	AsksRetries bool
	Backoff     BackoffPolicy
	// Timeout, StartTimeout, InitTimeout and QueueTimeout are as in Settings; 0 is none.
	Timeout, StartTimeout, InitTimeout, QueueTimeout time.Duration
	// ImagePullGrace is as in Settings.
	ImagePullGrace time.Duration
	// SideGrace is how long side containers may go on after the end of main.
	SideGrace time.Duration
}

// NoLimit is a PreemptLimit that is none.
const NoLimit = math.MaxInt

// BackoffPolicy is Backoff, filled.
type BackoffPolicy struct {
	Duration, Max  time.Duration
	Factor, Jitter float64
}

// Defaults of Retry and of the timeouts.
const (
	defaultInfraLimit      = int32(3)
	defaultBackoffDuration = Duration(10 * time.Second)
	defaultBackoffMax      = Duration(5 * time.Minute)
	defaultBackoffFactor   = 2.0
	defaultBackoffJitter   = 0.1
	defaultStartTimeout    = Duration(15 * time.Minute)
	defaultImagePullGrace  = Duration(time.Minute)
	defaultMemoryFactor    = 2.0
	defaultMemoryMax       = 64 << 30 // bytes
)

// EffectivePolicy is the policy of a step: its own retry and timeouts over the pipeline's, field by field, and the
// defaults where neither says anything. It merges nothing else, so that it costs next to nothing.
func EffectivePolicy(p *Pipeline, step *Step) Policy {
	a, b := &p.Settings, &step.Settings
	retry := or(MergeRetry(a.Retry, b.Retry), Retry{})
	sides := or(MergeSideContainers(a.SideContainers, b.SideContainers), SideContainers{})
	return Policy{
		Limit:          int(or(retry.Limit, 0)),
		InfraLimit:     int(or(retry.InfraLimit, defaultInfraLimit)),
		PreemptLimit:   retry.preemptLimit(),
		AsksRetries:    or(retry.Limit, 0) > 0 || or(retry.InfraLimit, 0) > 0,
		Backoff:        retry.Backoff.filled(),
		Timeout:        time.Duration(or(firstSet(b.Timeout, a.Timeout), 0)),
		StartTimeout:   time.Duration(or(firstSet(b.StartTimeout, a.StartTimeout), defaultStartTimeout)),
		InitTimeout:    time.Duration(or(firstSet(b.InitTimeout, a.InitTimeout), 0)),
		QueueTimeout:   time.Duration(or(firstSet(b.QueueTimeout, a.QueueTimeout), 0)),
		ImagePullGrace: time.Duration(or(firstSet(b.ImagePullGrace, a.ImagePullGrace), defaultImagePullGrace)),
		SideGrace:      time.Duration(or(sides.Grace, defaultSideGrace)),
	}
}

func (r *Retry) preemptLimit() int {
	if r.PreemptLimit == nil {
		return NoLimit
	}
	return int(*r.PreemptLimit)
}

// filled: a default gives way to what is written, so that `duration: 10m` alone is waited out and not cut to 5m.
func (b *Backoff) filled() BackoffPolicy {
	given := or(b, Backoff{})
	first := or(given.Duration, min(defaultBackoffDuration, or(given.Max, defaultBackoffDuration)))
	longest := or(given.Max, max(defaultBackoffMax, first))
	return BackoffPolicy{
		Duration: time.Duration(first), Max: time.Duration(longest),
		Factor: or(given.Factor, defaultBackoffFactor), Jitter: or(given.Jitter, defaultBackoffJitter),
	}
}

// MemoryGrowth is how a step's memory limit grows: by factor with each of its attempts that ended OOMKilled, up to most.
// Without onOOM there is no growth: the factor is 1.
func (r *Retry) MemoryGrowth() (factor float64, most resource.Quantity) {
	if r == nil || r.OnOOM == nil {
		return 1, resource.Quantity{}
	}
	return or(r.OnOOM.MemoryFactor, defaultMemoryFactor), or(r.OnOOM.Max, *resource.NewQuantity(defaultMemoryMax, resource.BinarySI))
}

// or is what a points to, or else.
func or[T any](a *T, otherwise T) T {
	if a != nil {
		return *a
	}
	return otherwise
}
