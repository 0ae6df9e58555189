package run

import (
	"time"
)

// standing checks what must hold of a step after every event, whatever it was.
func (c *checker) standing(s *simulation, i int, actions []Action) {
	n := len(s.state.steps.at(i).attempts)
	own := s.own(i, n)
	for _, t := range s.told[i] {
		if t != own && t.lives() && !t.Deleting && !t.deleted {
			broken("2: %s/%d lives beside attempt %d and was not deleted", t.Step, t.Attempt, n)
		}
	}
	ended := s.end(i).known()
	live := own != nil && own.lives()
	switch {
	case live:
		c.alive(s, i, own, actions)
	case c.stops(s, i) && !ended && c.unanswered[i] == 0:
		broken("s%d is open after a cancel, a timeout or a failure, and has no Pod", i)
	case n > 0 && !ended && !c.stops(s, i) && c.again[i].after == n && s.attemptEnded(i, n):
		c.due(s, i)
	}
}

// alive checks a Pod for which the run waits: it is deleted if it is not wanted, and whatever has a time is waited for.
func (c *checker) alive(s *simulation, i int, own *told, actions []Action) {
	ended, kills, grace := s.attemptEnded(i, own.Attempt), c.kills(s, i), c.graceOf(s, i)
	if (own.End == EndNone && (kills || ended) || own.End == EndAwaitsSides && kills) && !own.deleted {
		broken("6: %s/%d is wanted no more and was not deleted, after %v", own.Step, own.Attempt, actions)
	}
	if own.deleted && c.isCancelled(s, i) && grace != nil && (own.grace == nil || *own.grace != *grace) {
		broken("6: %s/%d does not know of the grace %v", own.Step, own.Attempt, *grace)
	}
	if own.End == EndUnclear && !ended {
		c.awaited(s, i, own.endAt+SettleTime)
	}
	if own.End != EndNone && len(own.SidesRunning) > 0 && !own.deleted {
		due := own.endAt + s.steps[i].policy.SideGrace
		if own.End == EndUnclear && !ended {
			due = max(due, own.endAt+SettleTime)
		}
		c.awaited(s, i, due)
	}
	if at := own.lostAt(); at > 0 {
		c.awaited(s, i, at)
	}
	if ended || own.deleted || own.End != EndNone {
		return
	}
	policy := &s.steps[i].policy
	limit := func(from time.Time, allowed time.Duration) {
		if allowed > 0 {
			c.awaited(s, i, from.Add(allowed).Sub(clock(0)))
		}
	}
	switch {
	case !own.Started.IsZero():
		limit(own.Started, policy.Timeout)
	case !own.Init.Since.IsZero():
		limit(own.Init.Since.Add(-own.Init.Ran), policy.InitTimeout)
	case !own.Scheduled.IsZero():
		limit(own.Scheduled.Add(own.Init.Ran), policy.StartTimeout)
	default:
		limit(own.Created, policy.QueueTimeout)
	}
}

// due checks that the next attempt comes when its time has come, unless there may be no slot for it.
func (c *checker) due(s *simulation, i int) {
	if s.pipeline.Parallelism == 0 && !s.steps[i].exclusive {
		c.awaited(s, i, c.again[i].to.Sub(clock(0)))
	}
}

func (c *checker) awaited(s *simulation, i int, due time.Duration) {
	if s.now >= due || s.timer == 0 || s.timer > due {
		broken("11: s%d waits for %v; it is %v, the timer is at %v", i, due, s.now, s.timer)
	}
}
