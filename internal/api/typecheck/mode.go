package typecheck

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// IsMode reports whether a key of podSettings holds the mode of a file, in either spelling.
func IsMode(key string) bool { return key == "defaultMode" || key == "default_mode" || key == "mode" }

// leadingZero is a number as YAML 1.1 writes an octal one. YAML 1.2, and JSON, have no such numbers.
var leadingZero = regexp.MustCompile(`^[-+]?0[0-9_]+$`)

// octalProblem is a sentence about a number with a leading zero that its reader may not have meant as what it is; empty
// if there is none. Of 0080 YAML's parser makes a decimal 80, of 0100 an octal 64.
func octalProblem(v *yamltree.Value) string {
	if v.Kind != yamltree.Number || !leadingZero.MatchString(v.Text) {
		return ""
	}
	plain := strings.TrimLeft(strings.ReplaceAll(strings.TrimLeft(v.Text, "-+"), "_", ""), "0")
	switch {
	case strings.ContainsAny(plain, "89"):
		if IsMode(v.Name) {
			return fmt.Sprintf("%s is not an octal number, because an octal number has the digits 0 to 7 only: write the mode as 0640", v.Text)
		}
		return fmt.Sprintf("%s begins with 0 as an octal number does, but is none: write %s", v.Text, plain)
	case IsMode(v.Name) || plain == "":
		return ""
	}
	return fmt.Sprintf("%s is an octal number, which is %s: write %s, or %s without the 0 in front", v.Text, v.JSON, v.JSON, plain)
}

// meantAsOctal are the usual modes that, written without the 0 in front, are another possible mode.
var meantAsOctal = []string{"400", "440", "444", "500"}

// CheckModes refuses modes in YAML that were surely meant as octal numbers: 440 is 0670. It needs the text: who writes
// 0670 has the same number and means it.
func CheckModes(v *yamltree.Value, c *yamltree.Collector) {
	for _, f := range v.Fields {
		if inner := f.Value; IsMode(f.Key) && inner.Kind == yamltree.Number && slices.Contains(meantAsOctal, inner.Text) && !inner.Broken {
			c.AtValue(inner, "%s is a decimal number, which is the mode %s: write 0%s, or %s if you mean that", inner.Text, Octal(inner.JSON), inner.Text, Octal(inner.JSON))
			inner.Broken = true
		}
		CheckModes(f.Value, c)
	}
	for _, item := range v.Items {
		CheckModes(item, c)
	}
}

// Octal returns a decimal number in octal, as YAML writes a file mode.
func Octal(decimal string) string {
	n, err := strconv.ParseInt(decimal, 10, 64)
	if err != nil {
		return decimal
	}
	return "0" + strconv.FormatInt(n, 8)
}
