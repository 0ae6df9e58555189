package run

import "time"

// fallDue does what was waiting for a time that has come.
func (d *transition) fallDue() {
	d.timeOut()
	for i := range d.timed.all() {
		if passed(d.latest(i).lostAt(), d.now) {
			d.lose(i)
		}
		switch a := d.latest(i); {
		case !passed(d.template(i).due(a), d.now):
		case a.stage == refused:
			if d.quotaTimeout(i); d.latest(i).stage == refused && passed(a.notBefore, d.now) {
				d.retryCreate(i)
			}
		case a.stage == released:
			d.updateAttempt(i, func(a *attempt) { a.again = time.Time{} })
		default:
			d.judge(i)
		}
	}
}

// wakeTime is the earliest time that anything waits for.
func (s *State) wakeTime() time.Time {
	first := s.runEnds()
	for i := range s.timed.all() {
		first = earliest(first, s.template(i).due(s.steps.at(i).latest()))
	}
	return first
}
