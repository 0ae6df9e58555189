package logview

import (
	"strconv"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Origin is the log that a line is from.
type Origin struct {
	Step      string
	Attempt   int
	Container string
}

// Name is the origin as prefixes have it, without the attempt: `train`, `train/init`.
func (o Origin) Name() string {
	if o.Container == "" || o.Container == v1alpha1.MainContainer {
		return o.Step
	}
	return o.Step + "/" + o.Container
}

// Title is a log's name, with the attempt's number from the second on.
func (o Origin) Title() string {
	if o.Attempt > 1 {
		return o.Name() + "#" + strconv.Itoa(o.Attempt)
	}
	return o.Name()
}
