package run

import (
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// mishap now and then lets something go wrong.
func (s *simulation) mishap() bool {
	if s.crashes && len(s.creates) > 0 && s.oneIn(s.calm) {
		s.crash() // that is when it hurts most
		return true
	}
	if len(s.orphans) > 0 && s.oneIn(s.calm) {
		s.serveOrphan()
		return true
	}
	switch roll := s.rng.Intn(s.calm); {
	case roll < 8: // the same again, and something older first
		// What a list has shown is never followed by something older; the latest attempts bear it nevertheless.
		if p := s.anyPod(); p != nil && (p.UID > s.listed || s.isLatest(p)) {
			older := p.look()
			older.Running, older.End, older.Terminal, older.Deleting = false, EndNone, false, false
			s.watch = append(s.watch, PodSeen{Pod: older}, PodSeen{Pod: p.look()})
		}
	case roll < 12:
		if len(s.watch) < 20 { // or it would hear of nothing else any more
			s.relist()
		}
	case roll < 13:
		s.feed(TimerFired{}) // a timer that was replaced
	case roll < 15 && s.crashes:
		s.crash()
	case roll < 17 && s.deletions:
		if p := s.anyPod(); p != nil && !p.Deleting {
			if s.oneIn(2) {
				p.said = v1alpha1.ReasonEvicted
			}
			s.remove(p, nil)
		}
	case roll < 18 && s.cancel:
		switch {
		case s.kept.Head.Provisional != nil && s.oneIn(2):
			s.cancelFinally()
		case s.asked || s.oneIn(2):
			s.cancelRun()
		}
	case roll < 20 && s.faults.nodes:
		s.die(s.rng.Intn(len(s.world.nodes)))
	case roll < 22:
		if p := s.anyPod(); p != nil {
			s.feed(PodWarned{Step: p.Step, Attempt: p.Attempt, UID: p.UID, Message: []string{"", "a volume is missing"}[s.rng.Intn(2)]})
		}
	case roll < 26 && s.grows:
		s.growRun()
	default:
		return false
	}
	return true
}

// cancelRun puts the mark on the Job, or another grace into it.
func (s *simulation) cancelRun() {
	s.asked = true
	if s.oneIn(2) {
		grace := time.Duration(s.rng.Intn(20)) * time.Second
		s.grace = &grace
	}
	s.feed(CancelAsked{Grace: s.grace})
}

// cancelFinally puts the second mark on the Job, as the launcher does when the record shows that finally runs.
func (s *simulation) cancelFinally() {
	s.finallyAsked = true
	if s.oneIn(2) {
		grace := time.Duration(s.rng.Intn(20)) * time.Second
		s.grace = &grace
	}
	s.feed(CancelAsked{Finally: true, Grace: s.grace})
}

// crash replaces the driver. What it had sent may come through, or come through later; what waited for the record was not
// sent.
func (s *simulation) crash() {
	for _, k := range slices.Backward(s.ripeCreates()) {
		s.orphans = append(s.orphans, s.sendCreate(k))
	}
	s.creates = nil
	for len(s.orphans) > 0 && s.oneIn(2) {
		s.serveOrphan()
	}
	s.late = s.late || len(s.orphans) > 0
	for _, k := range slices.Backward(s.ripe()) {
		if s.oneIn(2) {
			s.checkRecord(k)
			s.serveDelete(k)
		}
	}
	s.deletes = nil
	if s.oneIn(4) {
		s.keep()
	}
	s.goOn(s.rng.Intn(30))
	s.begin()
}

// goOn lets the world go on while no driver lives.
func (s *simulation) goOn(turns int) {
	for range turns {
		s.now += time.Duration(s.rng.Intn(2000)) * time.Millisecond
		p := s.anyPod()
		switch roll := s.rng.Intn(20); {
		case roll < 4 && len(s.orphans) > 0:
			s.serveOrphan()
		case roll < 6 && s.deletions && p != nil:
			s.remove(p, nil)
		case roll < 8 && len(s.ailing()) > 0:
			s.ail(s.ailing()[0])
		case p != nil && s.stirs(p):
			s.move(p)
		}
	}
}
