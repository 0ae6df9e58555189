package driver

import (
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/run"
)

// Messages of the transcript, and the words of its fields. They are a contract with those who search it, and so they do not follow the names of
// Go types.
const (
	msgEvent     = "event"
	msgAction    = "action"
	msgRetry     = "trying again"
	msgForbidden = "a right is missing; trying again"

	keyEvent  = "event"
	keyAction = "action"
	keyCall   = "call"

	eventRestored        = "Restored"
	eventPodSeen         = "PodSeen"
	eventPodGone         = "PodGone"
	eventCreateFailed    = "CreateFailed"
	eventCancelRequested = "CancelRequested"
	eventPodWarned       = "PodWarned"
	eventTimerFired      = "TimerFired"

	actionCreatePod = "CreatePod"
	actionDeletePod = "DeletePod"
	actionFinish    = "Finish"
)

// logRetry reports a call that failed and will be made again. A missing right is an error, because only a human can grant it.
func logRetry(log *zap.Logger, call string, err error, wait time.Duration) {
	fields := []zap.Field{zap.String(keyCall, call), zap.Error(err), zap.Duration("in", wait)}
	if errs.IsDenied(err) {
		log.Error(msgForbidden, fields...)
		return
	}
	log.Warn(msgRetry, fields...)
}

// retried returns a function that reports a call that failed and will be made again.
func retried(log *zap.Logger, call string) func(error, time.Duration) {
	return func(err error, wait time.Duration) { logRetry(log, call, err, wait) }
}

// transcript tells what happens and what is done about it.
type transcript struct{ log *zap.Logger }

// turn writes what one event has led to: a line for the event, and one for each action.
func (t transcript) turn(before, after run.State, e run.Event, actions []run.Action) {
	name, level, fields := describe(before, after, e)
	if c := t.log.Check(level, msgEvent); c != nil {
		c.Write(append([]zap.Field{zap.String(keyEvent, name)}, fields...)...)
	}
	for _, a := range actions {
		name, fields := describeAction(a)
		if name == "" {
			continue
		}
		t.log.Info(msgAction, append([]zap.Field{zap.String(keyAction, name)}, fields...)...)
	}
}

// containers reports new failures of containers that do not decide how their steps end.
func (t transcript) containers(before, after run.State, steps []int) {
	for _, i := range steps {
		was, is := before.Step(i), after.Step(i)
		for k, a := range is.Attempts {
			known := 0
			if k < len(was.Attempts) {
				known = len(was.Attempts[k].Containers)
			}
			for _, c := range a.Containers[min(known, len(a.Containers)):] {
				t.log.Warn("a container did not end well", zap.String("step", is.Name), zap.Int("attempt", a.Number), zap.String("pod", a.Pod),
					zap.String("container", c.Name), zap.String("reason", string(c.Reason)), zap.String("message", c.Message))
			}
		}
	}
}

// describe returns the name, level and fields of an event's line.
func describe(before, after run.State, e run.Event) (string, zapcore.Level, []zap.Field) {
	switch e := e.(type) {
	case run.Restored:
		return eventRestored, zap.InfoLevel, []zap.Field{
			zap.Int("steps", after.Len()), zap.Int("pods", len(e.Pods)), zap.Bool("cancelled", e.Cancelled),
			zap.Bool("takenUp", e.Record.Head.Holder != ""),
		}
	case run.PodSeen:
		return eventPodSeen, levelOf(before, after, e.Pod), podFields(e.Pod)
	case run.PodGone:
		return eventPodGone, levelOf(before, after, e.Pod), podFields(e.Pod)
	case run.CreateFailed:
		level := zap.WarnLevel
		if e.Class == run.CreateRejected {
			level = zap.ErrorLevel
		}
		return eventCreateFailed, level, []zap.Field{
			zap.String("step", e.Step), zap.Int("attempt", e.Attempt), zap.String("message", e.Message),
			zap.Duration("retryAfter", e.RetryAfter),
		}
	case run.CancelAsked:
		return eventCancelRequested, zap.InfoLevel, []zap.Field{zap.Bool("finally", e.Finally)}
	case run.PodWarned: // waits reports it at a higher level
		return eventPodWarned, zap.DebugLevel, []zap.Field{zap.String("step", e.Step), zap.Int("attempt", e.Attempt), zap.String("message", e.Message)}
	case run.TimerFired:
		return eventTimerFired, zap.DebugLevel, nil
	}
	panic(fmt.Sprintf("driver: unknown event %T", e))
}

// levelOf returns info if the event changed the step's phase, reason, message or number of attempts, and debug otherwise.
func levelOf(before, after run.State, pod run.Pod) zapcore.Level {
	i, ok := after.Index(pod.Step)
	if !ok {
		return zap.WarnLevel
	}
	was, is := before.Step(i), after.Step(i)
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

// describeAction returns the name and fields of an action's line; no name where the action has no effect outside the driver.
func describeAction(a run.Action) (string, []zap.Field) {
	switch a := a.(type) {
	case run.CreatePod:
		fields := []zap.Field{zap.String("step", a.Step), zap.Int("attempt", a.Attempt)}
		if a.OOMs > 0 {
			fields = append(fields, zap.Int("oomKilledBefore", a.OOMs))
		}
		return actionCreatePod, fields
	case run.DeletePod:
		fields := []zap.Field{
			zap.String("step", a.Step), zap.Int("attempt", a.Attempt), zap.String("pod", a.Name), zap.Bool("afterLogs", a.AfterLogs),
		}
		if a.Grace != nil {
			fields = append(fields, zap.Duration("grace", *a.Grace))
		}
		return actionDeletePod, fields
	case run.Finish:
		return actionFinish, []zap.Field{zap.String("phase", string(a.Phase)), zap.String("reason", string(a.Reason)), zap.String("message", a.Message)}
	case run.SetTimer:
		return "", nil
	}
	panic(fmt.Sprintf("driver: unknown action %T", a))
}

// verdict ends the transcript: each failed step with the last lines of its log, then the verdict; nil where none is in the record.
func (t transcript) verdict(v *run.Finish, failed []failedStep, code int) {
	for _, step := range failed {
		t.log.Error("step failed", failedFields(step)...)
	}
	if v != nil {
		t.log.Info("verdict", zap.String("phase", string(v.Phase)), zap.String("reason", string(v.Reason)),
			zap.String("message", v.Message), zap.Int("exitCode", code))
		return
	}
	t.log.Info("exiting without a verdict; the Job will start a new driver", zap.Int("exitCode", code))
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
