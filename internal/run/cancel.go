package run

import "time"

// cancel ends the run as soon as may be: halt deletes what lives and skips the rest. When all steps have ended there is
// nothing left to cancel.
func (d *draft) cancel(at time.Time) {
	if d.cancelledAt.IsZero() && !d.open.empty() {
		d.cancelledAt = at
	}
}
