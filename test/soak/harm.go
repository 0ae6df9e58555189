package main

import (
	"slices"
	"sync"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// harm is what was done to Pods and nodes: what may be the reason that an attempt did not come to its own end.
type harm struct {
	// deleted and evicted are names of step Pods; forced are those of the deleted whose containers nobody waited for.
	deleted, evicted, forced []string
	// lost are times in which a node was cut off for so long that it was given up.
	lost []window
}

// window is a time in which a node was cut off. to is zero while it is.
type window struct {
	node     string
	from, to time.Time
}

// slack is for clocks that only show seconds, and for what is still on its way when a node comes back.
const slack = 2 * time.Second

// explains says whether something was done to an attempt that has this reason.
func (h harm) explains(a v1alpha1.AttemptStatus) bool {
	switch a.Reason {
	case v1alpha1.ReasonDeleted:
		return h.tookAway(a)
	case v1alpha1.ReasonEvicted:
		return slices.Contains(h.evicted, a.Pod)
	case v1alpha1.ReasonNodeLost:
		return h.onLostNode(a)
	default:
		return false
	}
}

// tookAway says that an attempt's Pod was deleted, evicted, or on a node that was lost, whatever became of it.
func (h harm) tookAway(a v1alpha1.AttemptStatus) bool {
	return slices.Contains(h.deleted, a.Pod) || slices.Contains(h.evicted, a.Pod) || h.onLostNode(a)
}

// onLostNode says that an attempt's node was cut off while the attempt was there.
func (h harm) onLostNode(a v1alpha1.AttemptStatus) bool {
	_, lost := h.lostWith(a)
	return lost
}

func (h harm) lostWith(a v1alpha1.AttemptStatus) (window, bool) {
	for _, w := range h.lost {
		before := a.FinishedAt != nil && a.FinishedAt.Time.Before(w.from.Add(-slack))
		after := !w.to.IsZero() && a.CreatedAt != nil && a.CreatedAt.Time.After(w.to.Add(slack))
		if w.node == a.Node && !before && !after {
			return w, true
		}
	}
	return window{}, false
}

// mayOverlap says that an attempt may still have written something while the next one ran: its container was out of reach,
// or nobody waited for it.
func (h harm) mayOverlap(a v1alpha1.AttemptStatus) bool {
	return slices.Contains(h.forced, a.Pod) || h.onLostNode(a)
}

// harms is a harm that grows.
type harms struct {
	mu  sync.Mutex
	all harm
}

// deletes notes a Pod that is about to be deleted or evicted, before it is: nobody may see its end first.
func (h *harms) deletes(k kind, pod string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch k {
	case evictPod:
		h.all.evicted = append(h.all.evicted, pod)
	case removePod:
		h.all.forced = append(h.all.forced, pod)
		h.all.deleted = append(h.all.deleted, pod)
	default:
		h.all.deleted = append(h.all.deleted, pod)
	}
}

// loses notes that a node is cut off for long; the function that it gives, that it is back.
func (h *harms) loses(node string) (back func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := len(h.all.lost)
	h.all.lost = append(h.all.lost, window{node: node, from: time.Now()})
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.all.lost[i].to = time.Now()
	}
}

// lostSince gives when a node that is cut off for long now was cut off.
func (h *harms) lostSince(node string) (time.Time, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range h.all.lost {
		if w.node == node && w.to.IsZero() {
			return w.from, true
		}
	}
	return time.Time{}, false
}

func (h *harms) snapshot() harm {
	h.mu.Lock()
	defer h.mu.Unlock()
	return harm{
		deleted: slices.Clone(h.all.deleted), evicted: slices.Clone(h.all.evicted), forced: slices.Clone(h.all.forced),
		lost: slices.Clone(h.all.lost),
	}
}
