package run

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/validate"
	"github.com/stepherd/stepherd/internal/expr"
)

// player is the stage of a scenario: the run so far.
type player struct {
	t         *testing.T
	pipeline  v1alpha1.Pipeline
	exclusive []bool
	plan      *Plan
	state     State
	now       time.Duration
	kept      record.Record
	listed    []Pod
	// scheduledAt is what a CronJob has the run start for.
	scheduledAt string
	out         strings.Builder
}

func play(t *testing.T, script string) string {
	t.Helper()
	p := &player{t: t}
	for _, line := range strings.Split(strings.TrimRight(script, "\n"), "\n") {
		if !strings.HasPrefix(line, "  ") { // or it is an answer
			p.play(line)
		}
	}
	return p.out.String()
}

// play plays one line.
func (p *player) play(line string) {
	p.t.Helper()
	fmt.Fprintln(&p.out, line)
	words := strings.Fields(line)
	switch {
	case len(words) == 0 || words[0] == "#":
	case words[0] == "plan":
		p.head(words[1:])
	case words[0] == "step":
		p.step(words[1:], &p.pipeline.Steps)
	case words[0] == "finally":
		p.step(words[1:], &p.pipeline.Finally)
	case words[0] == "parameter":
		p.parameter(words[1:])
	case words[0] == ">":
		p.event(words[1:])
	default:
		p.t.Fatalf("what is %q?", line)
	}
}

// head reads the failure policy, and what key=value says of the run and of all steps. Jitter is none unless it is given.
func (p *player) head(words []string) {
	p.pipeline.FailurePolicy = v1alpha1.FailurePolicy(words[0])
	p.pipeline.Settings.Retry = &v1alpha1.Retry{Backoff: &v1alpha1.Backoff{Jitter: new(float64)}}
	for _, w := range words[1:] {
		switch key, value, _ := strings.Cut(w, "="); key {
		case "parallelism":
			p.pipeline.Parallelism = *parseInt(p.t, value)
		case "runTimeout":
			p.pipeline.Timeout = parseDuration(p.t, value)
		case "finallyTimeout":
			p.pipeline.FinallyTimeout = parseDuration(p.t, value)
		case "keepPods":
			p.pipeline.KeepPods = v1alpha1.KeepPods(value)
		default:
			setting(p.t, &p.pipeline.Settings, key, value)
		}
	}
}

// step reads `name [needs a,b] [exclusive] [results=name:type,...] key=value... [args WORD...] [when CONDITION]`.
func (p *player) step(words []string, list *[]v1alpha1.Step) {
	st := v1alpha1.Step{Name: words[0]}
	if i := slices.Index(words, "when"); i > 0 {
		words, st.When = words[:i], strings.Join(words[i+1:], " ")
	}
	if i := slices.Index(words, "args"); i > 0 {
		words, st.Args = words[:i], words[i+1:]
	}
	for i, w := range words[1:] {
		switch key, value, is := strings.Cut(w, "="); {
		case w == "needs":
			st.Needs = strings.Split(words[i+2], ",")
		case key == "results":
			for _, one := range strings.Split(value, ",") {
				name, typ, _ := strings.Cut(one, ":")
				st.Results = append(st.Results, v1alpha1.Result{Name: name, Type: v1alpha1.ValueType(typ)})
			}
		case is:
			setting(p.t, &st.Settings, key, value)
		}
	}
	*list = append(*list, st)
	p.exclusive = append(p.exclusive, slices.Contains(words, "exclusive"))
}

// parameter reads `name type VALUE`.
func (p *player) parameter(words []string) {
	p.pipeline.Parameters = append(p.pipeline.Parameters, v1alpha1.Parameter{Name: words[0], Type: v1alpha1.ValueType(words[1])})
	if p.pipeline.Arguments == nil {
		p.pipeline.Arguments = map[string]v1alpha1.Value{}
	}
	p.pipeline.Arguments[words[0]] = v1alpha1.Value(strings.Join(words[2:], " "))
}

// setting reads one of the settings that a run heeds.
func setting(t *testing.T, s *v1alpha1.Settings, key, value string) {
	t.Helper()
	if s.Retry == nil {
		s.Retry = &v1alpha1.Retry{Backoff: &v1alpha1.Backoff{}}
	}
	switch b := s.Retry.Backoff; key {
	case "limit":
		s.Retry.Limit = parseInt(t, value)
	case "infraLimit":
		s.Retry.InfraLimit = parseInt(t, value)
	case "preemptLimit":
		s.Retry.PreemptLimit = parseInt(t, value)
	case "imagePullGrace":
		s.ImagePullGrace = parseDuration(t, value)
	case "initTimeout":
		s.InitTimeout = parseDuration(t, value)
	case "backoff":
		b.Duration = parseDuration(t, value)
	case "factor":
		b.Factor = parseFloat(t, value)
	case "max":
		b.Max = parseDuration(t, value)
	case "jitter":
		b.Jitter = parseFloat(t, value)
	case "timeout":
		s.Timeout = parseDuration(t, value)
	case "startTimeout":
		s.StartTimeout = parseDuration(t, value)
	case "sideGrace":
		s.SideContainers = &v1alpha1.SideContainers{Grace: parseDuration(t, value)}
	case "queueTimeout":
		s.QueueTimeout = parseDuration(t, value)
	default:
		t.Fatalf("what is %q?", key)
	}
}

