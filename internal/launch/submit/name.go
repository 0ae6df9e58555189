package submit

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

const (
	maxRunName = validation.DNS1123LabelMaxLength
	// RandomLength is how many random characters end a name that was made.
	RandomLength = 5
)

// runName makes a run's name of its pipeline's and of random characters.
func runName(pipeline, random string) string {
	base := v1alpha1.CleanName(pipeline)
	if most := maxRunName - len(random) - 1; len(base) > most {
		base = base[:most]
	}
	return strings.Trim(strings.Trim(base, "-")+"-"+random, "-")
}

// NewRunProblem is a sentence on what is wrong with a name for a new run; empty if a Job whose Pods carry it in a label can have
// it.
func NewRunProblem(name string) string {
	if len(validation.IsDNS1123Label(name)) > 0 {
		return fmt.Sprintf("%q cannot be the name of a run: at most %d lower-case letters, digits and dashes are allowed, with no dash at either end", name, maxRunName)
	}
	return ""
}

// RunProblem is a sentence on what is wrong with the name of a run that is there; empty if a Job can have it. Jobs that others
// made of our manifest may have dots in their names.
func RunProblem(name string) string {
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		return fmt.Sprintf("%q cannot be the name of a run, which has lower-case letters, digits and dashes", name)
	}
	return ""
}
