package run

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// clock is the time of all tests.
func clock(d time.Duration) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(d)
}

func show(a Action) string {
	switch a := a.(type) {
	case CreatePod:
		s := fmt.Sprintf("create %s/%d", a.Step, a.Attempt)
		if a.OOMs > 0 {
			s += fmt.Sprintf(", OOMs: %d", a.OOMs)
		}
		if a.AfterRecord {
			s += " after its record"
		}
		return s
	case DeletePod:
		s := fmt.Sprintf("delete %s/%d (%s, %s)", a.Step, a.Attempt, a.Name, a.UID)
		if a.Grace != nil {
			s += fmt.Sprintf(" within %v", *a.Grace)
		}
		if a.AfterLogs {
			s += " after its logs"
		}
		if a.AfterRecord {
			s += " after its record"
		}
		return s
	case SetTimer:
		return fmt.Sprintf("wake at %v", a.At.Sub(clock(0)))
	case Finish:
		return strings.TrimRight(fmt.Sprintf("finish %s %s %s", a.Phase, a.Reason, a.Message), " ")
	}
	panic("unknown action")
}

func line(s v1alpha1.StepStatus) string {
	text := standing(s.Name, s.Phase, s.Reason, s.Message)
	for _, name := range slices.Sorted(maps.Keys(s.Results)) {
		text += fmt.Sprintf(" %s=%s", name, s.Results[name])
	}
	return text
}

func standing(what string, phase v1alpha1.StepPhase, reason v1alpha1.Reason, message string) string {
	text := fmt.Sprintf("%s: %s", what, phase)
	if reason != "" {
		text += "/" + string(reason)
	}
	if message != "" {
		text += " (" + message + ")"
	}
	return text
}

// parsePod reads `step/attempt flag...`; a flag is a word or key=value, a message's _ is a blank.
func parsePod(t *testing.T, words []string) Pod {
	t.Helper()
	step, number, _ := strings.Cut(words[0], "/")
	attempt, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	pod := Pod{Step: step, Attempt: attempt, Name: fmt.Sprintf("%s-%d", step, attempt), UID: fmt.Sprintf("uid-%s-%d", step, attempt)}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		if !setFlag(&pod, key) && !setValue(t, &pod, key, value) {
			t.Fatalf("what is %q of a Pod?", w)
		}
	}
	return pod
}

// setFlag reads a word; false if it is none.
func setFlag(p *Pod, word string) bool {
	switch word {
	case "running":
		p.Running = true
	case "succeeded":
		p.End, p.ExitCode = EndSucceeded, new(int32)
	case "unclear":
		p.End = EndUnclear
	case "failed":
		p.End, p.Terminal = EndFailed, true
	case "terminal":
		p.Terminal = true
	case "deleting":
		p.Deleting = true
	case "silent":
		p.NodeSilent = true
	case "sides":
		p.SidesRunning = []string{"side"}
	case "awaits":
		p.End, p.ExitCode, p.SidesRunning, p.Awaited = EndAwaitsSides, new(int32), []string{"upload"}, []string{"upload"}
	case "waits":
		p.Waiting = WaitingUnbounded
	case "grace":
		p.Waiting = WaitingGrace
	case "final":
		p.Waiting = WaitingFinal
	case "unanswered":
		p.Pull = PullUnanswered
	case "refused":
		p.Pull = PullRefused
	default:
		return false
	}
	return true
}

// setValue reads a key with its value; false if it is none. Times are those since the start.
func setValue(t *testing.T, p *Pod, key, value string) bool {
	t.Helper()
	times := map[string]*time.Time{
		"created": &p.Created, "scheduled": &p.Scheduled, "started": &p.Started, "finished": &p.Finished, "by": &p.DeleteBy,
		"initSince": &p.Init.Since,
	}
	switch key {
	case "reason":
		p.Reason = v1alpha1.Reason(value)
	case "message":
		p.Message = strings.ReplaceAll(value, "_", " ")
	case "tells":
		p.Ends = []v1alpha1.ContainerEnd{{Name: value, Reason: v1alpha1.ReasonError, Message: "side container " + value + " ended with exit code 5"}}
	case "uid":
		p.UID = value
	case "node":
		p.Node = value
	case "initRan":
		p.Init.Ran = time.Duration(*parseDuration(t, value))
	case "output":
		p.Output, p.Containers = strings.ReplaceAll(value, "_", " "), 1
	case "exit":
		p.ExitCode = parseInt(t, value)
	default:
		known, ok := times[key]
		if !ok {
			return false
		}
		*known = clock(time.Duration(*parseDuration(t, value)))
	}
	return true
}

// parseGrace finds `grace=DURATION`; nil if there is none.
func parseGrace(t *testing.T, words []string) *time.Duration {
	t.Helper()
	for _, w := range words {
		if value, is := strings.CutPrefix(w, "grace="); is {
			grace := time.Duration(*parseDuration(t, value))
			return &grace
		}
	}
	return nil
}

// parseRefusal reads `step/attempt class [after]`.
func parseRefusal(t *testing.T, now time.Time, words []string) CreateFailed {
	t.Helper()
	classes := map[string]CreateClass{
		"transient": CreateTransient, "quota": CreateQuota, "blocked": CreateBlocked, "rejected": CreateRejected,
	}
	class, ok := classes[words[1]]
	if !ok {
		t.Fatalf("what class is %q?", words[1])
	}
	pod := parsePod(t, words[:1])
	e := CreateFailed{Now: now, Step: pod.Step, Attempt: pod.Attempt, Class: class, Message: "the server says " + words[1]}
	for _, w := range words[2:] {
		if reason, is := strings.CutPrefix(w, "reason="); is {
			e.Reason = v1alpha1.Reason(reason)
		} else {
			e.RetryAfter = time.Duration(*parseDuration(t, w))
		}
	}
	return e
}
