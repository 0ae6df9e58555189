package launch

import (
	"context"
	"fmt"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logview"
	"github.com/stepherd/stepherd/internal/report"
)

// tellBegin marks that an attempt has begun.
func (t *tails) tellBegin(at *tail) {
	if !at.told {
		at.told = true
		t.v.markBegin(at.step, at.status)
	}
}

// settle marks an attempt that has ended and whose log is out. Side containers that still run are not waited for.
func (t *tails) settle(ctx context.Context, f *follower, at *tail) {
	if at.marked || !at.hasEnded() {
		return
	}
	for _, one := range at.logs {
		if one.over && !one.drained {
			return
		}
	}
	if t.v.q.marks && !at.isTold() {
		t.ask(ctx, f, at)
		return
	}
	at.marked, at.endTold = true, true
	if at.byPod {
		t.v.markEndAs(at.step, at.status, " (so its Pod says; the record does not tell yet)")
		return
	}
	t.v.markEnd(at.step, at.status)
}

// markBegin says on Err that a step has begun.
func (v *view) markBegin(step string, a v1alpha1.AttemptStatus) {
	v.mark("+ %s", report.StepName(title(step, a.Number), step, v.ErrColor))
}

// markEnd says on Err how an attempt has ended.
func (v *view) markEnd(step string, a v1alpha1.AttemptStatus) { v.markEndAs(step, a, "") }

// markEndAs is markEnd with a remark.
func (v *view) markEndAs(step string, a v1alpha1.AttemptStatus, remark string) {
	v.forget(step, a)
	name := report.StepName(title(step, a.Number), step, v.ErrColor)
	if why := report.Why(&v1alpha1.StepStatus{Phase: a.Phase, Attempts: []v1alpha1.AttemptStatus{a}}); why != "" {
		v.mark("- %s %s: %s%s", name, a.Phase, why, remark)
		return
	}
	v.mark("- %s %s%s", name, a.Phase, remark)
}

// markContainers says on Err, once, what there is to tell of containers that do not decide how their attempt ends.
func (v *view) markContainers(step string, a v1alpha1.AttemptStatus) {
	for _, c := range a.Containers {
		o := logview.Origin{Step: step, Attempt: a.Number, Container: c.Name}
		if !v.containersTold[o] {
			v.containersTold[o] = true
			v.mark("! %s: %s", report.StepName(title(step, a.Number), step, v.ErrColor), report.Line(c.Message))
		}
	}
}

func (v *view) mark(format string, args ...any) {
	if v.q.marks {
		_, _ = fmt.Fprintf(v.Err, format+"\n", args...)
	}
}

// title is a step's name, with the attempt's number from the second on.
func title(step string, attempt int) string {
	return logview.Origin{Step: step, Attempt: attempt}.Title()
}
