package run

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// violation is a broken invariant.
type violation struct{ error }

func broken(format string, args ...any) { panic(violation{fmt.Errorf(format, args...)}) }

// checker holds Next to the invariants of the package's doc comment (the numbers are theirs), from outside: it knows the
// truth of the world and what this driver was told.
type checker struct {
	unanswered []bool          // by step: CreatePod was asked for, and nothing has come
	endTold    []time.Duration // by step: when this driver learned that main had ended; -1: it has not
	deleted    map[string]bool // UIDs
	cancelled  bool            // this driver was told of the cancel, in time

	stops, kills bool // what the policies demand now
}

func newChecker(*simulation) *checker { return &checker{} }

func (c *checker) newDriver(s *simulation) {
	n := len(s.steps)
	c.unanswered = make([]bool, n)
	c.deleted = map[string]bool{}
	c.cancelled = false
	c.endTold = slices.Repeat([]time.Duration{-1}, n)
	for i := range n {
		c.learn(s, i)
	}
}

// next calls Next. Now and then it looks whether the same input gives the same output, and is left as it was (8).
func (c *checker) next(s *simulation, e Event) []Action {
	if !s.oneIn(12) {
		var actions []Action
		s.state, actions = Next(s.plan, s.state, e)
		return actions
	}
	given, kept := s.state, deepCopy(s.state)
	after, actions := Next(s.plan, given, e)
	if !reflect.DeepEqual(given, kept) {
		broken("8: Next wrote to the state that it was given, at %T", e)
	}
	again, actionsAgain := Next(s.plan, kept, e)
	if !reflect.DeepEqual(actions, actionsAgain) || !reflect.DeepEqual(after, again) {
		broken("8: the same input gave %v, then %v", actions, actionsAgain)
	}
	if _, began := e.(Began); !began {
		twice, more := Next(s.plan, after, e)
		if _, woke := e.(Woke); !reflect.DeepEqual(after, twice) || len(more) > 0 && !woke {
			broken("%T twice is not as once: %v", e, more)
		}
	}
	filed := deepCopy(after)
	for i := range filed.count() {
		filed.file(i)
	}
	if !reflect.DeepEqual(filed, after) {
		broken("the sets of steps are wrong after %T", e)
	}
	s.state = after
	return actions
}

func deepCopy(s State) State {
	c := s
	c.steps = newSteps(s.count())
	for i := range s.count() {
		copied := c.steps.at(i)
		*copied = *s.steps.at(i)
		copied.attempts = slices.Clone(copied.attempts)
	}
	for i := range s.steps {
		c.steps[i].unmet = s.steps[i].unmet
	}
	for _, set := range []*set{&c.open, &c.failed, &c.ready, &c.held, &c.live, &c.timed} {
		*set = set.clone()
	}
	return c
}

// learn follows what the driver knows of ends.
func (c *checker) learn(s *simulation, i int) {
	if s.known[i].End != EndNone && c.endTold[i] < 0 {
		c.endTold[i] = s.now
	}
}

// event checks one answer of Next.
func (c *checker) event(s *simulation, e Event, before State, actions []Action) {
	switch e := e.(type) {
	case PodSeen:
		c.unanswered[s.index(e.Pod.Step)] = false
		c.learn(s, s.index(e.Pod.Step))
	case PodGone:
		c.unanswered[s.index(e.Pod.Step)] = false
	case CreateFailed:
		c.unanswered[s.index(e.Step)] = false
	case CancelAsked:
		c.cancelled = c.cancelled || !before.open.empty()
	case Began:
		c.cancelled = e.Cancelled
	}
	c.policies(s)
	for i := range s.steps {
		if before.steps.at(i) != s.state.steps.at(i) {
			c.transition(s, i, before.Step(i), s.state.Step(i))
		}
	}
	for k, a := range actions {
		switch a := a.(type) {
		case CreatePod:
			c.create(s, a)
		case DeletePod:
			c.deletion(s, a)
		case WakeAt:
			if !a.At.After(s.clock()) {
				broken("woken at %v for what is due now", a.At)
			}
		case Finish:
			c.finish(s, a)
			if k != len(actions)-1 {
				broken("7: %v after Finish", actions[k+1:])
			}
		}
	}
	if !s.state.verdictGiven() {
		for i := range s.steps {
			c.standing(s, i, actions)
		}
		for _, p := range s.strays {
			if !p.Terminal && !c.deleted[p.UID] {
				broken("2: %s has another Pod, which was not deleted", p.Step)
			}
		}
	}
}

func (s State) verdictGiven() bool { _, ok := s.Verdict(); return ok }

// end is how a step has ended; zero if it has not.
func (s *simulation) end(i int) outcome { return s.state.steps.at(i).end }

// policies finds out what the policies demand.
func (c *checker) policies(s *simulation) {
	failed := false
	for i := range s.steps {
		failed = failed || s.end(i).phase == v1alpha1.StepFailed
	}
	policy := s.pipeline.FailurePolicy
	c.stops = c.cancelled || failed && policy != v1alpha1.ContinueOnFailure
	c.kills = c.cancelled || failed && policy == v1alpha1.FailFast
}

