package validate

import (
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/suggest"
)

// sideRules checks the rules about side containers.
type sideRules struct{ *validator }

// sideContainers checks the grace; whether the names are those of containers is sidesExist's, since podSettings are merged.
func (v sideRules) sideContainers(at *yamltree.Path, s *v1alpha1.SideContainers) {
	if s == nil || s.Grace == nil || *s.Grace == 0 {
		return // no grace at all is one, too
	}
	v.duration(at.Field("grace"), s.Grace)
}

// sidesExist checks that what must succeed is a regular container beside main.
func (v sideRules) sidesExist(settings *yamltree.Path, p *v1alpha1.Pipeline, s *v1alpha1.Step) {
	merged := v1alpha1.MergeSideContainers(p.Settings.SideContainers, s.Settings.SideContainers)
	if merged == nil || len(merged.MustSucceed) == 0 {
		return
	}
	at := settings
	if s.Settings.SideContainers == nil || s.Settings.SideContainers.MustSucceed == nil {
		var root *yamltree.Path
		at = root.Field("settings")
	}
	effective, err := v1alpha1.Effective(p, s)
	if err != nil {
		return // reported by mergedPod
	}
	spec, err := v1alpha1.DecodePodSpec(effective.PodSettings)
	if err != nil {
		return // likewise
	}
	var sides, inits []string
	for i := range spec.Containers {
		if name := spec.Containers[i].Name; name != v1alpha1.MainContainer {
			sides = append(sides, name)
		}
	}
	for i := range spec.InitContainers {
		inits = append(inits, spec.InitContainers[i].Name)
	}
	for i, name := range merged.MustSucceed {
		place := at.Fields("sideContainers", "mustSucceed").At(i)
		switch {
		case slices.Contains(sides, name):
		case name == v1alpha1.MainContainer:
			v.report(place, "%q must succeed in any case: name only containers beside it", v1alpha1.MainContainer)
		case slices.Contains(inits, name):
			v.report(place, "%s is an init container of step %s: one without restartPolicy must succeed anyway, and the kubelet ends one with restartPolicy: Always; name those under podSettings.containers",
				wording.Quote(name), wording.Quote(s.Name))
		default:
			v.report(place, "step %s has no side container %s among podSettings.containers%s", wording.Quote(s.Name), wording.Quote(name), suggest.DidYouMean(name, sides))
		}
	}
}
