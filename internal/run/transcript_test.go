package run

import (
	"fmt"
	"time"
)

// note writes the transcript, if there is to be one.
func (s *simulation) note(e Event, actions []Action) {
	if s.transcript == nil {
		return
	}
	switch e := e.(type) {
	case Restored:
		s.transcript("%v begun, cancelled: %v", s.now, e.Cancelled)
		for _, pod := range e.Pods {
			s.transcript("    found %s", compact(pod))
		}
		for i := range e.Record.Steps {
			s.transcript("    recorded %s", line(e.Record.Steps[i]))
			for _, a := range e.Record.Steps[i].Attempts {
				s.transcript("    recorded %s", standing(fmt.Sprintf("s%d/%d", i, a.Number), a.Phase, a.Reason, a.Message))
			}
		}
	case PodSeen:
		s.transcript("%v seen %s", s.now, compact(e.Pod))
	case PodGone:
		s.transcript("%v gone %s", s.now, compact(e.Pod))
	case CreateFailed:
		s.transcript("%v refused %s/%d class %d", s.now, e.Step, e.Attempt, e.Class)
	default:
		s.transcript("%v %T", s.now, e)
	}
	for _, a := range actions {
		s.transcript("    %s", show(a))
	}
}

func compact(p Pod) string {
	text := fmt.Sprintf("%s/%d %s", p.Step, p.Attempt, p.UID)
	for _, flag := range []struct {
		name string
		is   bool
	}{
		{"running", p.Running}, {"succeeded", p.End == EndSucceeded}, {"unclear", p.End == EndUnclear}, {"failed", p.End == EndFailed},
		{"sides", len(p.SidesRunning) > 0}, {"deleting", p.Deleting}, {"silent", p.NodeSilent}, {"terminal", p.Terminal},
		{"waits", p.Waiting == WaitingUnbounded}, {"grace", p.Waiting == WaitingGrace}, {"final", p.Waiting == WaitingFinal},
	} {
		if flag.is {
			text += " " + flag.name
		}
	}
	return text + " " + string(p.Reason)
}

func at(e Event, now time.Time) Event {
	switch e := e.(type) {
	case Restored:
		e.Now = now
		return e
	case PodSeen:
		e.Now = now
		return e
	case PodGone:
		e.Now = now
		return e
	case CreateFailed:
		e.Now = now
		return e
	case CancelAsked:
		e.Now = now
		return e
	case PodWarned:
		e.Now = now
		return e
	case TimerFired:
		e.Now = now
		return e
	}
	panic("unknown event")
}
