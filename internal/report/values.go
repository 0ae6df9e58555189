package report

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
)

const (
	// valueWidth is how many bytes of a value are shown, and valuesWidth those of all values of a step or a run. JSON and YAML have all
	// of it.
	valueWidth  = 40
	valuesWidth = 60
)

// valuesText is `best=3, parts=["x","y"]`: the values by their names, of long ones the beginning. Texts that are one plain word have
// no quotes.
func valuesText(values map[string]v1alpha1.Value) string {
	var parts []string
	length := 0
	for i, name := range slices.Sorted(maps.Keys(values)) {
		part := name + "=" + valueText(values[name])
		if length += len(part) + len(", "); length > valuesWidth && i > 0 {
			parts = append(parts, "...")
			break
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

func valueText(v v1alpha1.Value) string {
	var word string
	if json.Unmarshal(v, &word) == nil && wording.PlainWord(word) {
		return wording.Cut(word, valueWidth)
	}
	return wording.Cut(printable(string(v)), valueWidth)
}
