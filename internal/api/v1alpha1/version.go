package v1alpha1

import (
	"regexp"
	"slices"
	"strconv"
)

// versionForm is a version as releases and tags of driver images have it. What follows the three numbers, as in
// v0.2.0-rc.1, is a build of that version.
var versionForm = regexp.MustCompile(`^v(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:[-+].*)?$`)

// parseVersion takes v0.0.0, which builds without a release have, for no version.
func parseVersion(text string) ([]int, bool) {
	parts := versionForm.FindStringSubmatch(text)
	if parts == nil {
		return nil, false
	}
	numbers := make([]int, 3)
	for i, part := range parts[1:] {
		numbers[i], _ = strconv.Atoi(part) // has nine digits at most
	}
	return numbers, numbers[0] > 0 || numbers[1] > 0
}

// OlderVersion reports whether version is known to come before needed: what is no version, as dev or latest, is not judged.
func OlderVersion(version, needed string) bool {
	a, known := parseVersion(version)
	b, wanted := parseVersion(needed)
	return known && wanted && slices.Compare(a, b) < 0
}
