package v1alpha1

import "strings"

const (
	// MaxPodName is the longest name of a Pod, which is also its host name: a DNS label.
	MaxPodName = 63
	// PodNameHash is the length of the hash at the end of a step Pod's name.
	PodNameHash = 5
	// podNameHashes is how many hashes there are: 31 characters, see hash5 of podspec.
	podNameHashes = 31 * 31 * 31 * 31 * 31
)

// PodNamePrefix is what stands of run and step in the name of a step's Pod in front of "-<suffix>", cut so that the
// whole is a DNS label. cut reports whether something of them is missing.
func PodNamePrefix(run, step, suffix string) (prefix string, cut bool) {
	prefix = CleanName(run)
	if clean := CleanName(step); prefix == "" {
		prefix = clean
	} else if clean != "" {
		prefix += "-" + clean
	}
	if most := MaxPodName - len("-") - len(suffix); len(prefix) > most {
		return strings.Trim(prefix[:most], "-"), true
	}
	return prefix, false
}

// likelyEnough is the chance from which on it is told that names may meet: one run in a thousand.
const likelyEnough = 1e-3

// podNames warns of steps whose Pods have the same name but for the hash, where they are so many that two hashes are
// likely to be the same. A driver that finds two such Pods fails one of the steps. Which ones cannot be said before the
// run: the hash is made of the run's UID.
func (w *warner) podNames(p *Pipeline) {
	var root *path
	byPrefix := map[string][]int{}
	run, suffix := p.Metadata.Name+"-"+strings.Repeat("x", 5), "1-"+strings.Repeat("x", PodNameHash)
	for i := range p.Steps {
		if prefix, cut := PodNamePrefix(run, p.Steps[i].Name, suffix); cut {
			byPrefix[prefix] = append(byPrefix[prefix], i)
		}
	}
	for i := range p.Steps {
		prefix, _ := PodNamePrefix(run, p.Steps[i].Name, suffix)
		same := byPrefix[prefix]
		if len(same) == 0 || same[0] != i {
			continue
		}
		n := float64(len(same))
		if chance := n * (n - 1) / 2 / podNameHashes; chance >= likelyEnough {
			w.warn(root.field("steps").at(i).field("name"), "the Pods of %d steps, as %s and %s, have the same name but for %d characters of a hash, because run and step name together are cut to %d: in one run of %.0f two are the same, and one of those steps fails; give the steps or the pipeline shorter names",
				len(same), quote(p.Steps[i].Name), quote(p.Steps[same[1]].Name), PodNameHash, MaxPodName-len("-")-len(suffix), max(1, 1/chance))
		}
	}
}
