package run

import "time"

// fallDue does what was waiting for a time that has come.
func (d *draft) fallDue() {
	for i := range d.timed.all() {
		a := d.latest(i)
		switch {
		case !passed(a.due(), d.now):
		case a.stage == refused:
			d.retryCreate(i)
		default:
			d.judge(i)
		}
	}
}

// wakeTime is the earliest time that anything waits for.
func (s *State) wakeTime() time.Time {
	var first time.Time
	for i := range s.timed.all() {
		first = earliest(first, s.steps.at(i).latest().due())
	}
	return first
}
