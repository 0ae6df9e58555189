package run

import (
	"fmt"
	"maps"
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
	unanswered []int    // by step: the attempt whose CreatePod was asked for and not answered; 0: none
	again      []window // by step
	cancelled  bool     // this driver was told of the cancel, in time
	grace      *time.Duration
	timedOut   bool
	finally    finallyChecker

	failed int // steps that do not stand under finally
}

// window is when the next attempt is due: not before the back-off, and not after it with all of its jitter.
type window struct {
	after    int // attempt; 0: there is none
	from, to time.Time
}

func (c *checker) newDriver(s *simulation) {
	*c = checker{unanswered: make([]int, len(s.steps)), again: make([]window, len(s.steps))}
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
	if !reflect.DeepEqual(withoutValues(actions), withoutValues(actionsAgain)) || !reflect.DeepEqual(after, again) {
		broken("8: the same input gave %v, then %v", actions, actionsAgain)
	}
	if !answersAnew(e, actions) {
		twice, more := Next(s.plan, after, e)
		if _, woke := e.(TimerFired); !reflect.DeepEqual(after, twice) || len(more) > 0 && !woke {
			broken("%T twice is not as once: %v", e, more)
		}
	}
	filed := deepCopy(after)
	for i := range filed.count() {
		filed.reindex(i)
	}
	if !reflect.DeepEqual(filed, after) {
		broken("the sets of steps are wrong after %T", e)
	}
	s.state = after
	return actions
}

// withoutValues leaves out the functions among the values for expressions, which cannot be compared.
func withoutValues(actions []Action) []Action {
	plain := slices.Clone(actions)
	for k, a := range plain {
		if c, is := a.(CreatePod); is && c.Values != nil {
			values := *c.Values
			values.Step, c.Values = nil, &values
			plain[k] = c
		}
	}
	return plain
}

// answersAnew says that the same event again would be another: the answer to another create, or the beginning of another
// driver.
func answersAnew(e Event, actions []Action) bool {
	switch e := e.(type) {
	case Restored:
		return true
	case CreateFailed:
		return slices.ContainsFunc(actions, func(a Action) bool {
			c, is := a.(CreatePod)
			return is && c.Step == e.Step
		})
	}
	return false
}

func deepCopy(s State) State {
	c := s
	c.table = &table{nodes: slices.Clone(s.table.nodes), index: maps.Clone(s.table.index), dependents: slices.Clone(s.table.dependents), finally: s.table.finally.clone()}
	for i := range c.table.nodes {
		c.table.nodes[i].needs, c.table.dependents[i] = slices.Clone(s.table.nodes[i].needs), slices.Clone(s.table.dependents[i])
	}
	c.steps = newSteps(s.count())
	for i := range s.count() {
		copied := c.steps.at(i)
		*copied = *s.steps.at(i)
		copied.attempts = slices.Clone(copied.attempts)
	}
	for i := range s.steps {
		c.steps[i].unmet = s.steps[i].unmet
	}
	for _, set := range c.sets() {
		*set = set.clone()
	}
	return c
}

// event checks one answer of Next.
func (c *checker) event(s *simulation, e Event, before State, actions []Action) {
	c.hear(s, e, before)
	c.policies(s)
	for i := range s.steps {
		s.sort(i)
		if i >= before.Len() || before.steps.at(i) != s.state.steps.at(i) {
			c.transition(s, i, e, before.Step(i), s.state.Step(i))
		}
	}
	for k, a := range actions {
		switch a := a.(type) {
		case CreatePod:
			c.create(s, a)
		case DeletePod:
			c.deletion(s, a)
		case SetTimer:
			if !a.At.After(s.clock()) {
				broken("11: woken at %v for what is due now", a.At)
			}
		case Finish:
			c.finish(s, a)
			if k != len(actions)-1 {
				broken("7: %v after Finish", actions[k+1:])
			}
		}
	}
	if s.done {
		return
	}
	c.slots(s)
	for i := range s.steps {
		c.standing(s, i, actions)
	}
	if ends := s.runEnds(); ends > 0 && !c.cancelled && !c.timedOut && !s.allEnded(s.state, false) {
		c.awaited(s, -1, ends)
	}
	c.finallyStands(s, before)
}

