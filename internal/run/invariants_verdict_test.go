package run

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// finish checks the verdict (7).
func (c *checker) finish(s *simulation, f Finish) {
	for i := range s.steps {
		st := s.state.Step(i)
		if !st.Phase.Ended() || c.unanswered[i] != 0 {
			broken("7: the verdict is %s, s%d is %s, unanswered: %d", f.Phase, i, st.Phase, c.unanswered[i])
		}
		for _, t := range s.told[i] {
			switch {
			case t.lives() && !(t.stray && t.Deleting && t.NodeSilent):
				broken("7: the verdict is %s, and there is %+v", f.Phase, t)
			case t.Terminal && !t.gone && !t.Deleting && !t.stray && !t.removed && !s.keeps(st.Attempts[t.Attempt-1].Phase):
				broken("10: %s/%d is at its end, and was not removed", t.Step, t.Attempt)
			}
		}
	}
	want := s.verdictOn(false)
	if want.Phase == v1alpha1.RunSucceeded {
		want = s.verdictOn(true)
	}
	if f.Phase != want.Phase || f.Reason != want.Reason || (f.Message == "") != (want.Phase == v1alpha1.RunSucceeded) {
		broken("7: the verdict is %+v, want %+v", f, want)
	}
}

// verdictOn is the verdict on the steps under finally, or on all others.
func (s *simulation) verdictOn(finally bool) Finish {
	cancelled, late, failed, fine := false, false, false, true
	for i := range s.steps {
		if s.steps[i].finally != finally {
			continue
		}
		st := s.state.Step(i)
		fine = fine && (st.Phase == v1alpha1.StepSucceeded || st.Phase == v1alpha1.StepSkipped && st.Reason == v1alpha1.ReasonConditionFalse)
		cancelled = cancelled || st.Reason == v1alpha1.ReasonCancelled
		late = late || st.Reason == v1alpha1.ReasonTimeout && st.Phase != v1alpha1.StepFailed
		failed = failed || st.Phase == v1alpha1.StepFailed
	}
	switch {
	case fine:
		return Finish{Phase: v1alpha1.RunSucceeded}
	case finally && failed:
	case cancelled:
		return Finish{Phase: v1alpha1.RunCancelled, Reason: v1alpha1.ReasonCancelled}
	case late:
		return Finish{Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonTimeout}
	}
	return Finish{Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonStepFailed}
}

// afterVerdict sees to it that nothing follows (7), and that a driver that comes later says the same.
func (c *checker) afterVerdict(s *simulation) {
	pod := Pod{Step: "s0", Attempt: 1, Name: "pod-s0-1", UID: "uid-0", Running: true}
	for p := range s.each {
		pod = p.look()
		break
	}
	for _, e := range []Event{PodSeen{Pod: pod}, PodGone{Pod: pod}, CancelAsked{}, TimerFired{}, Restored{}, CreateFailed{Step: "s0", Attempt: 1}} {
		after, actions := Next(s.plan, s.state, at(e, s.clock()))
		if len(actions) > 0 || !reflect.DeepEqual(after, s.state) {
			broken("7: after the verdict %T gave %v", e, actions)
		}
	}
	verdict, _ := s.state.Verdict()
	after, actions := Next(s.plan, New(s.plan), Restored{Now: s.clock(), Record: s.state.Record(), Pods: []Pod{pod}})
	if !reflect.DeepEqual(actions, []Action{verdict}) || !reflect.DeepEqual(after.Record(), s.state.Record()) {
		broken("7: the next driver says %v, not %v", actions, verdict)
	}
}

// model compares the ends of all steps with what the plan and the fates say they must be.
func (c *checker) model(s *simulation) error {
	var errs []error
	policy := s.pipeline.FailurePolicy
	for i := range s.steps {
		st, truth := s.state.Step(i), &s.steps[i]
		halted := s.asked || c.timedOut || c.failed > 0 && policy != v1alpha1.ContinueOnFailure
		kills := s.asked || c.timedOut || c.failed > 0 && policy == v1alpha1.FailFast
		if truth.finally {
			halted = s.finallyAsked || c.finally.timedOut
			kills = halted
		}
		met := true
		for _, need := range truth.needs {
			phase := s.state.Step(int(need.node)).Phase
			met = met && (need.kind == afterEnd || phase == v1alpha1.StepSucceeded || need.kind == afterNoFailure && phase == v1alpha1.StepSkipped)
		}
		phase, reason, attempts := truth.predict()
		want := []v1alpha1.StepPhase{phase}
		switch {
		case !met:
			want = []v1alpha1.StepPhase{v1alpha1.StepSkipped}
		case truth.disturbed && slices.Contains(truth.fates, succeeds):
			want = []v1alpha1.StepPhase{v1alpha1.StepSucceeded, v1alpha1.StepFailed}
		case truth.disturbed, halted && attempts > 1: // kept from its next attempt
			want = append(want, v1alpha1.StepFailed)
		}
		if halted {
			want = append(want, v1alpha1.StepSkipped)
		}
		if kills {
			want = append(want, v1alpha1.StepCancelled)
		}
		if met && truth.when != nil { // the ends of steps are checked when they come
			want = append(want, v1alpha1.StepSkipped, v1alpha1.StepFailed)
		}
		met = met && len(st.Attempts) > 0
		if !slices.Contains(want, st.Phase) {
			errs = append(errs, fmt.Errorf("%s is %s/%s, want one of %s", st.Name, st.Phase, st.Reason, want))
		}
		proven := st.Phase == v1alpha1.StepSucceeded && st.Message != "" // and its Pod may be forgotten
		if met && !halted && !truth.disturbed && !proven && (st.Reason != reason || len(st.Attempts) != attempts) {
			errs = append(errs, fmt.Errorf("%s is %s/%s after %d attempts, want %s/%s after %d",
				st.Name, st.Phase, st.Reason, len(st.Attempts), phase, reason, attempts))
		}
	}
	return errors.Join(errs...)
}

// predict says how a step must end if nobody interferes, and after how many attempts.
func (st *worldStep) predict() (v1alpha1.StepPhase, v1alpha1.Reason, int) {
	var attempts []v1alpha1.AttemptStatus
	for {
		f := st.fate(len(attempts) + 1)
		if f == succeeds {
			return v1alpha1.StepSucceeded, "", len(attempts) + 1
		}
		attempts = append(attempts, v1alpha1.AttemptStatus{Phase: v1alpha1.StepFailed, Reason: f.reason(), Transient: f == unreachable})
		if spent, allowed := st.account(attempts); spent > allowed {
			return v1alpha1.StepFailed, f.reason(), len(attempts)
		}
	}
}
