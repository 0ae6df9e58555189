package v1alpha1

import (
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// wildQuantity is a number whose exponent is so large that arithmetic with it takes all memory: the quantity's own
// parser takes 1e999999999.
var wildQuantity = regexp.MustCompile(`^[+-]?[0-9.]*[eE][+-]?[0-9]{3,}$`)

// plainNumber is a number that people and YAML read as the same: 010 is 8 to YAML, 0x10 is 16, and 1_000 is 1000.
var plainNumber = regexp.MustCompile(`^[+-]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][+-]?[0-9]+)?$`)

// maxQuantity is how long a quantity may be written.
const maxQuantity = 64

func (c *typeChecker) quantity(v *value) {
	text := v.text
	if v.kind == isNumber {
		text = v.json
	}
	if v.kind != isString && !c.want(v, isNumber, "a quantity, as 500m, 2 or 1Gi,") {
		return
	}
	if v.kind == isNumber && !plainNumber.MatchString(v.text) {
		c.fail(v, "%s is the number %s to YAML: write %s: %s if that is meant", quote(v.text), shorten(text), v.key(), shorten(text))
		return
	}
	if len(text) > maxQuantity || wildQuantity.MatchString(text) {
		c.fail(v, "%s is too large for a quantity", quote(v.text))
		return
	}
	if _, err := resource.ParseQuantity(strings.TrimSpace(text)); err != nil {
		c.fail(v, "%s is not a quantity%s", quote(v.text), quantityHint(v.name, text))
	}
}

// quantityUnits are the units that Kubernetes knows.
var quantityUnits = []string{"Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "k", "M", "G", "T", "P", "E", "m", "u", "n"}

// unitWords are what people write behind a number of CPUs; Kubernetes wants the number alone.
var unitWords = regexp.MustCompile(`(?i)^v?cpus?$|^cores?$|^gpus?$`)

// quantityHint says what was probably meant: 16GB, 16Gib, 16gi, 16K, 1,5Gi, 2 cores.
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