// hear takes in what this driver is told.
func (c *checker) hear(s *simulation, e Event, before State) {
	answered := func(step string, attempt int) {
		if i := s.index(step); c.unanswered[i] == attempt {
			c.unanswered[i] = 0
		}
	}
	switch e := e.(type) {
	case PodSeen:
		answered(e.Pod.Step, e.Pod.Attempt)
	case PodGone:
		if t := s.find(s.index(e.Pod.Step), e.Pod.UID); !t.stray {
			answered(e.Pod.Step, e.Pod.Attempt)
		}
	case CreateFailed:
		answered(e.Step, e.Attempt)
		if e.Class == CreateQuota {
			s.steps[s.index(e.Step)].outOfQuota(e.Attempt, e.Now)
		}
	case CancelAsked:
		if e.Finally {
			c.hearFinally(s, before, e.Grace)
		} else if c.cancelled || !s.allEnded(before, false) {
			c.cancelled = true
			if e.Grace != nil {
				c.grace = e.Grace
			}
		}
	case Restored:
		c.cancelled, c.grace = e.Cancelled, e.Grace
		if c.finally.begun = s.begunWith.Head.Provisional != nil; e.FinallyCancelled && c.finally.begun {
			c.finally.cancelled, c.finally.grace = true, e.Grace
		}
		began := e.Now
		if at := e.Record.Head.StartedAt; at != nil {
			began = at.Time
		}
		if !s.state.startedAt.Equal(began) {
			broken("the run began at %v, the driver says %v", began, s.state.startedAt)
		}
	}
	ends := s.runEnds()
	c.timedOut = c.timedOut || !c.cancelled && ends > 0 && s.now >= ends
	c.finallyTimes(s)
}

// outOfQuota notes when quota first refused an attempt.
func (st *worldStep) outOfQuota(attempt int, now time.Time) {
	for len(st.noQuota) < attempt {
		st.noQuota = append(st.noQuota, time.Time{})
	}
	learn(&st.noQuota[attempt-1], now)
}

// runEnds is when the run's timeout is over; 0 if it has none.
func (s *simulation) runEnds() time.Duration {
	if s.pipeline.Timeout == nil {
		return 0
	}
	return s.state.startedAt.Sub(clock(0)) + time.Duration(*s.pipeline.Timeout)
}

// end is how a step has ended; zero if it has not.
func (s *simulation) end(i int) outcome { return s.state.steps.at(i).end }

// policies finds out what the policies demand.
func (c *checker) policies(s *simulation) {
	c.failed = 0
	for i := range s.steps {
		if s.end(i).phase == v1alpha1.StepFailed && !s.steps[i].finally {
			c.failed++
		}
	}
}

// stops reports whether nothing may be created for a step any more (5).
func (c *checker) stops(s *simulation, i int) bool { return c.stopped(s, i, 0) }

// stopped says that something keeps a step from its next attempt, beside so many failures.
func (c *checker) stopped(s *simulation, i, but int) bool {
	if s.steps[i].finally {
		return c.finally.cancelled || c.finally.timedOut
	}
	return c.cancelled || c.timedOut || c.failed > but && s.pipeline.FailurePolicy != v1alpha1.ContinueOnFailure && !s.steps[i].exempt()
}

// kills reports whether what runs of a step is to be deleted.
func (c *checker) kills(s *simulation, i int) bool {
	if s.steps[i].finally {
		return c.finally.cancelled || c.finally.timedOut
	}
	return c.cancelled || c.timedOut || c.failed > 0 && s.pipeline.FailurePolicy == v1alpha1.FailFast && !s.steps[i].exempt()
}

func (c *checker) isCancelled(s *simulation, i int) bool {
	if s.steps[i].finally {
		return c.finally.cancelled
	}
	return c.cancelled
}

// graceOf is what a cancel gives to the Pods of a step.
func (c *checker) graceOf(s *simulation, i int) *time.Duration {
	if s.steps[i].finally {
		return c.finally.grace
	}
	return c.grace
}

// over is the reason of a step that is stopped.
func (c *checker) over(s *simulation, i int) v1alpha1.Reason {
	switch finally := s.steps[i].finally; {
	case c.isCancelled(s, i):
		return v1alpha1.ReasonCancelled
	case finally, c.timedOut:
		return v1alpha1.ReasonTimeout
	}
	return v1alpha1.ReasonStopped
}
