package main

import (
	"fmt"
	"io"
	"sync"
	"time"
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
