package launch

import (
	"context"
	"regexp"
	"time"

	"github.com/stepherd/stepherd/internal/report"
)

// explain asks why there is no driver at work, if there is none, and says it when it is news.
func (f *follower) explain(ctx context.Context) {
	if f.ended || f.asking || f.working {
		return
	}
	f.asking = true
	job := f.job
	f.start(func() {
		k, err := f.l.know(ctx, job)
		f.post(ctx, func(ctx context.Context) {
			f.asking = false
			f.knew = f.knew || err == nil
			if _, missing := missingRight(err); missing && !f.knew {
				f.err = err
			}
			if err == nil && !f.ended {
				f.knows(ctx, k)
			}
		})
	})
}

// knows takes a reading that was made because no driver seemed to be at work.
func (f *follower) knows(ctx context.Context, k Known) {
	if k.isOver() && !driverRuns(k.Drivers, k.Now) {
		// The verdict is what counts: a container beside the driver can keep the Job from its end for ever.
		f.ended = true
		f.read(ctx)
		return
	}
	live, _ := drivers(k.Drivers)
	f.working = driverReady(k.Job) && driverReady(f.job) && k.holds(live)
	why := explainDriver(k)
	switch {
	case why == "":
		f.idleSince = time.Time{}
		return
	case f.idleSince.IsZero():
		f.idleSince = k.Now
	}
	said := why
	if cancelAsked(k.Job) != "" {
		said = standing(k)
	}
	if key := newsKey(said); !f.explained[key] {
		f.explained[key] = true
		f.l.note("%s", said)
	}
	if f.patience > 0 && k.Now.Sub(f.idleSince) >= f.patience {
		f.err = clusterErrorf("run %q is not cancelled yet, because no driver has been at work for %s: %s; the cancel stands until there is one; to end the run without one: %s",
			f.name, report.Duration(f.patience), why, f.l.Hints.Command("cancel", f.name, "--force"))
	}
}

// newsKey tells explanations apart. Times, ports and counts in them change while the reason stays.
func newsKey(text string) string { return digits.ReplaceAllString(text, "") }

var digits = regexp.MustCompile(`\d+`)
