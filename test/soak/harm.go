package main

import (
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// harm is what was done to Pods and nodes: what may be the reason that an attempt did not come to its own end.
type harm struct {
	// Blows are what was done to single step Pods.
	Blows []blow
	// Lost are times in which a node was cut off for so long that it was given up.
	Lost []window
	// Headless are times in which a node had no kubelet, because a restart of it failed: it is lost like one that is cut
	// off, but what runs on it reaches the API server.
	Headless []window
	// Breaks are shorter times in which a node, or all of them, could not speak with the API server.
	Breaks []window
	// Drivers are the times in which drivers were there, Stops those in which they were stopped.
	Drivers, Stops []spell
}

// blow is the deletion or eviction of a step Pod.
type blow struct {
	Kind kind
	Pod  string
	At   time.Time
}

// window is a time in which a node was out of reach, or, if it has no name, all were. To is zero while it is.
type window struct {
	Node     string
	From, To time.Time
}

// spell is the time in which a driver was there, as a process.
type spell struct {
	Run, PodUID, Node string
	From, To          time.Time
}

// slack is for clocks that only show seconds, and for what is still on its way when a node comes back.
const slack = 2 * time.Second

// explains says whether something was done to an attempt that has this reason.
func (h harm) explains(a v1alpha1.AttemptStatus) bool {
	switch a.Reason {
	case v1alpha1.ReasonDeleted:
		return h.tookAway(a)
	case v1alpha1.ReasonEvicted:
		return h.hit(a.Pod, evictPod)
	case v1alpha1.ReasonNodeLost:
		return h.onLostNode(a) || h.stranded(a) || h.deaf(a) || h.brokenOff(a)
	default:
		return false
	}
}

// hit says whether one of these was done to a Pod.
func (h harm) hit(pod string, kinds ...kind) bool {
	return slices.ContainsFunc(h.Blows, func(b blow) bool { return b.Pod == pod && slices.Contains(kinds, b.Kind) })
}

// tookAway says that an attempt's Pod was deleted, evicted, or on a node that was lost, whatever became of it.
func (h harm) tookAway(a v1alpha1.AttemptStatus) bool {
	return h.hit(a.Pod, deletePod, removePod, evictPod) || h.onLostNode(a)
}

// onLostNode says that an attempt's node was cut off while the attempt was there.
func (h harm) onLostNode(a v1alpha1.AttemptStatus) bool {
	_, lost := h.lostWith(a)
	return lost
}

func (h harm) lostNodes() []window { return slices.Concat(h.Lost, h.Headless) }

func (h harm) lostWith(a v1alpha1.AttemptStatus) (window, bool) {
	for _, w := range h.lostNodes() {
		before := a.FinishedAt != nil && a.FinishedAt.Time.Before(w.From.Add(-slack))
		after := !w.To.IsZero() && a.CreatedAt != nil && a.CreatedAt.Time.After(w.To.Add(slack))
		if w.Node == a.Node && !before && !after {
			return w, true
		}
	}
	return window{}, false
}

// mayOverlap says that an attempt may still have written something while the next one ran: its container was out of reach,
// or nobody waited for it.
func (h harm) mayOverlap(a v1alpha1.AttemptStatus) bool {
	return h.hit(a.Pod, removePod) || h.onLostNode(a) || h.stranded(a)
}
