package v1alpha1

import "strings"

// UnknownKey reports whether Path ends in a key that this build does not know; a newer one may.
func (p Problem) UnknownKey() bool { return strings.HasPrefix(p.Message, "unknown key ") }
