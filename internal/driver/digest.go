package driver

import (
	"context"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/stdout"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
)

// digestSteps is of how many failed steps the last lines are printed once more.
const digestSteps = 10

// failedStep is a step that has failed, with the last lines of its latest attempt's log.
type failedStep struct {
	v1alpha1.StepStatus
	tail string
}

// failed are the steps that have failed, in the pipeline's order.
func (l *loop) failed() []failedStep {
	var all []failedStep
	steps := l.start.record.Steps // of a run that was found to be over
	if l.begun {
		steps = l.state.Record().Steps
	}
	for i, step := range steps {
		if step.Phase != v1alpha1.StepFailed {
			continue
		}
		f := failedStep{StepStatus: step}
		if n := len(step.Attempts); n > 0 {
			f.tail = l.book.Tail(steplogs.AttemptOf{Step: i, Number: step.Attempts[n-1].Number})
		}
		all = append(all, f)
	}
	return all
}

// digest ends stdout with the last lines of the steps that failed, so that readers do not have to look for them among those of all
// the others. Marks tell them from the logs themselves.
func digest(ctx context.Context, out *stdout.Mux, all []failedStep) {
	slot := out.Queue(stdout.LogOf{}, "")
	for i, f := range all {
		attempt := 1
		if n := len(f.Attempts); n > 0 {
			attempt = f.Attempts[n-1].Number
		}
		slot.Prefix = logfmt.Prefix(f.Name, attempt)
		if i == digestSteps {
			_ = slot.Mark(ctx, logfmt.DigestMore(len(all)-digestSteps)) // errs only when stdout is not read
			return
		}
		if f.digest(ctx, slot) != nil {
			return
		}
	}
}

func (f *failedStep) digest(ctx context.Context, slot *stdout.Queue) error {
	if f.tail == "" {
		return slot.Mark(ctx, logfmt.DigestEmpty)
	}
	lines := strings.Split(f.tail, "\n")
	if err := slot.Mark(ctx, logfmt.DigestBegins(len(lines))); err != nil {
		return err
	}
	for _, line := range lines {
		if err := slot.Line(ctx, logs.Line{Text: []byte(line)}, logs.Position{}); err != nil {
			return err
		}
	}
	return slot.Mark(ctx, logfmt.DigestEnds)
}
