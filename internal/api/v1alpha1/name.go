package v1alpha1

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// stepName is the syntax of a label's value, for the name becomes one.
var stepName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

// maxStepName is the longest value of a label.
const maxStepName = 63

// StepNameProblem is a sentence on what is wrong with the name of a step; empty if nothing is.
func StepNameProblem(name string) string {
	switch {
	case len(name) > maxStepName:
		return fmt.Sprintf("%s has %d characters, and a step's name may have %d", quote(name), len(name), maxStepName)
	case !stepName.MatchString(name):
		return quote(name) + " is not a valid name of a step: use A-Z, a-z, 0-9, -, _ and ., beginning and ending with a letter or digit"
	}
	return ""
}

// ServiceAccountProblem is a sentence on what is wrong with the name of a ServiceAccount; empty if nothing is.
func ServiceAccountProblem(name string) string {
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		return quote(name) + " is not a valid name of a ServiceAccount: use a-z, 0-9, - and ."
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

// RecordName is the name of piece k's ConfigMap: <run>-record, <run>-record-1, ...
func RecordName(run string, piece int) string {
	if piece == 0 {
		return run + "-record"
	}
	return run + "-record-" + strconv.Itoa(piece)
}
