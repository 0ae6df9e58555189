package run

import (
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// attempt is one Pod of a step, from the wish for it to its last trace.
type attempt struct {
	stage stage
	end   outcome
	// pod is all that is known of the Pod; its UID is empty until it was seen.
	pod Pod

	create
	mainEnded    time.Time               // when main was first seen to have ended
	waitingSince time.Time               // since when it has waited for what has a grace
	warned       string                  // what events tell of why it does not get on
	told         []v1alpha1.ContainerEnd // what there is to tell of its containers; never written to
	deletedAt    time.Time               // when its Pod was first seen to be on its way out
	killAsked    bool                    // DeletePod was asked for, because main is to end
	cleanupAsked bool                    // DeletePod was asked for, because it is not to be kept
	lost         bool                    // its Pod is on a node that does not answer, and is waited for no more
	retryAt      time.Time               // when the next attempt may be made; zero before that is known, and when it has come
}

// stage is what an attempt holds.
type stage int

const (
	// refused: its create failed and will be tried again.
	refused stage = iota
	// creating: CreatePod is out and not answered.
	creating
	// seen: its Pod exists, and holds node, devices and quota; main may have ended.
	seen
	// released: its Pod holds nothing any more, or there never was one.
	released
)

// isLive reports whether something may still happen to it that Finish has to wait for.
func (a *attempt) isLive() bool { return a.stage == creating || a.stage == seen }

// holdsSlot reports whether it counts for parallelism: a Pod that may exist does.
func (a *attempt) holdsSlot() bool { return a.isLive() || a.stage == refused && a.mayExist }

// due is the earliest time that it waits for; zero if none.
func (t *template) due(a *attempt) time.Time {
	switch a.stage {
	case refused:
		return earliest(a.notBefore, t.limit(a).at)
	case seen:
		return earliest(a.settles(), t.waitingEnds(a), t.sidesEnd(a), a.lostAt(), t.limit(a).at)
	case released:
		return a.retryAt
	case creating:
	}
	return time.Time{}
}

func earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, t := range times {
		if first.IsZero() || !t.IsZero() && t.Before(first) {
			first = t
		}
	}
	return first
}

// passed reports whether t is a time and has come.
func passed(t, now time.Time) bool { return !t.IsZero() && !now.Before(t) }
