package v1alpha1

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/wording"
)

// Duration is a length of time as text, in Go's syntax: 90s, 15m, 1h30m. The units are h, m, s and ms; it is above zero, and at
// most 8760h (365 days).
type Duration time.Duration

// MaxDuration keeps every sum of timeouts far below what activeDeadlineSeconds of a Pod can hold, 2^31 seconds.
const MaxDuration = 365 * 24 * time.Hour

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

// DurationTooLong returns the sentence for a duration that exceeds MaxDuration.
func DurationTooLong(text string) string {
	return fmt.Sprintf("%s is longer than the %s that a duration may be (365 days)", wording.Bare(text), Duration(MaxDuration))
}
