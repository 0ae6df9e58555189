package typecheck

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// duration holds a value to the text of a duration.
func (c *typeChecker) duration(v *yamltree.Value) {
	const wanted = "a duration, as 90s, 15m or 1h30m,"
	if v.Kind == yamltree.Number {
		c.fail(v, "found %s where %s is wanted%s", v.Describe(), wanted, meantDuration(v.Text))
		return
	}
	if !c.want(v, yamltree.String, wanted) {
		return
	}
	if _, err := time.ParseDuration(v.Text); err == nil {
		return
	}
	hint := meantDuration(v.Text)
	switch {
	case goDuration.MatchString(v.Text): // time.Duration holds 292 years
		c.fail(v, "%s", v1alpha1.DurationTooLong(v.Text))
	case hint == "":
		c.fail(v, "%s is not a duration: write it as 90s, 15m or 1h30m", wording.Quote(v.Text))
	default:
		c.fail(v, "%s is not a duration%s", wording.Quote(v.Text), hint)
	}
}

// goDuration is Go's syntax of a duration that is not negative.
var goDuration = regexp.MustCompile(`^\+?(?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|μs|ms|s|m|h))+$`)

// durationPart is a number with a unit as people write it: `2 hours`, `30 min`, `1d`, `10`.
var durationPart = regexp.MustCompile(`^(?:and )?([0-9]{1,9}(?:\.[0-9]{1,9})?) ?([a-z]*)[ ,]*`)

// durationUnits are the words for units that people write, without the s of the plural; no word is taken for seconds.
var durationUnits = map[string]time.Duration{
	"ms": time.Millisecond, "": time.Second, "sec": time.Second, "second": time.Second, "m": time.Minute, "min": time.Minute, "minute": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hour": time.Hour, "d": 24 * time.Hour, "day": 24 * time.Hour, "w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour,
}

// meantDuration returns the end of a sentence with `2 hours` in Go's syntax; empty if that is not clear.
func meantDuration(text string) string {
	rest := strings.ToLower(strings.TrimSpace(text))
	if len(rest) > wording.MaxShown {
		return ""
	}
	var total time.Duration
	for rest != "" {
		part := durationPart.FindStringSubmatch(rest)
		if part == nil {
			return ""
		}
		unit, known := durationUnits[part[2]]
		if !known {
			unit, known = durationUnits[strings.TrimSuffix(part[2], "s")]
		}
		number, err := strconv.ParseFloat(part[1], 64)
		if !known || err != nil || number*unit.Hours() > v1alpha1.MaxDuration.Hours() {
			return ""
		}
		total += time.Duration(number * float64(unit))
		rest = rest[len(part[0]):]
	}
	if total <= 0 || total > v1alpha1.MaxDuration {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", v1alpha1.Duration(total))
}
