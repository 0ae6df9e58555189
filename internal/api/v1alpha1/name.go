package v1alpha1

import (
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/stepherd/stepherd/internal/api/wording"
)

// stepName is the syntax of a label's value, for the name becomes one.
var stepName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

// maxStepName is the longest value of a label.
const maxStepName = 63

// StepNameProblem is a sentence on what is wrong with the name of a step; empty if nothing is.
func StepNameProblem(name string) string {
	switch {
	case len(name) > maxStepName:
		return fmt.Sprintf("%s has %d characters, and a step's name may have %d", wording.Quote(name), len(name), maxStepName)
	case !stepName.MatchString(name):
		return wording.Quote(name) + " is not a valid name of a step: use A-Z, a-z, 0-9, -, _ and ., beginning and ending with a letter or digit"
	}
	return ""
}

// ServiceAccountProblem is a sentence on what is wrong with the name of a ServiceAccount; empty if nothing is.
func ServiceAccountProblem(name string) string {
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		return wording.Quote(name) + " is not a valid name of a ServiceAccount: use a-z, 0-9, - and ."
	}
	return ""
}

// CleanName is a step's name as it appears in Pod names: lower case, everything but a-z, 0-9 and - replaced by -,
// trimmed of - at the ends.
func CleanName(name string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, name)
	return strings.Trim(clean, "-")
}

// MaxPipelineName is the longest name of a pipeline, in bytes: a run adds a dash and five characters to it, and a run's
// name is a DNS label of 63.
const MaxPipelineName = 57

const (
	// MaxPodName is the longest name of a Pod, which is also its host name: a DNS label.
	MaxPodName = 63
	// PodNameHash is the length of the hash at the end of a step Pod's name.
	PodNameHash = 5
	// PodNameHashes is how many hashes there are: 31 characters, see hash5 of podspec.
	PodNameHashes = 31 * 31 * 31 * 31 * 31
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