func parseInt(t *testing.T, s string) *int32 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	v := int32(n)
	return &v
}

func parseFloat(t *testing.T, s string) *float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return &v
}

func parseDuration(t *testing.T, s string) *v1alpha1.Duration {
	t.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	v := v1alpha1.Duration(d)
	return &v
}

func (p *player) event(words []string) {
	p.t.Helper()
	if p.plan == nil {
		plan, err := NewPlan(&p.pipeline, p.exclusive, expr.RunInfo{Name: "p-1", UID: "uid", Namespace: "ns", Pipeline: "p"})
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
	case "scheduled":
		p.scheduledAt = words[1]
	case "list": // a Pod that the next driver will find
		p.listed = append(p.listed, parsePod(p.t, words[1:]))
	case "restart":
		record := p.state.Record()
		if slices.Contains(words, "kept") {
			record = p.kept
		}
		if slices.Contains(words, "resultless") { // only the steps' ends were written
			for i := range record.Steps {
				record.Steps[i].Results = nil
			}
		}
		p.state = New(p.plan)
		p.begin(record, words)
	case "began":
		p.begin(record.Record{}, words)
	case "seen":
		p.feed(PodSeen{now, parsePod(p.t, words[1:])})
	case "gone":
		p.feed(PodGone{now, parsePod(p.t, words[1:])})
	case "refused":
		p.feed(parseRefusal(p.t, now, words[1:]))
	case "cancel":
		p.feed(CancelAsked{Now: now, Grace: parseGrace(p.t, words), Finally: slices.Contains(words, "finally"), Deleted: slices.Contains(words, "deleted")})
	case "warned": // step/attempt, and the message
		pod := parsePod(p.t, words[1:2])
		p.feed(PodWarned{Now: now, Step: pod.Step, Attempt: pod.Attempt, UID: pod.UID, Message: strings.Join(words[2:], " ")})
	case "woke":
		p.feed(TimerFired{now})
	case "story": // the attempts of a step as the record has them
		p.story(words[1])
	default:
		p.t.Fatalf("what is %q?", words)
	}
}

func (p *player) begin(record record.Record, words []string) {
	p.t.Helper()
	p.feed(Restored{
		Now: clock(p.now), Record: record, Pods: p.listed,
		Cancelled: slices.Contains(words, "cancelled"), Grace: parseGrace(p.t, words),
		Deleted:          slices.Contains(words, "deleted"),
		FinallyCancelled: slices.Contains(words, "finallyCancelled"), ScheduledAt: p.scheduledAt,
	})
	p.listed = nil
}

func (p *player) feed(e Event) {
	before := p.state
	var actions []Action
	p.state, actions = Next(p.plan, before, e)
	for _, a := range actions {
		fmt.Fprintf(&p.out, "  %s\n", show(a))
		p.evaluated(a)
	}
	for i := range p.state.Len() {
		if was, is := line(before.Step(i)), line(p.state.Step(i)); was != is {
			fmt.Fprintf(&p.out, "  %s\n", is)
		}
		p.told(before.Step(i), p.state.Step(i))
	}
	if v := p.state.Record().Head.Provisional; v != nil && before.Record().Head.Provisional == nil {
		fmt.Fprintf(&p.out, "  finally begins after %s\n", strings.TrimSpace(fmt.Sprint(v.Phase, " ", v.Reason, " ", v.Message)))
	}
}

// evaluated writes what the args of a step are that is to be created.
func (p *player) evaluated(a Action) {
	create, is := a.(CreatePod)
	if !is || create.Values == nil {
		return
	}
	steps := slices.Concat(p.pipeline.Steps, p.pipeline.Finally)
	env, err := expr.NewEnv(validate.Scope(&p.pipeline))
	if err != nil {
		p.t.Fatal(err)
	}
	i, _ := p.state.Index(create.Step)
	for _, text := range steps[i].Args {
		compiled, faults := env.Text(text, expr.Place{Visible: func(string) bool { return true }, Finally: true})
		if len(faults) > 0 {
			p.t.Fatal(faults)
		}
		value, err := compiled.Argument(create.Values)
		fmt.Fprintf(&p.out, "    %s = %s %v\n", text, value, err)
	}
}

// told writes what is new of containers.
func (p *player) told(was, is v1alpha1.StepStatus) {
	for k, a := range is.Attempts {
		known := 0
		if k < len(was.Attempts) {
			known = len(was.Attempts[k].Containers)
		}
		for _, c := range a.Containers[min(known, len(a.Containers)):] {
			fmt.Fprintf(&p.out, "  %s/%d tells %s: %s (%s)\n", is.Name, a.Number, c.Name, c.Reason, c.Message)
		}
	}
}

func (p *player) story(step string) {
	i, ok := p.state.Index(step)
	if !ok {
		p.t.Fatalf("no step %s", step)
	}
	for _, a := range p.state.Step(i).Attempts {
		fmt.Fprintf(&p.out, "  %s\n", standing(fmt.Sprintf("%s/%d", step, a.Number), a.Phase, a.Reason, a.Message))
	}
}
