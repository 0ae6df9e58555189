package v1alpha1

// policy warns of what a step's retry and timeouts say in vain. What the pipeline's settings say is warned about once.
func (w *warner) policy(at *path, p *Pipeline, s *Step) {
	effective := EffectivePolicy(p, s)
	if run := or(p.Timeout, 0); run > 0 && Duration(effective.Timeout) > run {
		w.inVain(at, s.Settings.Timeout != nil, []string{"timeout"},
			"%s is longer than the %s that the whole run may take: the run ends first", Duration(effective.Timeout), run)
	}
	retry := mergeRetry(p.Settings.Retry, s.Settings.Retry)
	if retry != nil && retry.OnOOM != nil && effective.Limit == 0 {
		w.inVain(at, s.Settings.Retry != nil, []string{"retry", "onOOM"},
			"no attempt follows one that ended OOMKilled, because retry.limit is 0: set retry.limit")
	}
}

// inVain warns at the step's own settings, or else once at the pipeline's.
func (w *warner) inVain(step *path, own bool, keys []string, format string, args ...any) {
	if own {
		w.warn(step.fields(keys...), format, args...)
		return
	}
	var root *path
	at := root.field("settings").fields(keys...)
	key := "at " + at.String() // no image has a space
	if !w.seen[key] {
		w.seen[key] = true
		w.warn(at, format, args...)
	}
}
