package v1alpha1

import (
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Policy is what the run does with a step whose attempt does not end well, or does not end. All of it is filled.
type Policy struct {
	// Limit and InfraLimit are how many attempts may follow the first, see Retry.
	Limit, InfraLimit int
	Backoff           BackoffPolicy
	// Timeout, StartTimeout and QueueTimeout are as in Settings; 0 is none.
	Timeout, StartTimeout, QueueTimeout time.Duration
}

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
	defaultMemoryFactor    = 2.0
	defaultMemoryMax       = 64 << 30 // bytes
)

// EffectivePolicy is the policy of a step: its own retry and timeouts over the pipeline's, field by field, and the
// defaults where neither says anything. It merges nothing else, so that it costs next to nothing.
func EffectivePolicy(p *Pipeline, step *Step) Policy {
	a, b := &p.Settings, &step.Settings
	retry := or(mergeRetry(a.Retry, b.Retry), Retry{})
	return Policy{
		Limit:        int(or(retry.Limit, 0)),
		InfraLimit:   int(or(retry.InfraLimit, defaultInfraLimit)),
		Backoff:      retry.Backoff.filled(),
		Timeout:      time.Duration(or(firstSet(b.Timeout, a.Timeout), 0)),
		StartTimeout: time.Duration(or(firstSet(b.StartTimeout, a.StartTimeout), defaultStartTimeout)),
		QueueTimeout: time.Duration(or(firstSet(b.QueueTimeout, a.QueueTimeout), 0)),
	}
}

func (b *Backoff) filled() BackoffPolicy {
	given := or(b, Backoff{})
	return BackoffPolicy{
		Duration: time.Duration(or(given.Duration, defaultBackoffDuration)), Max: time.Duration(or(given.Max, defaultBackoffMax)),
		Factor: or(given.Factor, defaultBackoffFactor), Jitter: or(given.Jitter, defaultBackoffJitter),
	}
}

// Growth is how memory grows: by factor with each OOMKilled attempt, up to most. A nil o is no growth: factor 1.
func (o *OnOOM) Growth() (factor float64, most resource.Quantity) {
	if o == nil {
		return 1, resource.Quantity{}
	}
	return or(o.MemoryFactor, defaultMemoryFactor), or(o.Max, *resource.NewQuantity(defaultMemoryMax, resource.BinarySI))
}

// or is what a points to, or else.
func or[T any](a *T, otherwise T) T {
	if a != nil {
		return *a
	}
	return otherwise
}
