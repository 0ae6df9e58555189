package report

import (
	"hash/fnv"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// color is an ANSI sequence without its ends; empty is none.
type color string

const (
	none    color = ""
	faint   color = "2"
	red     color = "31"
	green   color = "32"
	yellow  color = "33"
	magenta color = "35"
	cyan    color = "36"
)

func (c color) paint(s string, on bool) string {
	if !on || c == none || s == "" {
		return s
	}
	return "\x1b[" + string(c) + "m" + s + "\x1b[0m"
}

func runColor(p v1alpha1.RunPhase) color {
	switch p {
	case v1alpha1.RunSucceeded:
		return green
	case v1alpha1.RunFailed:
		return red
	case v1alpha1.RunCancelled:
		return magenta
	case v1alpha1.RunRunning:
		return cyan
	case v1alpha1.RunPending:
		return yellow
	}
	return none
}

func stepColor(p v1alpha1.StepPhase) color {
	switch p {
	case v1alpha1.StepSucceeded:
		return green
	case v1alpha1.StepFailed:
		return red
	case v1alpha1.StepCancelled:
		return magenta
	case v1alpha1.StepRunning:
		return cyan
	case v1alpha1.StepPending:
		return yellow
	case v1alpha1.StepWaiting, v1alpha1.StepSkipped:
		return faint
	}
	return none
}

// stepPalette are the colors of steps in a followed log; red is left to failures.
var stepPalette = []color{"36", "32", "33", "35", "34", "96", "92", "93", "95", "94"}

// StepName is a step's name in the color that it always has, or plain.
func StepName(text, step string, color bool) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(step))
	return stepPalette[h.Sum32()%uint32(len(stepPalette))].paint(text, color)
}
