package typecheck

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// wildQuantity is a number whose exponent is so large that arithmetic with it takes all memory: the quantity's own
// parser takes 1e999999999.
var wildQuantity = regexp.MustCompile(`^[+-]?[0-9.]*[eE][+-]?[0-9]{3,}$`)

// maxQuantity is how long a quantity may be written.
const maxQuantity = 64

func (c *typeChecker) quantity(v *yamltree.Value) {
	text := v.Text
	if v.Kind == yamltree.Number {
		text = v.JSON
	}
	if v.Kind != yamltree.String && !c.want(v, yamltree.Number, "a quantity, as 500m, 2 or 1Gi,") {
		return
	}
	if v.Kind == yamltree.Number && v.JSON != "" && !v.AsWritten() {
		c.fail(v, "%s is the number %s to YAML: write %s: %s if that is meant", wording.Quote(v.Text), wording.Bare(text), v.Key(), wording.Bare(text))
		return
	}
	if len(text) > maxQuantity || wildQuantity.MatchString(text) {
		c.fail(v, "%s is too large for a quantity", wording.Quote(v.Text))
		return
	}
	if _, err := resource.ParseQuantity(strings.TrimSpace(text)); err != nil {
		c.fail(v, "%s is not a quantity%s", wording.Quote(v.Text), quantityHint(v.Name, text))
	}
}

// quantityUnits are the units that Kubernetes knows.
var quantityUnits = []string{"Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "k", "M", "G", "T", "P", "E", "m", "u", "n"}

// unitWords are what people write behind a number of CPUs; Kubernetes wants the number alone.
var unitWords = regexp.MustCompile(`(?i)^v?cpus?$|^cores?$|^gpus?$`)

// quantityHint returns what was probably meant: 16GB, 16Gib, 16gi, 16K, 1,5Gi, 2 cores.
func quantityHint(key, text string) string {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", ".")
	number := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	unit := strings.TrimSpace(text[len(number):])
	for _, meant := range append([]string{""}, quantityUnits...) {
		known := meant == "" && (unit == "" || unitWords.MatchString(unit)) || meant != "" && strings.EqualFold(meant, strings.TrimRight(unit, "bB"))
		if !known || number == "" {
			continue
		}
		if q, err := resource.ParseQuantity(number + meant); err == nil && q.Sign() >= 0 {
			return "; did you mean \"" + number + meant + "\"?"
		}
	}
	switch key {
	case "cpu":
		return ": write it as cpu: 500m or cpu: 2"
	case "memory":
		return ": write it as memory: 512Mi or memory: 16Gi"
	}
	return ": write it as 500m, 2 or 1Gi"
}

// gpu holds a value to a number or an object.
func (c *typeChecker) gpu(v *yamltree.Value) {
	const forms = "as in gpu: 1 or gpu: {count: 2, resource: amd.com/gpu}"
	whole := func(text string) bool { _, err := strconv.ParseInt(text, 10, 64); return err == nil }
	switch {
	case v.Kind == yamltree.Number && v.JSON != "" && !whole(v.JSON):
		c.fail(v, "found %s where a number of GPUs is wanted: a GPU is not divided by its number, write gpu: 1, or the resource of a part of one, "+
			"as gpu: {count: 1, resource: nvidia.com/mig-1g.5gb}", v.Describe())
	case v.Kind == yamltree.Number:
		c.integer(v, reflect.TypeFor[int64]())
	case v.Kind == yamltree.String && whole(v.Text):
		c.fail(v, "found %s where a number of GPUs is wanted: write it without quotes, as gpu: %s", v.Describe(), v.Text)
	case v.Kind == yamltree.Object && len(v.Fields) == 1 && strings.Contains(v.Fields[0].Key, "/"):
		f := v.Fields[0]
		c.fail(v, "found %s where a number of GPUs is wanted: write gpu: {count: %s, resource: %s}", v.Describe(), yamltree.OrForm(yamltree.Flow(f.Value), "1"), wording.FlowText(f.Key))
	case v.Kind != yamltree.Object:
		c.fail(v, "found %s where a number of GPUs is wanted, %s", v.Describe(), forms)
	default:
		c.kinds(v, typeGPU)
	}
}
