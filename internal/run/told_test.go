package run

import (
	"slices"
	"time"
)

// told is the best that this driver was told of a Pod, and what it has asked for.
type told struct {
	Pod
	gone       bool
	endAt      time.Duration // when it was told that main has ended
	deletingAt time.Duration // when it was told that the Pod is on its way out
	// stray: there was no place for it. lost: it need not be waited for any more. won: it has succeeded, and its attempt had
	// not ended otherwise before.
	stray, lost, won bool
	deleted          bool // with grace, the last time
	grace            *time.Duration
	removed          bool // because nobody wants to keep it
}

// lives says that the run has to wait for it.
func (t *told) lives() bool { return !t.gone && !t.Terminal && !t.lost }

// find is what was told of a Pod; nil if nothing was.
func (s *simulation) find(i int, uid string) *told {
	for _, t := range s.told[i] {
		if t.UID == uid {
			return t
		}
	}
	return nil
}

// own is the Pod of an attempt: the first that was told of. The others are strays, and those for which it was too early.
func (s *simulation) own(i, attempt int) *told {
	for _, t := range s.told[i] {
		if t.Attempt == attempt && !t.stray {
			return t
		}
	}
	return nil
}

// isLatest says that this driver was told of a Pod as that of its step's latest attempt.
func (s *simulation) isLatest(p *worldPod) bool {
	own := s.own(p.step, len(s.state.steps.at(p.step).attempts))
	return own != nil && own.UID == p.UID
}

// followed says that a driver before this one had an attempt followed by another: it has failed, whatever its Pod says.
func (s *simulation) followed(i int, t *told) bool {
	return t.Attempt < len(s.taken(i).Attempts) ||
		slices.ContainsFunc(s.told[i], func(o *told) bool { return o.Attempt > t.Attempt && o.UID <= s.listed })
}

// hear takes in a look at a Pod. One that is older than what is known says nothing but what cannot be undone.
func (s *simulation) hear(pod Pod) {
	i := s.index(pod.Step)
	t := s.find(i, pod.UID)
	if t == nil {
		t = &told{Pod: pod}
		t.Deleting, t.End = false, EndNone
		t.stray = s.own(i, pod.Attempt) != nil || s.isAnother(i, pod)
		s.told[i] = append(s.told[i], t)
	}
	if pod.Deleting && !t.Deleting {
		t.deletingAt = s.now
	}
	if pod.End != EndNone && t.End == EndNone {
		t.endAt = s.now
	}
	if pod.End == EndSucceeded && (t.End == EndNone || t.End == EndAwaitsSides) {
		t.won = !t.stray && !s.attemptEnded(i, pod.Attempt) && !s.takenEnd(i, pod.Attempt)
	}
	deleting, by, terminal := t.Deleting, t.DeleteBy, t.Terminal || pod.Terminal
	if pod.Deleting {
		deleting, by = true, pod.DeleteBy
	}
	older := pod.End == EndNone && (t.End != EndNone || t.Running && !pod.Running || t.Node != "" && pod.Node == "")
	if !older && !t.gone {
		t.Pod = pod
	}
	t.Deleting, t.DeleteBy, t.Terminal = deleting, by, terminal
}

// isAnother says that the attempt of whose name a Pod is has ended, and had another Pod, as the record tells.
func (s *simulation) isAnother(i int, pod Pod) bool {
	attempts := s.taken(i).Attempts
	if pod.Attempt > len(attempts) || !s.takenEnd(i, pod.Attempt) && !s.attemptEnded(i, pod.Attempt) {
		return false
	}
	at := attempts[pod.Attempt-1].CreatedAt
	return at != nil && !at.Time.Equal(pod.Created)
}

// forget keeps in mind that the driver was told of a Pod's disappearance.
func (s *simulation) forget(pod Pod) {
	i := s.index(pod.Step)
	t := s.find(i, pod.UID)
	if t == nil {
		t = &told{Pod: pod}
		t.stray = s.own(i, pod.Attempt) != nil
		s.told[i] = append(s.told[i], t)
	}
	t.gone = true
}

// sort finds out which Pods have no place among the attempts of a step, and which need not be waited for any more.
func (s *simulation) sort(i int) {
	n := len(s.state.steps.at(i).attempts)
	for _, t := range s.told[i] {
		t.stray = t.stray || t.Attempt > n
		due := t.lostAt()
		t.lost = t.lost || due > 0 && s.now >= due || t.Deleting && (t.stray && t.Attempt < n || s.followed(i, t))
	}
}

// lostAt is when it need not be waited for any more; 0 if that is not known.
func (t *told) lostAt() time.Duration {
	switch {
	case !t.Deleting || t.Terminal || t.gone || t.lost:
		return 0
	case t.NodeSilent:
		return t.deletingAt + LostGrace
	case t.Node != "" && (t.Started.IsZero() || t.End != EndNone):
		return t.DeleteBy.Sub(clock(0)) + IdleGrace
	}
	return 0
}

// relist is what follows a gap in the watch: what was missed shows as it is now. Pods that the driver knows, or is about to
// know, from the answers to its creates are told to be gone like all others.
func (s *simulation) relist() {
	s.watch = nil
	var known []Pod
	for i := range s.told {
		for _, t := range s.told[i] {
			if !t.gone {
				known = append(known, t.Pod)
			}
		}
	}
	for _, e := range s.answers {
		if seen, is := e.(PodSeen); is {
			known = append(known, seen.Pod)
		}
	}
	for _, pod := range known {
		if p := s.steps[s.index(pod.Step)].pod(pod.Attempt); p == nil || p.UID != pod.UID {
			s.watch = append(s.watch, PodGone{Pod: pod})
		}
	}
	for p := range s.each {
		s.news(p)
	}
}
