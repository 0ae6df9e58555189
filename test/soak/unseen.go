package main

import (
	"slices"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// What happens to a Pod while no driver looks: a kubelet that starts it though it is gone, a node controller that takes it away
// while the run has no driver, a deletion that no kubelet carries out.

// lateStart is how long after a deletion by force a kubelet may start what it was about to start. On a busy machine it
// takes some seconds until it hears of the deletion.
const lateStart = 30 * time.Second

// mayBeLate reports whether a program may have started although its attempt was over: a Pod that is deleted with no grace is
// forgotten at once, and a kubelet that is about to start its container has not heard of it.
func (h harm) mayBeLate(f life, a v1alpha1.AttemptStatus) bool {
	if a.Reason != v1alpha1.ReasonDeleted {
		return false
	}
	for _, b := range h.Blows {
		if b.Kind == removePod && b.Pod == f.pod && !f.began.Before(b.At.Add(-slack)) && f.began.Before(b.At.Add(lateStart)) {
			return true
		}
	}
	return false
}

const (
	// takenAfter is how long after it was cut off a node's Pods are taken away at the earliest: it counts as lost after
	// 50 s, and they tolerate that for 60 s. The node controller takes those that have ended, too.
	takenAfter = 110*time.Second - 5*time.Second
	// noticed is how long a driver may have been at work without having written down how a Pod ended: it does so within
	// 4 s, from when it sees the end, and a kubelet on a busy machine takes some seconds to report that.
	noticed = 7 * time.Second
)

// takenUnseen reports whether the Pod of a program may have been taken away, for being on a lost node, before any driver had
// written down what became of it, and when at the earliest. That is the one window of docs/RELIABILITY.md: from the end of
// the program, or the loss of its node if that was before, its run had no driver that could reach the API server.
func (h harm) takenUnseen(run string, f life) (at time.Time, taken bool) {
	for _, w := range h.lostNodes() {
		there := w.Node == f.node && (w.To.IsZero() || f.began.Before(w.To))
		at := w.From.Add(takenAfter)
		if there && h.driven(run, earlier(f.ceased, w.From), at) < noticed {
			return at, true
		}
	}
	return time.Time{}, false
}

const (
	// silent is how long a node is cut off at least when it comes to count as lost: that takes 50 s from its last sign of
	// life, which it gives every 10 s.
	silent = 40 * time.Second
	// underWay is how long before a node was cut off its kubelet may have been told of a deletion without having done with it.
	underWay = 5 * time.Second
)

// stranded reports whether an attempt's Pod was to be deleted when its node was cut off, so that this was not carried out, or
// it could no longer be reported as done. Where the node came to count as lost the taint manager, too, had the Pod
// deleted. Where it was cut off for a moment, long enough to count as lost, the driver gave the Pod up: for one that is not
// to be deleted Kubernetes would have waited another minute.
func (h harm) stranded(a v1alpha1.AttemptStatus) bool {
	if a.Reason != v1alpha1.ReasonNodeLost {
		return false
	}
	for _, w := range h.lostNodes() {
		if h.deletedIn(a, w) {
			return true
		}
	}
	for _, w := range h.Breaks {
		if w.end(w.From.Add(silent)).Sub(w.From) >= silent && strings.HasSuffix(a.Message, "does not answer") && h.deletedIn(a, w) {
			return true
		}
	}
	return false
}

// adrift reports whether an attempt that was cancelled was given up on a node that was cut off for a moment, long enough to count as
// lost.
func (h harm) adrift(a v1alpha1.AttemptStatus) bool {
	return a.Phase == v1alpha1.StepCancelled && slices.ContainsFunc(h.Breaks, func(w window) bool {
		over := a.FinishedAt != nil && a.FinishedAt.Time.Before(w.From.Add(-slack))
		begun := a.CreatedAt == nil || a.CreatedAt.Time.Before(w.end(w.From.Add(silent)))
		return w.Node == a.Node && w.end(w.From.Add(silent)).Sub(w.From) >= silent && begun && !over
	})
}

// deletedIn reports whether an attempt's Pod was deleted or evicted while its node was cut off, or right before.
func (h harm) deletedIn(a v1alpha1.AttemptStatus, w window) bool {
	return w.Node == a.Node && slices.ContainsFunc(h.Blows, func(b blow) bool {
		return b.Pod == a.Pod && b.Kind != removePod && b.At.After(w.From.Add(-underWay)) && b.At.Before(w.end(b.At.Add(1)))
	})
}

// deaf reports whether the deletion of a Pod that never started was not carried out in time, which is 30 s, and as long again, for
// a kubelet that was out of reach, or had been until shortly before: like a proxy's its watch comes back with a back-off.
func (h harm) deaf(a v1alpha1.AttemptStatus) bool {
	if a.Reason != v1alpha1.ReasonNodeLost || a.StartedAt != nil || !strings.HasSuffix(a.Message, "does not answer") {
		return false
	}
	return slices.ContainsFunc(slices.Concat(h.Lost, h.Breaks), func(w window) bool {
		w.To = w.end(w.From).Add(proxyLag)
		mine := w.Node == a.Node || w.Node == ""
		w.Node = a.Node
		return mine && h.deletedIn(a, w)
	})
}

// brokenOff reports whether an attempt was being started when its kubelet was restarted.
func (h harm) brokenOff(a v1alpha1.AttemptStatus) bool {
	if a.StartedAt != nil || a.CreatedAt == nil || a.FinishedAt == nil || !strings.Contains(a.Message, "was not started") {
		return false
	}
	return slices.ContainsFunc(h.Breaks, func(w window) bool {
		return w.Node == a.Node && w.From.After(a.CreatedAt.Add(-slack)) && w.From.Before(a.FinishedAt.Add(slack))
	})
}

// driven is how long in a time a run had a driver at work that could reach the API server.
func (h harm) driven(run string, from, to time.Time) time.Duration {
	var sum time.Duration
	for _, s := range h.Drivers {
		if s.Run == run {
			sum += uncovered(later(s.From, from), earlier(s.To, to), h.outOfWork(s))
		}
	}
	return sum
}

// proxyLag is how long after the API server's return the proxy of a node may still refuse the calls that Pods make to it:
// stopping, an API server takes itself off the list that proxies keep, and their watches of it come back with a back-off of
// half a minute and more.
const proxyLag = time.Minute

// outOfWork are the times in which a driver could do nothing: it was stopped, or could not reach the API server.
func (h harm) outOfWork(s spell) []window {
	var out []window
	for _, stop := range h.Stops {
		if stop.PodUID == s.PodUID {
			out = append(out, window{From: stop.From, To: stop.To})
		}
	}
	for _, w := range slices.Concat(h.Lost, h.Breaks) {
		switch {
		case w.Node == "" && !w.To.IsZero():
			out = append(out, window{From: w.From, To: w.To.Add(proxyLag)})
		case w.Node == "" || w.Node == s.Node:
			out = append(out, w)
		}
	}
	return out
}

// uncovered is how much of a time is in none of the windows.
func uncovered(from, to time.Time, windows []window) time.Duration {
	slices.SortFunc(windows, func(a, b window) int { return a.From.Compare(b.From) })
	var sum time.Duration
	for _, w := range windows {
		sum += max(0, earlier(w.From, to).Sub(from))
		from = later(from, w.end(to))
	}
	return sum + max(0, to.Sub(from))
}

// end is now where it has not ended.
func (w window) end(now time.Time) time.Time {
	if w.To.IsZero() {
		return now
	}
	return w.To
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
