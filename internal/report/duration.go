package report

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
)

// Duration is a length of time for people: 850ms, 12s, 2m10s, 1h05m, 3d04h. Less than nothing is 0s.
func Duration(d time.Duration) string {
	switch {
	case d <= 0:
		return "0s"
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%dd%02dh", int(d.Hours())/24, int(d.Hours())%24)
	}
}

// span is the time from one moment to another, or to now while the other has not come; empty when it has not
// begun, or begins at the epoch: a container that could not be started says 1970.
func span(from, to *metav1.Time, now time.Time) string {
	if from == nil || from.IsZero() || from.Unix() == 0 {
		return ""
	}
	if to != nil && !to.IsZero() {
		return Duration(to.Sub(from.Time))
	}
	return Duration(now.Sub(from.Time))
}

// age is how long ago something was made, as kubectl prints it. Only where the server's clock is ahead of ours it is 0s, where
// kubectl prints <invalid>.
func age(made *metav1.Time, now time.Time) string {
	if made == nil || made.IsZero() {
		return ""
	}
	return duration.HumanDuration(max(0, now.Sub(made.Time)))
}
