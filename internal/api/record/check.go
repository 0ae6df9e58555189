package record

import (
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// What JSON can be read as a record need not be one: a phase of another build would be taken for a step that has not
// ended, and the step would run again. So what this build would not have written is refused.

// check returns an error if the head has what no record's head has.
func (h Head) check() error {
	switch {
	case h.Phase != v1alpha1.RunRunning && !h.Phase.Ended():
		return fmt.Errorf("a run in a record has no phase %q", h.Phase)
	case h.StepCount < 0 || h.StepCount > v1alpha1.MaxSteps:
		return fmt.Errorf("a run has no %d steps", h.StepCount)
	case (h.Provisional == nil) != (h.FinallyStartedAt == nil):
		return errors.New("it has the provisional verdict or the time when finally began, and not both")
	case h.Provisional != nil && !h.Provisional.Phase.Ended():
		return fmt.Errorf("a provisional verdict has no phase %q", h.Provisional.Phase)
	case !areTimes(h.StartedAt, h.FinishedAt, h.CancelledAt, h.FinallyStartedAt):
		return errNoTime
	}
	return nil
}

// checkSteps returns an error if steps have what no piece of a record has. Of a step or an attempt without a phase
// nothing is known.
func checkSteps(steps []v1alpha1.StepStatus) error {
	for _, s := range steps {
		if !isStepPhase(s.Phase) {
			return fmt.Errorf("step %q has the phase %q, which there is not", s.Name, s.Phase)
		}
		for k, a := range s.Attempts {
			switch {
			case a.Number != k+1:
				return fmt.Errorf("attempt %d of step %q has the number %d", k+1, s.Name, a.Number)
			case !isStepPhase(a.Phase):
				return fmt.Errorf("attempt %d of step %q has the phase %q, which there is not", k+1, s.Name, a.Phase)
			case !areTimes(a.CreatedAt, a.ScheduledAt, a.StartedAt, a.FinishedAt):
				return errNoTime
			case a.Log != nil && !areStamps(a.Log.First):
				return errNoTime
			case a.Log != nil && !arePlaces(a.Log.At):
				return fmt.Errorf("attempt %d of step %q has something else for how far its log was printed", a.Number, s.Name)
			}
		}
	}
	return nil
}

// arePlaces reports whether these may be places in logs, as package logs writes them. It alone knows what they mean; one that is
// none of ours is the log's beginning to it.
func arePlaces(at map[string]string) bool {
	for _, place := range at {
		if len(place) > maxPlace || strings.ContainsFunc(place, noPlaceLetter) {
			return false
		}
	}
	return true
}

// maxPlace is far above what any place takes.
const maxPlace = 256

func noPlaceLetter(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

var errNoTime = errors.New("a time in it is outside the years 0 to 9999")

// areStamps reports whether first lines have stamps that can be written again.
func areStamps(first map[string]time.Time) bool {
	for _, at := range first {
		if !areTimes(&metav1.Time{Time: at}) {
			return false
		}
	}
	return true
}

// areTimes reports whether the times can be written again: in UTC a year may have five digits that had four elsewhere.
func areTimes(times ...*metav1.Time) bool {
	for _, t := range times {
		if t != nil && (t.UTC().Year() < 0 || t.UTC().Year() > 9999) {
			return false
		}
	}
	return true
}

func isStepPhase(p v1alpha1.StepPhase) bool {
	return p == "" || p == v1alpha1.StepWaiting || p == v1alpha1.StepPending || p == v1alpha1.StepRunning || p.Ended()
}
