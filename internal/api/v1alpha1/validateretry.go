package v1alpha1

import "time"

const (
	maxRetries      = 100
	maxFactor       = 100
	maxMemoryFactor = 16
)

// duration holds a duration, if it is given, to its range. None is said by leaving it out.
func (v *validator) duration(at *path, d *Duration) {
	switch {
	case d == nil:
	case *d <= 0:
		v.report(at, "%s is not above zero: write it as 90s, 15m or 1h30m, or leave %s out", *d, at.key)
	case time.Duration(*d) > maxDuration:
		v.report(at, "%s", tooLong(d.String()))
	}
}

// retry checks each number; whether they fit together is backoffFits' and mayGrow's, since a step's are merged first.
func (v *validator) retry(at *path, r *Retry) {
	if r == nil {
		return
	}
	within(v, at.field("limit"), r.Limit, 0, maxRetries, "a number of further attempts")
	within(v, at.field("infraLimit"), r.InfraLimit, 0, maxRetries, "a number of further attempts")
	within(v, at.field("preemptLimit"), r.PreemptLimit, 0, maxRetries, "a number of further attempts")
	v.backoff(at.field("backoff"), r.Backoff)
	v.onOOM(at.field("onOOM"), r.OnOOM)
}

func (v *validator) backoff(at *path, b *Backoff) {
	if b == nil {
		return
	}
	v.duration(at.field("duration"), b.Duration)
	v.duration(at.field("max"), b.Max)
	within(v, at.field("factor"), b.Factor, 1, maxFactor, "a factor between one wait and the next")
	within(v, at.field("jitter"), b.Jitter, 0, 1, "the part of a wait that chance may add")
}

func (v *validator) onOOM(at *path, o *OnOOM) {
	if o == nil {
		return
	}
	if f := o.MemoryFactor; f != nil && !(*f > 1 && *f <= maxMemoryFactor) {
		v.report(at.field("memoryFactor"), "%v is not a factor by which memory grows: write more than 1, and at most %d", *f, maxMemoryFactor)
	}
	if o.Max != nil && o.Max.Sign() <= 0 {
		v.report(at.field("max"), "%s is no memory: write the most that an attempt is to get, as 64Gi", o.Max)
	}
}

// within holds a number, if it is given, to its range. It is written so that it refuses NaN.
func within[N int32 | float64](v *validator, at *path, got *N, low, high N, what string) {
	if got != nil && !(*got >= low && *got <= high) {
		v.report(at, "%v is not %s: write %v to %v", *got, what, low, high)
	}
}

// backoffFits checks the waits of merged settings, at the place of the part that own says of them. Where own says nothing
// of them they are checked elsewhere.
func (v *validator) backoffFits(settings *path, own, merged *Retry) {
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
	v.report(settings.fields("retry", "backoff", key), "the first wait (duration) of %s is longer than the longest (max) of %s: shorten duration or raise max", *first, *longest)
}

// mayGrow checks that a step with onOOM has a memory limit that can grow: without one, onOOM would be silently in vain.
func (v *validator) mayGrow(settings *path, p *Pipeline, s *Step, retry *Retry) {
	if retry == nil || retry.OnOOM == nil || v.memoryUnknown(settings) {
		return
	}
	effective, err := Effective(p, s)
	if err != nil {
		return // reported by mergedPod
	}
	limit, err := effective.memoryLimit()
	_, most := retry.MemoryGrowth()
	switch {
	case err != nil: // reported by podSettings
	case limit.IsZero():
		v.report(settings.fields("resources", "memory"),
			"step %s has no memory limit that retry.onOOM could raise: set settings.resources.memory of the pipeline for all steps, or of this step", quote(s.Name))
	case most.Sign() > 0 && most.Cmp(limit) <= 0:
		v.report(settings.fields("retry", "onOOM", "max"), "step %s has a memory limit of %s, which cannot grow because retry.onOOM.max is %s: raise max", quote(s.Name), &limit, &most)
	}
}

// memoryUnknown says that a memory limit was written, but not so that it could be read.
func (v *validator) memoryUnknown(settings *path) bool {
	var root *path
	for _, at := range []*path{root.field("settings"), settings} {
		if v.silent(at.fields("resources", "memory")) || v.silent(at.fields("resources", "limits", "memory")) {
			return true
		}
	}
	return false
}
