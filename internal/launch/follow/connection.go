package follow

import (
	"time"

	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/report"
)

const (
	// troubleAfter is how long contact must be lost before it is told, troubleEnd how long before the follower gives up.
	troubleAfter = 10 * time.Second
	troubleEnd   = 15 * time.Minute
	// troublePause is how long after the last trouble another one is a new one.
	troublePause = time.Minute
)

// contact notes that the cluster has answered.
func (l *Loop) contact() {
	if l.troubleTold {
		l.client.Note("contact with the cluster is back")
	}
	l.troubleSince, l.troubleTold = time.Time{}, false
}

// trouble counts how long the cluster has not answered: a moment is nothing, some seconds are told once, and after a quarter
// of an hour the follower gives up. The run goes on all the while.
func (l *Loop) trouble(err error) {
	if l.lines.Swap(false) {
		l.contact()
	}
	now := l.client.Now()
	if l.troubleSince.IsZero() || now.Sub(l.troubleLast) > troublePause {
		l.troubleSince = now
	}
	l.troubleLast = now
	lost := now.Sub(l.troubleSince)
	switch {
	case lost >= troubleEnd:
		l.err = client.Errorf(client.ClassCluster, err, "contact with the cluster has been lost for %s (%s); run %q goes on: %s",
			report.Duration(lost), client.Message(err), l.name, l.client.Hints.Command("wait", l.name))
	case lost >= troubleAfter && !l.troubleTold:
		l.troubleTold = true
		l.client.Note("contact with the cluster is lost (%s); the run goes on, and so does trying", client.Message(err))
	}
}
