package warnings

import (
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// policy warns of what a step's retry and timeouts say in vain. What the pipeline's settings say is warned about once.
func (w *warner) policy(at *yamltree.Path, p *v1alpha1.Pipeline, s *v1alpha1.Step) {
	effective := v1alpha1.EffectivePolicy(p, s)
	if run := p.Timeout; run != nil && v1alpha1.Duration(effective.Timeout) > *run {
		w.inVain(at, s.Settings.Timeout != nil, []string{"timeout"},
			"%s is longer than the %s that the whole run may take: the run ends first", v1alpha1.Duration(effective.Timeout), *run)
	}
	retry := v1alpha1.MergeRetry(p.Settings.Retry, s.Settings.Retry)
	if retry != nil && retry.OnOOM != nil && effective.Limit == 0 {
		w.inVain(at, s.Settings.Retry != nil, []string{"retry", "onOOM"},
			"no attempt follows one that ended OOMKilled, because retry.limit is 0: set retry.limit")
	}
	if sides := v1alpha1.MergeSideContainers(p.Settings.SideContainers, s.Settings.SideContainers); sides != nil && len(sides.MustSucceed) > 0 && effective.SideGrace == 0 {
		own := s.Settings.SideContainers != nil && s.Settings.SideContainers.Grace != nil
		w.inVain(at, own, []string{"sideContainers", "grace"},
			"mustSucceed waits for nothing, because grace is 0s: a container that has not ended before main fails the step; give grace the time that it needs")
	}
}

// inVain warns at the step's own settings, or else once at the pipeline's.
func (w *warner) inVain(step *yamltree.Path, own bool, keys []string, format string, args ...any) {
	if own {
		w.warn(step.Fields(keys...), format, args...)
		return
	}
	var root *yamltree.Path
	at := root.Field("settings").Fields(keys...)
	key := "at " + at.String() // no image has a space
	if !w.seen[key] {
		w.seen[key] = true
		w.warn(at, format, args...)
	}
}

func (w *warner) archive(at *yamltree.Path, l *v1alpha1.Logs) {
	if l.Archive != nil && l.Archive.Volume.HostPath != nil {
		w.warn(at.Fields("archive", "volume", "hostPath"),
			"a folder of one node: a driver or a reader on another node finds another one, and a namespace that enforces baseline or restricted refuses both")
	}
}
