package run

import (
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// State is a value: Next copies what it changes, and never writes to what it was given.
type State struct {
	plan  *Plan
	table *table
	steps steps // by number
	// These sets follow from each step alone (reindex keeps them); they spare Next from looking at all steps.
	open   set // has not ended
	failed set // and does not stand under finally
	ready  set // its Pod may be created as soon as there is a slot
	held   set // holds a slot of parallelism
	live   set // a create is unanswered, or the Pod holds what it holds
	timed  set // waits for a time
	// These are nil in a run without anything to decide.
	undecided set // all needs have ended, and it is to be decided whether it starts
	failures  tracing
	breaches  tracing

	strays     []string // UIDs of Pods that have no place in the run and are on their way out
	goneStrays []string // and of those that hold nothing any more, of which late news may come

	begun       bool
	startedAt   time.Time // of the run, not of this driver
	cancelledAt time.Time
	grace       *time.Duration // that a cancel gives to Pods; nil: their own
	timedOut    bool           // the run has taken longer than its timeout
	finishedAt  time.Time
	verdict     *Finish

	scheduledAt string // for expressions
	resultBytes int    // of all steps
	final       final
}

// step is the life of one step.
type step struct {
	end      outcome
	attempts []attempt
	decided  bool // its condition holds, and all that its expressions use has ended
}

// outcome is how a step or an attempt ended; zero while it has not.
type outcome struct {
	phase   v1alpha1.StepPhase
	reason  v1alpha1.Reason
	message string
	// transient: the attempt failed with ReasonImagePull, and its registry could not be asked.
	transient bool
	// results are those of a step that has succeeded; nil where it declares none.
	results map[string]v1alpha1.Value
}

func (o outcome) known() bool { return o.phase != "" }

// isFine reports whether the end is a success, or that there was nothing to do because a condition was false.
func (o outcome) isFine() bool {
	return o.phase == v1alpha1.StepSucceeded || o.phase == v1alpha1.StepSkipped && o.reason == v1alpha1.ReasonConditionFalse
}

// latest is the attempt that counts; nil when there is none. It is not to be written to.
func (st *step) latest() *attempt {
	if len(st.attempts) == 0 {
		return nil
	}
	return &st.attempts[len(st.attempts)-1]
}

// New is the state before Restored.
func New(p *Plan) State {
	n := len(p.templates)
	s := State{
		plan: p, table: firstTable(p.templates), steps: newSteps(n),
		open: newSet(n), failed: newSet(n), ready: newSet(n), held: newSet(n), live: newSet(n), timed: newSet(n),
	}
	if p.decides {
		s.undecided = newSet(n)
		s.failures, s.breaches = tracing{newSet(n), newSet(n), false}, tracing{newSet(n), newSet(n), true}
	}
	for i := range n {
		s.steps[i/chunkLen].unmet[i%chunkLen] = s.countUnmet(i)
		s.reindex(i)
	}
	return s
}

// sets are all sets of steps. Those that the run does not need are nil.
func (s *State) sets() [11]*set {
	return [...]*set{
		&s.open, &s.failed, &s.ready, &s.held, &s.live, &s.timed, &s.undecided,
		&s.failures.after, &s.failures.notAfter, &s.breaches.after, &s.breaches.notAfter,
	}
}

func (s *State) count() int { return len(s.table.nodes) }

func (s *State) needs(i int) []edge { return s.table.nodes[i].needs }

// template is what the step of that number is made of.
func (s *State) template(i int) *template { return &s.plan.templates[s.table.nodes[i].template] }

// Len is how many steps the run has. It may grow.
func (s State) Len() int {
	if s.table == nil {
		return 0
	}
	return s.count()
}

// Index gives the number of a step, which it keeps.
func (s State) Index(name string) (int, bool) {
	i, ok := s.table.index[name]
	return i, ok
}

// Name is the name of the step of that number.
func (s State) Name(i int) string { return s.table.nodes[i].name }

// Proven reports whether another step has begun, or is about to, that does so only when this one has succeeded: its Pod
// proves that.
func (s State) Proven(i int) bool {
	return slices.ContainsFunc(s.table.dependents[i], func(next edge) bool {
		phase := s.Step(int(next.node)).Phase
		return next.kind == afterSuccess && phase != v1alpha1.StepWaiting && phase != v1alpha1.StepSkipped &&
			len(s.steps.at(int(next.node)).attempts) > 0
	})
}

// reindex puts a step where it belongs.
func (s *State) reindex(i int) {
	st := s.steps.at(i)
	a := st.latest()
	open := !st.end.known()
	s.open.put(i, open)
	s.failed.put(i, st.end.phase == v1alpha1.StepFailed && !s.template(i).finally)
	undecided := false
	if s.plan.decides {
		undecided = open && s.steps.unmet(i) == 0 && a == nil && !st.decided && s.template(i).decides()
		s.undecided.put(i, undecided)
	}
	s.ready.put(i, open && s.steps.unmet(i) == 0 && !undecided && (a == nil || a.mayBeMade() || a.mayBeRetried()))
	s.held.put(i, a != nil && a.holdsSlot())
	s.live.put(i, a != nil && a.isLive())
	s.timed.put(i, a != nil && !s.template(i).due(a).IsZero())
}

// AllEnded reports whether every step has ended; the verdict then waits for Pods alone.
func (s State) AllEnded() bool { return s.open.empty() }

// Verdict is the Finish that was given, and whether there was one.
func (s State) Verdict() (Finish, bool) {
	if s.verdict == nil {
		return Finish{}, false
	}
	return *s.verdict, true
}

// Ended are the numbers of steps whose end, or whose latest attempt's end, or something to tell of its
// containers, is in s but was not in before: what the record must be told.
func (s State) Ended(before State) []int {
	var ended []int
	for i := range s.steps.changed(before.steps) {
		st, was := s.steps.at(i), &step{}
		if i < before.Len() {
			was = before.steps.at(i)
		}
		if st.end.known() && !was.end.known() || st.endedAttempts() > was.endedAttempts() || st.toldEnds() > was.toldEnds() {
			ended = append(ended, i)
		}
	}
	return ended
}

func (st *step) toldEnds() int {
	n := 0
	for k := range st.attempts {
		n += len(st.attempts[k].told)
	}
	return n
}

func (st *step) endedAttempts() int {
	n := len(st.attempts)
	if n > 0 && !st.attempts[n-1].end.known() {
		n--
	}
	return n
}
