package warnings

import (
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// likelyEnough is the chance from which on it is told that names may meet: one run in a thousand.
const likelyEnough = 1e-3

// podNames warns of steps whose Pods have the same name but for the hash, where they are so many that two hashes are
// likely to be the same. A driver that finds two such Pods fails one of the steps. Which ones cannot be said before the
// run: the hash is made of the run's UID.
func (w *warner) podNames(p *v1alpha1.Pipeline) {
	type place struct {
		at   *yamltree.Path
		step *v1alpha1.Step
	}
	byPrefix := map[string][]place{}
	run, suffix := p.Metadata.Name+"-"+strings.Repeat("x", 5), "1-"+strings.Repeat("x", v1alpha1.PodNameHash)
	for at, s := range yamltree.Steps(p) {
		if prefix, cut := v1alpha1.PodNamePrefix(run, s.Name, suffix); cut {
			byPrefix[prefix] = append(byPrefix[prefix], place{at, s})
		}
	}
	for _, s := range yamltree.Steps(p) {
		prefix, _ := v1alpha1.PodNamePrefix(run, s.Name, suffix)
		same := byPrefix[prefix]
		if len(same) == 0 || same[0].step != s {
			continue
		}
		n := float64(len(same))
		if chance := n * (n - 1) / 2 / v1alpha1.PodNameHashes; chance >= likelyEnough {
			w.warn(same[0].at.Field("name"), "the Pods of %d steps, as %s and %s, have the same name but for %d characters of a hash, because run and step name together are cut to %d: in one run of %.0f two are the same, and one of those steps fails; give the steps or the pipeline shorter names",
				len(same), wording.Quote(s.Name), wording.Quote(same[1].step.Name), v1alpha1.PodNameHash, v1alpha1.MaxPodName-len("-")-len(suffix), max(1, 1/chance))
		}
	}
}
