package follow

import (
	"context"
	"regexp"
	"time"

	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/report"
)

// explain asks why there is no driver at work, if there is none, and says it when it is news.
func (l *Loop) explain(ctx context.Context) {
	if l.ended || l.asking || l.working {
		return
	}
	l.asking = true
	job := l.job
	l.Start(func() {
		k, err := l.reader.Snapshot(ctx, job)
		l.Post(ctx, func(ctx context.Context) {
			l.asking = false
			l.knew = l.knew || err == nil
			if _, missing := client.MissingRight(err); missing && !l.knew {
				l.err = err
			}
			if err == nil && !l.ended {
				l.knows(ctx, k)
			}
		})
	})
}

// knows takes a reading that was made because no driver seemed to be at work.
func (l *Loop) knows(ctx context.Context, k status.Snapshot) {
	if k.IsOver() && !status.DriverRuns(k.Drivers, k.Now) {
		// The verdict is what counts: a container beside the driver can keep the Job from its end for ever.
		l.ended = true
		l.read(ctx)
		return
	}
	live, _ := status.LiveAndLastDriver(k.Drivers)
	l.working = status.DriverReady(k.Job) && status.DriverReady(l.job) && k.HoldsRecord(live)
	why := status.WhyNoDriver(k)
	switch {
	case why == "":
		l.idleSince = time.Time{}
		return
	case l.idleSince.IsZero():
		l.idleSince = k.Now
	}
	said := why
	if status.CancelRequested(k.Job) != "" {
		said = status.WhyStalled(k)
	}
	if key := newsKey(said); !l.explained[key] {
		l.explained[key] = true
		l.client.Note("%s", said)
	}
	if l.patience > 0 && k.Now.Sub(l.idleSince) >= l.patience {
		l.err = client.ClusterErrorf("run %q is not cancelled yet, because no driver has been at work for %s: %s; the cancel stands until there is one; to end the run without one: %s",
			l.name, report.Duration(l.patience), why, l.client.Hints.Command("cancel", l.name, "--force"))
	}
}

// newsKey tells explanations apart. Times, ports and counts in them change while the reason stays.
func newsKey(text string) string { return digits.ReplaceAllString(text, "") }

var digits = regexp.MustCompile(`\d+`)
