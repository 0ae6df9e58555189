package run

import "time"

// cancel ends the run as soon as may be: halt deletes what lives and skips the rest. When all steps have ended there is
// nothing left to cancel. Another grace than before is given to the Pods, too, that are on their way out already.
func (d *transition) cancel(at time.Time, grace *time.Duration) {
	if d.open.empty() && d.cancelledAt.IsZero() {
		return
	}
	learn(&d.cancelledAt, at)
	if grace == nil || d.grace != nil && *d.grace == *grace {
		return
	}
	d.grace = grace
	for i := range d.live.all() {
		if a := d.latest(i); a.deleted && a.stage == seen {
			d.do(d.deletion(a.pod, a.pod.End != EndNone))
		}
	}
}
