package validate

import (
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

const (
	maxRetries      = 100
	maxFactor       = 100
	maxMemoryFactor = 16
)

// retryRules checks retry, back-off and memory growth.
type retryRules struct{ *validator }

// retry checks each number; whether they fit together is backoffFits' and mayGrow's, since a step's are merged first.
func (v retryRules) retry(at *yamltree.Path, r *v1alpha1.Retry) {
	if r == nil {
		return
	}
	within(v.validator, at.Field("limit"), r.Limit, 0, maxRetries, "a number of further attempts")
	within(v.validator, at.Field("infraLimit"), r.InfraLimit, 0, maxRetries, "a number of further attempts")
	within(v.validator, at.Field("preemptLimit"), r.PreemptLimit, 0, maxRetries, "a number of further attempts")
	v.backoff(at.Field("backoff"), r.Backoff)
	v.onOOM(at.Field("onOOM"), r.OnOOM)
}

func (v retryRules) backoff(at *yamltree.Path, b *v1alpha1.Backoff) {
	if b == nil {
		return
	}
	v.duration(at.Field("duration"), b.Duration)
	v.duration(at.Field("max"), b.Max)
	within(v.validator, at.Field("factor"), b.Factor, 1, maxFactor, "a factor between one wait and the next")
	within(v.validator, at.Field("jitter"), b.Jitter, 0, 1, "the part of a wait that chance may add")
}

func (v retryRules) onOOM(at *yamltree.Path, o *v1alpha1.OnOOM) {
	if o == nil {
		return
	}
	if f := o.MemoryFactor; f != nil && !(*f > 1 && *f <= maxMemoryFactor) {
		v.report(at.Field("memoryFactor"), "%v is not a factor by which memory grows: write more than 1, and at most %d", *f, maxMemoryFactor)
	}
	if o.Max != nil && o.Max.Sign() <= 0 {
		v.report(at.Field("max"), "%s is no memory: write the most that an attempt is to get, as 64Gi", o.Max)
	}
}

// within holds a number, if it is given, to its range. It is written so that it refuses NaN.
func within[N int32 | float64](v *validator, at *yamltree.Path, got *N, low, high N, what string) {
	if got != nil && !(*got >= low && *got <= high) {
		v.report(at, "%v is not %s: write %v to %v", *got, what, low, high)
	}
}

// backoffFits checks the waits of merged settings, at the place of the part that own says of them. Where own says nothing
// of them they are checked elsewhere.
func (v retryRules) backoffFits(settings *yamltree.Path, own, merged *v1alpha1.Retry) {
	if own == nil || own.Backoff == nil || own.Backoff.Duration == nil && own.Backoff.Max == nil {
		return
	}
	first, longest := merged.Backoff.Duration, merged.Backoff.Max
	if first == nil || longest == nil || *longest <= 0 || *first <= *longest {
		return
	}
	key := "max"
	if own.Backoff.Max == nil {
		key = "duration"
	}
	v.report(settings.Fields("retry", "backoff", key), "the first wait (duration) of %s is longer than the longest (max) of %s: shorten duration or raise max", *first, *longest)
}

// mayGrow checks that a step with onOOM has a memory limit that can grow: without one, onOOM would have no effect.
func (v retryRules) mayGrow(settings *yamltree.Path, p *v1alpha1.Pipeline, s *v1alpha1.Step, retry *v1alpha1.Retry) {
	if retry == nil || retry.OnOOM == nil || v.memoryUnknown(settings) {
		return
	}
	effective, err := v1alpha1.Effective(p, s)
	if err != nil {
		return // reported by mergedPod
	}
	limit, err := effective.MemoryLimit()
	_, most := retry.MemoryGrowth()
	switch {
	case err != nil: // reported by podSettings
	case limit.IsZero():
		v.report(settings.Fields("resources", "memory"),
			"step %s has no memory limit that retry.onOOM could raise: set settings.resources.memory of the pipeline for all steps, or of this step", wording.Quote(s.Name))
	case most.Sign() > 0 && most.Cmp(limit) <= 0:
		v.report(settings.Fields("retry", "onOOM", "max"), "step %s has a memory limit of %s, which cannot grow because retry.onOOM.max is %s: raise max", wording.Quote(s.Name), &limit, &most)
	}
}

// memoryUnknown reports whether the file has a memory limit that could not be parsed.
func (v retryRules) memoryUnknown(settings *yamltree.Path) bool {
	var root *yamltree.Path
	for _, at := range []*yamltree.Path{root.Field("settings"), settings} {
		if v.silent(at.Fields("resources", "memory")) || v.silent(at.Fields("resources", "limits", "memory")) {
			return true
		}
	}
	return false
}

// ttl holds the lifetime to what ttlSecondsAfterFinished, an int32 of seconds, can say, and a reader needs.
func (v *validator) ttl(at *yamltree.Path, d *v1alpha1.Duration) {
	switch {
	case d == nil:
	case *d < v1alpha1.MinTTL:
		v.report(at, "%s is too short: a run's verdict goes with it, and 1m is the least that lets others read it", *d)
	default:
		v.duration(at, d)
	}
}

// duration holds a duration, if it is given, to its range. None is said by leaving it out.
func (v *validator) duration(at *yamltree.Path, d *v1alpha1.Duration) {
	switch {
	case d == nil:
	case *d <= 0:
		v.report(at, "%s is not above zero: write it as 90s, 15m or 1h30m, or leave %s out", *d, at.Key)
	case time.Duration(*d) > v1alpha1.MaxDuration:
		v.report(at, "%s", v1alpha1.DurationTooLong(d.String()))
	}
}
