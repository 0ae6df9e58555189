package run

import "time"

// cancel ends the run as soon as may be: halt deletes what lives and skips the rest. When all steps have ended there is
// nothing left to cancel. Another grace than before is given to all Pods that still live.
func (d *draft) cancel(at time.Time, grace *time.Duration) {
	switch {
	case d.open.empty():
		return
	case d.cancelledAt.IsZero():
		d.cancelledAt, d.grace = at, grace
		return
	case grace == nil || d.grace != nil && *d.grace == *grace:
		return
	}
	d.grace = grace
	for i := range d.live.all() {
		if a := d.latest(i); a.deleted && a.stage == seen {
			d.do(DeletePod{Step: a.pod.Step, Attempt: a.pod.Attempt, Name: a.pod.Name, UID: a.pod.UID, Grace: grace})
		}
	}
}
