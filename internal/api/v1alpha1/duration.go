package v1alpha1

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that is text in the file, in Go's syntax: 90s, 15m, 1h30m.
type Duration time.Duration

// maxDuration keeps every sum of timeouts far below what activeDeadlineSeconds of a Pod can hold, 2^31 seconds.
const maxDuration = 365 * 24 * time.Hour

// String is the shortest spelling: 2h, where time.Duration says 2h0m0s.
func (d Duration) String() string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalJSON gives the text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads the text. It errs on what time.ParseDuration does not read, and on numbers, which have no unit.
// That a duration is positive is Validate's to say.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	parsed, err := time.ParseDuration(text)
	*d = Duration(parsed)
	return err
}

// duration holds a value to the text of a duration.
func (c *typeChecker) duration(v *value) {
	const wanted = "a duration, as 90s, 15m or 1h30m,"
	if v.kind == isNumber {
		c.fail(v, "found %s where %s is wanted%s", v.describe(), wanted, meantDuration(v.text))
		return
	}
	if !c.want(v, isString, wanted) {
		return
	}
	if _, err := time.ParseDuration(v.text); err == nil {
		return
	}
	hint := meantDuration(v.text)
	switch {
	case goDuration.MatchString(v.text): // time.Duration holds 292 years
		c.fail(v, "%s", tooLong(v.text))
	case hint == "":
		c.fail(v, "%s is not a duration: write it as 90s, 15m or 1h30m", quote(v.text))
	default:
		c.fail(v, "%s is not a duration%s", quote(v.text), hint)
	}
}

// goDuration is Go's syntax of a duration that is not negative.
var goDuration = regexp.MustCompile(`^\+?(?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|μs|ms|s|m|h))+$`)

func tooLong(text string) string {
	return fmt.Sprintf("%s is longer than the %s that a duration may be (365 days)", shorten(text), Duration(maxDuration))
}

// durationPart is a number with a unit as people write it: `2 hours`, `30 min`, `1d`, `10`.
var durationPart = regexp.MustCompile(`^(?:and )?([0-9]{1,9}(?:\.[0-9]{1,9})?) ?([a-z]*)[ ,]*`)

// durationUnits are the words for units that people write, without the s of the plural; no word is taken for seconds.
var durationUnits = map[string]time.Duration{
	"ms": time.Millisecond, "": time.Second, "sec": time.Second, "second": time.Second, "m": time.Minute, "min": time.Minute, "minute": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hour": time.Hour, "d": 24 * time.Hour, "day": 24 * time.Hour, "w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour,
}

// meantDuration is the end of a sentence that says what `2 hours` is in Go's syntax; nothing where that is not clear.
func meantDuration(text string) string {
	rest := strings.ToLower(strings.TrimSpace(text))
	if len(rest) > maxShown {
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
		if !known || err != nil || number*unit.Hours() > maxDuration.Hours() {
			return ""
		}
		total += time.Duration(number * float64(unit))
		rest = rest[len(part[0]):]
	}
	if total <= 0 || total > maxDuration {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", Duration(total))
}
