package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// deed is something that was done, and what became of it.
type deed struct {
	what   kind
	target string
	at     time.Duration // from the start of the soak
	// outcome is in the words of the report, empty while it is not known; after is how long it took, 0 where that is no question.
	outcome string
	after   time.Duration
}

// Outcomes that mean that nothing was done.
const (
	nothingThere = "there was none"
	itHadEnded   = "it had ended"
	itFailed     = "it failed"
)

// done reports whether the deed was done.
func (d deed) done() bool {
	return d.outcome != nothingThere && d.outcome != itHadEnded && d.outcome != itFailed
}

// Deeds that are no harm.
const (
	recoverRun   kind = "`launcher recover`, for a driver's Pod that `launcher get` shows as stuck"
	contactLost  kind = "`launcher wait` had to be called again"
	stepsOfNode  kind = "steps that were on a lost node"
	drivenOfNode kind = "the same, where the driver was lost too"
	endForgotten kind = "end of a step that went with its Pod and node before a driver had written it down"
)

// ledger is all that was done, and says it as it happens.
type ledger struct {
	begin time.Time
	log   io.Writer

	mu    sync.Mutex
	deeds []deed
}

func newLedger(log io.Writer) *ledger { return &ledger{begin: time.Now(), log: log} }

// say writes a line with the time to the log.
func (l *ledger) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(fmt.Sprintf(format, args...))
}

func (l *ledger) write(text string) {
	_, _ = fmt.Fprintf(l.log, "%7.1fs %s\n", time.Since(l.begin).Seconds(), text) // a log that cannot be written is no reason to stop
}

// does notes what is being done, and gives the function that notes, once, what became of it.
func (l *ledger) does(what kind, target string) (became func(outcome string, after time.Duration)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := len(l.deeds)
	l.deeds = append(l.deeds, deed{what: what, target: target, at: time.Since(l.begin)})
	l.write(fmt.Sprintf("%s: %s", what, target))
	return func(outcome string, after time.Duration) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.deeds[i].outcome, l.deeds[i].after = outcome, after
		l.write(fmt.Sprintf("%s: %s: %s%s", what, target, outcome, afterWords(after)))
	}
}

func afterWords(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf(" after %.1f s", d.Seconds())
}

// all gives a copy.
func (l *ledger) all() []deed {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]deed(nil), l.deeds...)
}

// fates are Pods that were deleted or evicted; what became of them is told by their runs.
type fates struct {
	mu      sync.Mutex
	pending map[string]func(outcome string, after time.Duration)
}

func newFates() *fates { return &fates{pending: map[string]func(string, time.Duration){}} }

func (f *fates) add(pod string, became func(string, time.Duration)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending[pod] = became
}

// tell settles those of a run that has ended.
func (f *fates) tell(r v1alpha1.Run, proof []line) {
	f.mu.Lock()
	defer f.mu.Unlock()
	lives := livesOf(proof)
	for _, s := range r.Steps {
		for i, a := range s.Attempts {
			if became, ok := f.pending[a.Pod]; ok {
				if len(livesAs(lives, a.Pod)) > 1 {
					became("no driver saw it, and the attempt was made again", 0)
				} else {
					became(fateOf(s, i))
				}
				delete(f.pending, a.Pod)
			}
		}
	}
}

// fateOf returns what became of a step's attempt i. Only an attempt that was lost has another after it; the time is from its
// end, as the run tells it, to the other's creation.
func fateOf(s v1alpha1.StepStatus, i int) (string, time.Duration) {
	a := s.Attempts[i]
	switch {
	case a.Phase == v1alpha1.StepSucceeded:
		return "it had come to its end", 0
	case a.Phase == v1alpha1.StepCancelled:
		return "it was cancelled", 0
	case i == len(s.Attempts)-1 && a.Phase == v1alpha1.StepFailed && s.Phase == v1alpha1.StepFailed:
		return "it failed by itself", 0
	case i == len(s.Attempts)-1:
		return "the run was over", 0
	}
	next := s.Attempts[i+1]
	if a.FinishedAt == nil || next.CreatedAt == nil {
		return "the step ran again", 0
	}
	return "the step ran again", next.CreatedAt.Sub(a.FinishedAt.Time)
}

// lostSteps are the steps of a run that were on a lost node and ran again, with the time from the cut to the next
// attempt's start. Those that were deleted by hand there are left out.
func lostSteps(r v1alpha1.Run, h harm) []lostStep {
	var out []lostStep
	for _, s := range r.Steps {
		for i, a := range s.Attempts {
			w, lost := h.lostWith(a)
			if !lost || a.Reason != v1alpha1.ReasonNodeLost || i+1 >= len(s.Attempts) || s.Attempts[i+1].StartedAt == nil {
				continue
			}
			out = append(out, lostStep{step: s.Name, node: a.Node, cut: w.From, after: s.Attempts[i+1].StartedAt.Sub(w.From)})
		}
	}
	return out
}

type lostStep struct {
	step, node string
	cut        time.Time
	after      time.Duration
}