func (c *checker) create(s *simulation, a CreatePod) {
	i := s.index(a.Step)
	for _, need := range s.steps[i].needs {
		if phase := s.end(need).phase; !s.steps[need].succeeded || phase != v1alpha1.StepSucceeded {
			broken("1: %s is created, its need s%d is %s", a.Step, need, phase)
		}
		if p := s.pods[need]; s.steps[i].exclusive && s.steps[need].exclusive && p != nil && !p.Terminal {
			broken("%s is created while s%d holds its devices", a.Step, need)
		}
	}
	switch {
	case c.unanswered[i]:
		broken("2: %s is created while a create is unanswered", a.Step)
	case s.known[i].UID != "":
		broken("2: %s is created although it has a Pod", a.Step)
	case a.Attempt != 1:
		broken("2: %s gets attempt %d", a.Step, a.Attempt)
	case s.end(i).known():
		broken("4: %s is created although it has ended", a.Step)
	case c.stops:
		broken("5: %s is created after a cancel or a failure", a.Step)
	}
	c.unanswered[i] = true
}

// slots holds parallelism to what is there, not to what the driver thinks (3). What an earlier driver sent late cannot
// be foreseen.
func (c *checker) slots(s *simulation) {
	if s.late || s.pipeline.Parallelism == 0 {
		return
	}
	n := s.holding()
	var counted []int
	for _, r := range s.creates {
		if c.unanswered[r.step] && s.pods[r.step] == nil && !slices.Contains(counted, r.step) {
			counted = append(counted, r.step)
			n++
		}
	}
	if n > int(s.pipeline.Parallelism) {
		broken("3: %d live, parallelism is %d", n, s.pipeline.Parallelism)
	}
}

func (c *checker) deletion(s *simulation, a DeletePod) {
	i := s.index(a.Step)
	known := s.known[i]
	stray := slices.IndexFunc(s.strays, func(p Pod) bool { return p.UID == a.UID })
	if stray >= 0 {
		known = s.strays[stray]
	}
	if a.UID == "" || a.UID != known.UID || a.Name != known.Name || known.Terminal {
		broken("6: %v is deleted, known is %v", a, known)
	}
	if c.deleted[a.UID] {
		broken("6: %s is deleted twice", a.Step)
	}
	c.deleted[a.UID] = true
	ended := s.end(i).known()
	switch {
	case a.AfterLogs && !(ended && known.SidesRunning && s.now >= c.endTold[i]+SideGrace):
		broken("6: %s is deleted for its side containers: %+v", a.Step, known)
	case !a.AfterLogs && !c.kills && !ended && stray < 0:
		broken("6: %s is deleted without a reason", a.Step)
	}
}

// transition checks the way of a step.
func (c *checker) transition(s *simulation, i int, was, is v1alpha1.StepStatus) {
	if was.Phase.Ended() {
		if was.Phase != is.Phase || was.Reason != is.Reason || was.Message != is.Message {
			broken("4: %s was %s/%s and is %s/%s", is.Name, was.Phase, was.Reason, is.Phase, is.Reason)
		}
		return
	}
	if taken := s.taken(i); taken.Phase.Ended() {
		if taken.Phase != is.Phase || taken.Reason != is.Reason || taken.Message != is.Message {
			broken("4: %s is %s/%s in the record and %s/%s now", is.Name, taken.Phase, taken.Reason, is.Phase, is.Reason)
		}
		return
	}
	upstream := false
	for _, need := range s.steps[i].needs {
		end := s.end(need)
		upstream = upstream || end.phase == v1alpha1.StepFailed || end.reason == v1alpha1.ReasonUpstreamFailed
	}
	truth := s.steps[i]
	evidence := true
	switch is.Phase {
	case v1alpha1.StepSucceeded:
		evidence = truth.succeeded && is.Reason == ""
	case v1alpha1.StepFailed: // 9
		evidence = truth.mayFail && is.Reason != ""
	case v1alpha1.StepCancelled:
		evidence = c.kills && (is.Reason == v1alpha1.ReasonCancelled) == c.cancelled
	case v1alpha1.StepSkipped:
		switch is.Reason {
		case v1alpha1.ReasonUpstreamFailed:
			evidence = upstream
		case v1alpha1.ReasonCancelled:
			evidence = c.cancelled
		case v1alpha1.ReasonStopped:
			evidence = c.stops && !upstream && !c.cancelled
		default:
			evidence = false
		}
	default: // on its way
	}
	if !evidence {
		broken("%s became %s/%s, in truth %+v; a failed need: %v, cancelled: %v", is.Name, is.Phase, is.Reason, truth, upstream, c.cancelled)
	}
}

