package launch

import (
	"fmt"
	"time"

	"github.com/stepherd/stepherd/internal/report"
)

const (
	// troubleAfter is how long contact must be lost before it is told, troubleEnd how long before the follower gives up.
	troubleAfter = 10 * time.Second
	troubleEnd   = 15 * time.Minute
	// troublePause is how long after the last trouble another one is a new one.
	troublePause = time.Minute
)

// contact says that the cluster has answered.
func (f *follower) contact() {
	if f.troubleTold {
		f.l.note("contact with the cluster is back")
	}
	f.troubleSince, f.troubleTold = time.Time{}, false
}

// trouble counts how long the cluster has not answered: a moment is nothing, some seconds are told once, and after a quarter
// of an hour the follower gives up. The run goes on all the while.
func (f *follower) trouble(err error) {
	if f.lines.Swap(false) {
		f.contact()
	}
	now := f.l.Now()
	if f.troubleSince.IsZero() || now.Sub(f.troubleLast) > troublePause {
		f.troubleSince = now
	}
	f.troubleLast = now
	lost := now.Sub(f.troubleSince)
	switch {
	case lost >= troubleEnd:
		f.err = &Error{Class: ClassCluster, err: err, Lines: []string{
			fmt.Sprintf("contact with the cluster has been lost for %s (%s); run %q goes on: %s",
				report.Duration(lost), message(err), f.name, f.l.Hints.Command("wait", f.name)),
		}}
	case lost >= troubleAfter && !f.troubleTold:
		f.troubleTold = true
		f.l.note("contact with the cluster is lost (%s); the run goes on, and so does trying", message(err))
	}
}
