package report

import (
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func TestValuesText(t *testing.T) {
	long := strings.Repeat("x", 100)
	for want, values := range map[string]map[string]string{
		"":                               {},
		`best=3, name=iris, ok=true`:     {"ok": `true`, "best": `3`, "name": `"iris"`},
		`parts=["x","y z"], path="/a b"`: {"parts": `["x","y z"]`, "path": `"/a b"`},
		`a=` + long[:40] + `...`:         {"a": `"` + long[:80] + `"`},
		`a="` + long[:39] + `..., ...`:   {"a": `"` + long + `"`, "b": `"` + long + `"`, "c": `1`},
		`a="\u001b[31m"`:                 {"a": `"\u001b[31m"`},
		`a="[31mred"`:                    {"a": "\"\x1b[31mred\""},
	} {
		given := map[string]v1alpha1.Value{}
		for name, v := range values {
			given[name] = v1alpha1.Value(v)
		}
		if got := valuesText(given); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
