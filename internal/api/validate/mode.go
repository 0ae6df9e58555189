package validate

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/stepherd/stepherd/internal/api/typecheck"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// maxMode is the highest mode of a file in a volume: 0777.
const maxMode = 0o777

// modes refuses modes that the API server will not take.
func (p *podValidator) modes(at *yamltree.Path, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if n, ok := v[key].(int64); ok && typecheck.IsMode(key) {
				p.mode(at.Field(key), n)
			}
			p.modes(at.Field(key), v[key])
		}
	case []any:
		for i, element := range v {
			p.modes(at.At(i), element)
		}
	}
}

func (p *podValidator) mode(at *yamltree.Path, n int64) {
	if n >= 0 && n <= maxMode {
		return
	}
	written := strconv.FormatInt(n, 10)
	if n > 0 && len(written) == 3 && !strings.ContainsAny(written, "89") {
		p.report(at, "%s is a decimal number, which is the mode %s, and a mode is 0 to 0777: write 0%s", written, typecheck.Octal(written), written)
		return
	}
	p.report(at, "%s is not a mode, which is 0 to 0777: write it as an octal number, as 0640", written)
}