// standing checks what must hold of a step after every event, whatever it was.
func (c *checker) standing(s *simulation, i int, actions []Action) {
	known, ended := &s.known[i], s.end(i).known()
	live := known.UID != "" && !known.Terminal
	if live && known.End == EndNone && (c.kills || ended) && !c.deleted[known.UID] {
		broken("the Pod of %s (%s) is wanted no more and was not deleted, after %v", known.Step, s.end(i).phase, actions)
	}
	if c.stops && !ended && !live && !c.unanswered[i] {
		broken("s%d is open after a cancel or a failure, and has no Pod", i)
	}
	if live && known.End == EndUnclear && !ended {
		c.awaited(s, i, c.endTold[i]+SettleTime)
	}
	if live && known.End != EndNone && known.SidesRunning && !c.deleted[known.UID] {
		c.awaited(s, i, c.endTold[i]+SideGrace)
	}
}

func (c *checker) awaited(s *simulation, i int, due time.Duration) {
	if s.now >= due || s.timer == 0 || s.timer > due {
		broken("s%d waits for %v; it is %v, the timer is at %v", i, due, s.now, s.timer)
	}
}

func (c *checker) finish(s *simulation, f Finish) {
	counts := map[v1alpha1.StepPhase]int{}
	cancelled := false
	for i := range s.steps {
		st := s.state.Step(i)
		counts[st.Phase]++
		cancelled = cancelled || st.Reason == v1alpha1.ReasonCancelled
		if !st.Phase.Ended() || c.unanswered[i] || s.known[i].UID != "" && !s.known[i].Terminal {
			broken("7: the verdict is %s, s%d is %s, unanswered: %v, Pod: %+v", f.Phase, i, st.Phase, c.unanswered[i], s.known[i])
		}
	}
	for _, p := range s.strays {
		if !p.Terminal {
			broken("7: the verdict is %s, and there is %+v", f.Phase, p)
		}
	}
	want := Finish{Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonStepFailed}
	switch {
	case counts[v1alpha1.StepSucceeded] == len(s.steps):
		want = Finish{Phase: v1alpha1.RunSucceeded}
	case cancelled:
		want = Finish{Phase: v1alpha1.RunCancelled, Reason: v1alpha1.ReasonCancelled}
	}
	if f.Phase != want.Phase || f.Reason != want.Reason || (f.Message == "") != (want.Phase == v1alpha1.RunSucceeded) {
		broken("7: the verdict is %+v, want %+v", f, want)
	}
}

// afterVerdict sees to it that nothing follows (7), and that a driver that comes later says the same.
func (c *checker) afterVerdict(s *simulation) {
	pod := s.look1()
	for _, e := range []Event{PodSeen{Pod: pod}, PodGone{Pod: pod}, CancelAsked{}, Woke{}, Began{}, CreateFailed{Step: "s0", Attempt: 1}} {
		after, actions := Next(s.plan, s.state, at(e, s.clock()))
		if len(actions) > 0 || !reflect.DeepEqual(after, s.state) {
			broken("7: after the verdict %T gave %v", e, actions)
		}
	}
	verdict, _ := s.state.Verdict()
	after, actions := Next(s.plan, New(s.plan), Began{Now: s.clock(), Record: s.state.Record(), Pods: []Pod{pod}})
	if !reflect.DeepEqual(actions, []Action{verdict}) || !reflect.DeepEqual(after.Record(), s.state.Record()) {
		broken("7: the next driver says %v, not %v", actions, verdict)
	}
}

// look1 is some Pod.
func (s *simulation) look1() Pod {
	for i, p := range s.pods {
		if p != nil {
			return s.look(i)
		}
	}
	return Pod{Step: "s0", Attempt: 1, Name: "pod-s0", UID: "uid-0", Running: true}
}

// model compares the ends of all steps with what the plan and the fates say they must be.
func (c *checker) model(s *simulation) error {
	var errs []error
	failed := false
	for i := range s.steps {
		failed = failed || s.state.Step(i).Phase == v1alpha1.StepFailed
	}
	for i, truth := range s.steps {
		st := s.state.Step(i)
		met := true
		for _, need := range truth.needs {
			met = met && s.state.Step(need).Phase == v1alpha1.StepSucceeded
		}
		want := []v1alpha1.StepPhase{v1alpha1.StepSucceeded}
		switch {
		case !met:
			want = []v1alpha1.StepPhase{v1alpha1.StepSkipped}
		case truth.fate != succeeds:
			want = []v1alpha1.StepPhase{v1alpha1.StepFailed}
		case truth.mayFail:
			want = append(want, v1alpha1.StepFailed)
		}
		if s.asked || failed && s.pipeline.FailurePolicy != v1alpha1.ContinueOnFailure {
			want = append(want, v1alpha1.StepSkipped)
		}
		if s.asked || failed && s.pipeline.FailurePolicy == v1alpha1.FailFast {
			want = append(want, v1alpha1.StepCancelled)
		}
		if !slices.Contains(want, st.Phase) {
			errs = append(errs, fmt.Errorf("%s is %s/%s, want one of %s", st.Name, st.Phase, st.Reason, want))
		}
	}
	return errors.Join(errs...)
}
