package v1alpha1

import (
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// wildQuantity is a number whose exponent is so large that arithmetic with it takes all memory: the quantity's own
// parser takes 1e999999999.
var wildQuantity = regexp.MustCompile(`^[+-]?[0-9.]*[eE][+-]?[0-9]{3,}$`)

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
	if len(text) > maxQuantity || wildQuantity.MatchString(text) {
		c.fail(v, "%s is too large for a quantity", quote(v.text))
		return
	}
	if _, err := resource.ParseQuantity(strings.TrimSpace(text)); err != nil {
		c.fail(v, "%s is not a quantity%s", quote(v.text), quantityHint(text))
	}
}

// quantityUnits are the units that Kubernetes knows.
var quantityUnits = []string{"Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "k", "M", "G", "T", "P", "E", "m", "u", "n"}

// quantityHint says what was probably meant: 16GB, 16Gib, 16gi, 16K.
func quantityHint(text string) string {
	number := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	unit := strings.TrimSpace(text[len(number):])
	trimmed := strings.TrimRight(unit, "bB")
	for _, known := range quantityUnits {
		if strings.EqualFold(known, trimmed) && number != "" {
			if resource, err := resource.ParseQuantity(number + known); err == nil && resource.Sign() >= 0 {
				return "; did you mean \"" + number + known + "\"?"
			}
		}
	}
	return ": write it as 500m, 2 or 1Gi"
}
