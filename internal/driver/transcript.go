package driver

import (
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/stepherd/stepherd/internal/run"
)

// logRetry says that a call failed and will be made again. A missing right is for a human to give.
func logRetry(log *zap.Logger, what string, err error, wait time.Duration) {
	if isDenied(err) {
		log.Error("a right is missing; trying again: "+what, zap.Error(err), zap.Duration("in", wait))
		return
	}
	log.Warn("trying again: "+what, zap.Error(err), zap.Duration("in", wait))
}

// note writes the transcript of one turn: a line for the event, and one for each action.
func (l *loop) note(before run.State, e run.Event, actions []run.Action) {
	level, fields := l.describe(before, e)
	if c := l.config.Logger.Check(level, "event: "+nameOf(e)); c != nil {
		c.Write(fields...)
	}
	for _, a := range actions {
		if _, wakes := a.(run.WakeAt); wakes {
			continue // nobody outside can see it
		}
		l.config.Logger.Info("action: "+nameOf(a), fieldsOf(a)...)
	}
}

// noteContainers writes what is new of containers that do not decide how their steps end.
func (l *loop) noteContainers(before run.State, steps []int) {
	for _, i := range steps {
		was, is := before.Step(i), l.state.Step(i)
		for k, a := range is.Attempts {
			known := 0
			if k < len(was.Attempts) {
				known = len(was.Attempts[k].Containers)
			}
			for _, c := range a.Containers[min(known, len(a.Containers)):] {
				l.config.Logger.Warn("a container did not end well", zap.String("step", is.Name), zap.Int("attempt", a.Number), zap.String("pod", a.Pod),
					zap.String("container", c.Name), zap.String("reason", string(c.Reason)), zap.String("message", c.Message))
			}
		}
	}
}

// nameOf is the type's name without its package.
func nameOf(v any) string {
	name := fmt.Sprintf("%T", v)
	return name[len("run."):]
}

// describe gives the level and the fields of an event's line.
func (l *loop) describe(before run.State, e run.Event) (zapcore.Level, []zap.Field) {
	switch e := e.(type) {
	case run.Began:
		return zap.InfoLevel, []zap.Field{
			zap.Int("steps", len(l.index)), zap.Int("pods", len(e.Pods)), zap.Bool("cancelled", e.Cancelled),
			zap.Bool("takenUp", e.Record.Head.Holder != ""),
		}
	case run.PodSeen:
		return l.levelOf(before, e.Pod), podFields(e.Pod)
	case run.PodGone:
		return l.levelOf(before, e.Pod), podFields(e.Pod)
	case run.CreateFailed:
		level := zap.WarnLevel
		if e.Class == run.CreateRejected {
			level = zap.ErrorLevel
		}
		return level, []zap.Field{
			zap.String("step", e.Step), zap.Int("attempt", e.Attempt), zap.String("message", e.Message),
			zap.Duration("retryAfter", e.RetryAfter),
		}
	case run.CancelAsked:
		return zap.InfoLevel, nil
	case run.PodWarned: // waits tells it
		return zap.DebugLevel, []zap.Field{zap.String("step", e.Step), zap.Int("attempt", e.Attempt), zap.String("message", e.Message)}
	case run.Woke:
		return zap.DebugLevel, nil
	}
	panic(fmt.Sprintf("driver: unknown event %T", e))
}

// levelOf is info when the step's standing has changed, debug when the Pod has only become a little older.
func (l *loop) levelOf(before run.State, pod run.Pod) zapcore.Level {
	i, ok := l.index[pod.Step]
	if !ok {
		return zap.WarnLevel
	}
	was, is := before.Step(i), l.state.Step(i)
	if was.Phase == is.Phase && was.Reason == is.Reason && was.Message == is.Message && len(was.Attempts) == len(is.Attempts) {
		return zap.DebugLevel
	}
	return zap.InfoLevel
}

func podFields(pod run.Pod) []zap.Field {
	fields := []zap.Field{zap.String("step", pod.Step), zap.Int("attempt", pod.Attempt), zap.String("pod", pod.Name)}
	add := func(key, value string) {
		if value != "" {
			fields = append(fields, zap.String(key, value))
		}
	}
	add("node", pod.Node)
	add("state", stateOf(pod))
	add("reason", string(pod.Reason))
	add("message", pod.Message)
	if pod.ExitCode != nil {
		fields = append(fields, zap.Int32("exitCode", *pod.ExitCode))
	}
	if pod.Deleting {
		fields = append(fields, zap.Bool("deleting", true))
	}
	return fields
}

// stateOf is where a Pod stands, in a word.
func stateOf(pod run.Pod) string {
	switch {
	case pod.Terminal:
		return "terminal"
	case pod.End != run.EndNone:
		return "ended"
	case pod.Running:
		return "running"
	case !pod.Scheduled.IsZero():
		return "scheduled"
	}
	return "pending"
}

func fieldsOf(a run.Action) []zap.Field {
	switch a := a.(type) {
	case run.CreatePod:
		fields := []zap.Field{zap.String("step", a.Step), zap.Int("attempt", a.Attempt)}
		if a.OOMs > 0 {
			fields = append(fields, zap.Int("oomKilledBefore", a.OOMs))
		}
		return fields
	case run.DeletePod:
		fields := []zap.Field{
			zap.String("step", a.Step), zap.Int("attempt", a.Attempt), zap.String("pod", a.Name), zap.Bool("afterLogs", a.AfterLogs),
		}
		if a.Grace != nil {
			fields = append(fields, zap.Duration("grace", *a.Grace))
		}
		return fields
	case run.Finish:
		return []zap.Field{zap.String("phase", string(a.Phase)), zap.String("reason", string(a.Reason)), zap.String("message", a.Message)}
	}
	return nil
}

// farewell ends the transcript: the steps that failed, with the last lines of their logs, and the verdict.
func (l *loop) farewell(code int) {
	log := l.config.Logger
	if l.begun && l.closing.verdict != nil {
		for _, step := range l.failed() {
			log.Error("step failed", failedFields(step)...)
		}
	}
	if l.closing.recorded {
		v := l.closing.verdict
		log.Info("verdict", zap.String("phase", string(v.Phase)), zap.String("reason", string(v.Reason)),
			zap.String("message", v.Message), zap.Int("exitCode", code))
		return
	}
	log.Info("the driver leaves without a verdict; its job starts another", zap.Int("exitCode", code))
}

func failedFields(f failedStep) []zap.Field {
	step := f.StepStatus
	fields := []zap.Field{zap.String("step", step.Name), zap.String("reason", string(step.Reason)), zap.String("message", step.Message)}
	if n := len(step.Attempts); n > 0 {
		last := step.Attempts[n-1]
		fields = append(fields, zap.Int("attempt", last.Number), zap.String("pod", last.Pod), zap.String("node", last.Node))
		if last.ExitCode != nil {
			fields = append(fields, zap.Int32("exitCode", *last.ExitCode))
		}
		if f.tail != "" {
			fields = append(fields, zap.String("lastLines", f.tail))
		}
	}
	return slices.DeleteFunc(fields, func(f zap.Field) bool { return f.Type == zapcore.StringType && f.String == "" })
}
