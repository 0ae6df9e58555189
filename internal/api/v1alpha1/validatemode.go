package v1alpha1

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxMode is the highest mode of a file in a volume: 0777.
const maxMode = 0o777

// isMode reports whether a key of podSettings holds the mode of a file, in either spelling.
func isMode(key string) bool { return key == "defaultMode" || key == "default_mode" || key == "mode" }

// leadingZero is a number as YAML 1.1 writes an octal one. YAML 1.2, and JSON, have no such numbers.
var leadingZero = regexp.MustCompile(`^[-+]?0[0-9_]+$`)

// octalProblem is a sentence about a number with a leading zero that its reader may not have meant as what it is; empty
// if there is none. Of 0080 YAML's parser makes a decimal 80, of 0100 an octal 64.
func octalProblem(v *value) string {
	if v.kind != isNumber || !leadingZero.MatchString(v.text) {
		return ""
	}
	plain := strings.TrimLeft(strings.ReplaceAll(strings.TrimLeft(v.text, "-+"), "_", ""), "0")
	switch {
	case strings.ContainsAny(plain, "89"):
		if isMode(v.name) {
			return fmt.Sprintf("%s is not an octal number, because an octal number has the digits 0 to 7 only: write the mode as 0640", v.text)
		}
		return fmt.Sprintf("%s begins with 0 as an octal number does, but is none: write %s", v.text, plain)
	case isMode(v.name) || plain == "":
		return ""
	}
	return fmt.Sprintf("%s is an octal number, which is %s: write %s, or %s without the 0 in front", v.text, v.json, v.json, plain)
}

// meantAsOctal are the usual modes that, written without the 0 in front, are another possible mode.
var meantAsOctal = []string{"400", "440", "444", "500"}

// writtenModes refuses modes in YAML that were surely meant as octal numbers: 440 is 0670. It needs the text: who writes
// 0670 has the same number and means it.
func (c *collector) writtenModes(v *value) {
	for _, f := range v.fields {
		if inner := f.value; isMode(f.key) && inner.kind == isNumber && slices.Contains(meantAsOctal, inner.text) && !inner.broken {
			c.atValue(inner, "%s is a decimal number, which is the mode %s: write 0%s, or %s if you mean that", inner.text, octal(inner.json), inner.text, octal(inner.json))
			inner.broken = true
		}
		c.writtenModes(f.value)
	}
	for _, item := range v.items {
		c.writtenModes(item)
	}
}

func octal(decimal string) string {
	n, err := strconv.ParseInt(decimal, 10, 64)
	if err != nil {
		return decimal
	}
	return "0" + strconv.FormatInt(n, 8)
}

// modes refuses modes that the API server will not take.
func (p *podValidator) modes(at *path, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if n, ok := v[key].(int64); ok && isMode(key) {
				p.mode(at.field(key), n)
			}
			p.modes(at.field(key), v[key])
		}
	case []any:
		for i, element := range v {
			p.modes(at.at(i), element)
		}
	}
}

func (p *podValidator) mode(at *path, n int64) {
	if n >= 0 && n <= maxMode {
		return
	}
	written := strconv.FormatInt(n, 10)
	if n > 0 && len(written) == 3 && !strings.ContainsAny(written, "89") {
		p.report(at, "%s is a decimal number, which is the mode %s, and a mode is 0 to 0777: write 0%s", written, octal(written), written)
		return
	}
	p.report(at, "%s is not a mode, which is 0 to 0777: write it as an octal number, as 0640", written)
}
