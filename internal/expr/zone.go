package expr

import (
	"errors"
	"regexp"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

var offset = regexp.MustCompile(`^(UTC|[+-]?[0-9]{2}:[0-9]{2})$`)

var errZone = errors.New(`a time zone is UTC or an offset such as "+02:00"; names of places depend on the machine`)

// isZoned reports whether a function reads a part of a time, in a time zone if one is given.
func isZoned(function string) bool { return strings.HasPrefix(function, "get") }

// refuseZone refuses a time zone whose rules CEL would read from the machine's files, which differ between machines.
func refuseZone(zone ref.Val) ref.Val {
	if name, is := zone.(types.String); is && !offset.MatchString(string(name)) {
		return types.WrapErr(errZone)
	}
	return nil
}
