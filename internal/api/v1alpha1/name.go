package v1alpha1

import (
	"strconv"
	"strings"
)

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
