package runlogs

import (
	"fmt"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/logview"
	"github.com/stepherd/stepherd/internal/report"
)

// marker tells on Err when attempts begin and end, where the query wants that.
type marker struct {
	client *client.Client
	on     bool
	// told are the containers whose ends were.
	told map[logview.Origin]bool
}

// begin tells that an attempt has begun.
func (m *marker) begin(step string, a v1alpha1.AttemptStatus) {
	m.mark("+ %s", report.StepName(status.Title(step, a.Number), step, m.client.ErrColor))
}

// end tells how an attempt has ended, with a remark.
func (m *marker) end(step string, a v1alpha1.AttemptStatus, remark string) {
	name := report.StepName(status.Title(step, a.Number), step, m.client.ErrColor)
	if why := report.Why(&v1alpha1.StepStatus{Phase: a.Phase, Attempts: []v1alpha1.AttemptStatus{a}}); why != "" {
		m.mark("- %s %s: %s%s", name, a.Phase, why, remark)
		return
	}
	m.mark("- %s %s%s", name, a.Phase, remark)
}

// containers tells, once, what there is to tell of containers that do not decide how their attempt ends.
func (m *marker) containers(step string, a v1alpha1.AttemptStatus) {
	for _, c := range a.Containers {
		o := logview.Origin{Step: step, Attempt: a.Number, Container: c.Name}
		if !m.told[o] {
			m.told[o] = true
			m.mark("! %s: %s", report.StepName(status.Title(step, a.Number), step, m.client.ErrColor), report.Line(c.Message))
		}
	}
}

func (m *marker) mark(format string, args ...any) {
	if m.on {
		_, _ = fmt.Fprintf(m.client.Err, format+"\n", args...)
	}
}

// markEnd tells how an attempt has ended. The last lines of one that succeeded are not needed any more.
func (v *session) markEnd(step string, a v1alpha1.AttemptStatus, remark string) {
	v.ends.forget(step, a)
	v.marks.end(step, a, remark)
}
