package run

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

var update = flag.Bool("update", false, "rewrite the transcripts in testdata")

// TestScenarios plays the files of testdata. Lines that begin with ">" are events, with the time since the start in front
// where it moves; the indented lines after an event are what Next answered: its actions, then the steps whose
// status changed. -update rewrites the answers.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 12 {
		t.Fatalf("got %d scenarios, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if got != string(want) {
				t.Errorf("%s: %s\n-update shows it all", file, firstDifference(got, string(want)))
			}
		})
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d:\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(g), len(w))
}

// stage of a scenario: the run so far.
type player struct {
	t         *testing.T
	pipeline  v1alpha1.Pipeline
	exclusive []bool
	plan      *Plan
	state     State
	now       time.Duration
	kept      v1alpha1.Record
	listed    []Pod
	out       strings.Builder
}

func play(t *testing.T, script string) string {
	t.Helper()
	p := &player{t: t}
	for _, line := range strings.Split(strings.TrimRight(script, "\n"), "\n") {
		if strings.HasPrefix(line, "  ") {
			continue // an answer
		}
		fmt.Fprintln(&p.out, line)
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
		case words[0] == "plan":
			p.head(words[1:])
		case words[0] == "step":
			p.step(words[1:])
		case words[0] == ">":
			p.event(words[1:])
		default:
			t.Fatalf("what is %q?", line)
		}
	}
	return p.out.String()
}

func (p *player) head(words []string) {
	p.pipeline.FailurePolicy = v1alpha1.FailurePolicy(words[0])
	for _, w := range words[1:] {
		n, err := strconv.Atoi(strings.TrimPrefix(w, "parallelism="))
		if err != nil {
			p.t.Fatal(err)
		}
		p.pipeline.Parallelism = int32(n)
	}
}

func (p *player) step(words []string) {
	st := v1alpha1.Step{Name: words[0]}
	for i, w := range words[1:] {
		if w == "needs" {
			st.Needs = strings.Split(words[i+2], ",")
		}
	}
	p.pipeline.Steps = append(p.pipeline.Steps, st)
	p.exclusive = append(p.exclusive, slices.Contains(words, "exclusive"))
}

func (p *player) event(words []string) {
	p.t.Helper()
	if p.plan == nil {
		plan, err := NewPlan(&p.pipeline, p.exclusive)
		if err != nil {
			p.t.Fatal(err)
		}
		p.plan, p.state = plan, New(plan)
	}
	if d, err := time.ParseDuration(words[0]); err == nil {
		p.now = d
		words = words[1:]
	}
	now := clock(p.now)
	switch words[0] {
	case "keep": // the record as it is now, for a restart later on
		p.kept = p.state.Record()
	case "list": // a Pod that the next driver will find
		p.listed = append(p.listed, parsePod(p.t, words[1:]))
	case "restart":
		record := p.state.Record()
		if slices.Contains(words, "kept") {
			record = p.kept
		}
		p.state = New(p.plan)
		p.feed(Began{Now: now, Record: record, Pods: p.listed, Cancelled: slices.Contains(words, "cancelled")})
		p.listed = nil
	case "began":
		p.feed(Began{Now: now, Pods: p.listed, Cancelled: slices.Contains(words, "cancelled")})
		p.listed = nil
	case "seen":
		p.feed(PodSeen{now, parsePod(p.t, words[1:])})
	case "gone":
		p.feed(PodGone{now, parsePod(p.t, words[1:])})
	case "refused":
		p.feed(parseRefusal(p.t, now, words[1:]))
	case "cancel":
		p.feed(CancelAsked{Now: now})
	case "woke":
		p.feed(Woke{now})
	default:
		p.t.Fatalf("what is %q?", words)
	}
}

func (p *player) feed(e Event) {
	before := p.state
	var actions []Action
	p.state, actions = Next(p.plan, before, e)
	for _, a := range actions {
		fmt.Fprintf(&p.out, "  %s\n", show(a))
	}
	for i := range p.pipeline.Steps {
		if was, is := line(before.Step(i)), line(p.state.Step(i)); was != is {
			fmt.Fprintf(&p.out, "  %s\n", is)
		}
	}
}

// clock is the time of all tests.
func clock(d time.Duration) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(d)
}

func show(a Action) string {
	switch a := a.(type) {
	case CreatePod:
		return fmt.Sprintf("create %s/%d", a.Step, a.Attempt)
	case DeletePod:
		s := fmt.Sprintf("delete %s/%d (%s, %s)", a.Step, a.Attempt, a.Name, a.UID)
		if a.AfterLogs {
			s += " after its logs"
		}
		return s
	case WakeAt:
		return fmt.Sprintf("wake at %v", a.At.Sub(clock(0)))
	case Finish:
		return strings.TrimRight(fmt.Sprintf("finish %s %s %s", a.Phase, a.Reason, a.Message), " ")
	}
	panic("unknown action")
}

func line(s v1alpha1.StepStatus) string {
	text := fmt.Sprintf("%s: %s", s.Name, s.Phase)
	if s.Reason != "" {
		text += "/" + string(s.Reason)
	}
	if s.Message != "" {
		text += " (" + s.Message + ")"
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
		switch key {
		case "running":
			pod.Running = true
		case "succeeded":
			pod.End, pod.ExitCode = EndSucceeded, new(int32)
		case "unclear":
			pod.End = EndUnclear
		case "failed":
			pod.End, pod.Terminal = EndFailed, true
		case "terminal":
			pod.Terminal = true
		case "deleting":
			pod.Deleting = true
		case "sides":
			pod.SidesRunning = true
		case "waits":
			pod.Trouble = TroubleWaiting
		case "grace":
			pod.Trouble = TroubleGrace
		case "final":
			pod.Trouble = TroubleFinal
		case "reason":
			pod.Reason = v1alpha1.Reason(value)
		case "message":
			pod.Message = strings.ReplaceAll(value, "_", " ")
		case "uid":
			pod.UID = value
		case "exit":
			code, err := strconv.Atoi(value)
			if err != nil {
				t.Fatal(err)
			}
			exit := int32(code)
			pod.ExitCode = &exit
		default:
			t.Fatalf("what is %q of a Pod?", w)
		}
	}
	return pod
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
	if len(words) > 2 {
		after, err := time.ParseDuration(words[2])
		if err != nil {
			t.Fatal(err)
		}
		e.RetryAfter = after
	}
	return e
}
