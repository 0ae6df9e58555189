package v1alpha1

import (
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/suggest"
)

// SideContainers is what the regular containers beside `main` get and owe. Native side containers (init containers with
// restartPolicy Always) are ended by the kubelet.
type SideContainers struct {
	// Grace is how long they may go on after the end of `main`; then the Pod is deleted. 10 s if absent.
	Grace *Duration `json:"grace,omitempty"`
	// MustSucceed are those that must end with exit code 0 within the grace for the step to succeed.
	MustSucceed []string `json:"mustSucceed,omitempty"`
}

const defaultSideGrace = Duration(10 * time.Second)

// mergeSideContainers lays the step's over the pipeline's, field by field; a list that is written empty wins, too.
func mergeSideContainers(pipeline, step *SideContainers) *SideContainers {
	if pipeline == nil || step == nil {
		return firstSet(step, pipeline)
	}
	out := &SideContainers{Grace: firstSet(step.Grace, pipeline.Grace), MustSucceed: pipeline.MustSucceed}
	if step.MustSucceed != nil {
		out.MustSucceed = step.MustSucceed
	}
	return out
}

// MustSucceed are the side containers of effective settings that must succeed, sorted, each once.
func (s *Settings) MustSucceed() []string {
	if s.SideContainers == nil {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(s.SideContainers.MustSucceed)))
}

// sideContainers checks the grace; whether the names are those of containers is sidesExist's, since podSettings are merged.
func (v *validator) sideContainers(at *path, s *SideContainers) {
	if s == nil || s.Grace == nil || *s.Grace == 0 {
		return // no grace at all is one, too
	}
	v.duration(at.field("grace"), s.Grace)
}

// sidesExist checks that what must succeed is a regular container beside main.
func (v *validator) sidesExist(settings *path, p *Pipeline, s *Step) {
	merged := mergeSideContainers(p.Settings.SideContainers, s.Settings.SideContainers)
	if merged == nil || len(merged.MustSucceed) == 0 {
		return
	}
	at := settings
	if s.Settings.SideContainers == nil || s.Settings.SideContainers.MustSucceed == nil {
		var root *path
		at = root.field("settings")
	}
	effective, err := Effective(p, s)
	if err != nil {
		return // reported by mergedPod
	}
	spec, err := podSpec(effective.PodSettings)
	if err != nil {
		return // likewise
	}
	var sides, inits []string
	for i := range spec.Containers {
		if name := spec.Containers[i].Name; name != MainContainer {
			sides = append(sides, name)
		}
	}
	for i := range spec.InitContainers {
		inits = append(inits, spec.InitContainers[i].Name)
	}
	for i, name := range merged.MustSucceed {
		place := at.fields("sideContainers", "mustSucceed").at(i)
		switch {
		case slices.Contains(sides, name):
		case name == MainContainer:
			v.report(place, "%q must succeed in any case: name only containers beside it", MainContainer)
		case slices.Contains(inits, name):
			v.report(place, "%s is an init container of step %s: one without restartPolicy must succeed anyway, and the kubelet ends one with restartPolicy: Always; name those under podSettings.containers",
				quote(name), quote(s.Name))
		default:
			v.report(place, "step %s has no side container %s among podSettings.containers%s", quote(s.Name), quote(name), suggest.DidYouMean(name, sides))
		}
	}
}
