package status

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/report"
)

// driverEnd is how a driver's container ended.
func driverEnd(pod *corev1.Pod) string {
	for _, c := range pod.Status.ContainerStatuses {
		if t := c.State.Terminated; c.Name == v1alpha1.DriverContainer && t != nil {
			return fmt.Sprintf(" with exit code %d (%s)%s", t.ExitCode, t.Reason, lastLine(t.Message))
		}
	}
	if pod.Status.Reason != "" {
		return fmt.Sprintf(" (%s)%s", pod.Status.Reason, lastLine(pod.Status.Message))
	}
	return ""
}

// lastLine returns the reason from a termination message, which is the end of the driver's transcript: its last error,
// or else its last line (a panic's trace has no transcript's form).
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	said := lines[len(lines)-1]
	for _, line := range slices.Backward(lines) {
		var entry struct{ Level, Msg, Error string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Level == "error" {
			said = strings.TrimSuffix(entry.Msg+": "+entry.Error, ": ")
			break
		}
	}
	if line := report.Line(said); line != "" {
		return ": " + line
	}
	return ""
}

// lastDriver adds to the verdict DriverLost how the last driver ended.
func lastDriver(pods []corev1.Pod) string {
	_, last := LiveAndLastDriver(pods)
	if last == nil {
		return ""
	}
	return fmt.Sprintf("; its last Pod %s ended%s", last.Name, driverEnd(last))
}
