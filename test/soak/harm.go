package main

import (
	"slices"
	"sync"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/rig"
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

// explains reports whether something was done to an attempt that has this reason.
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

// hit reports whether one of these was done to a Pod.
func (h harm) hit(pod string, kinds ...kind) bool {
	return slices.ContainsFunc(h.Blows, func(b blow) bool { return b.Pod == pod && slices.Contains(kinds, b.Kind) })
}

// tookAway reports whether an attempt's Pod was deleted, evicted, or on a node that was lost, whatever became of it.
func (h harm) tookAway(a v1alpha1.AttemptStatus) bool {
	return h.hit(a.Pod, deletePod, removePod, evictPod) || h.onLostNode(a)
}

// onLostNode reports whether an attempt's node was cut off while the attempt was there.
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

// mayOverlap reports whether an attempt may still have written something while the next one ran: its container was out of reach,
// or it was not waited for.
func (h harm) mayOverlap(a v1alpha1.AttemptStatus) bool {
	return h.hit(a.Pod, removePod) || h.onLostNode(a) || h.stranded(a)
}

// harms is a harm that grows.
type harms struct {
	mu  sync.Mutex
	all harm
}

// strikes notes a Pod that is about to be deleted or evicted, before it is: its end must not be seen first.
func (h *harms) strikes(k kind, pod string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all.Blows = append(h.all.Blows, blow{Kind: k, Pod: pod, At: time.Now()})
}

// loses notes that a node is cut off for long; the function that it gives, that it is back.
func (h *harms) loses(node string) (back func()) { return h.opens(&h.all.Lost, node) }

// beheads notes that a node has no kubelet any more.
func (h *harms) beheads(node string) (back func()) { return h.opens(&h.all.Headless, node) }

// breaks notes that a node, or all of them where it has no name, is out of reach for a moment.
func (h *harms) breaks(node string) (back func()) { return h.opens(&h.all.Breaks, node) }

func (h *harms) opens(windows *[]window, node string) (closes func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := len(*windows)
	*windows = append(*windows, window{Node: node, From: time.Now()})
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		(*windows)[i].To = time.Now()
	}
}

// sees notes the drivers that are there.
func (h *harms) sees(drivers []rig.Driver) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	for _, d := range drivers {
		i := slices.IndexFunc(h.all.Drivers, func(s spell) bool { return s.PodUID == d.PodUID })
		if i < 0 {
			i = len(h.all.Drivers)
			h.all.Drivers = append(h.all.Drivers, spell{Run: d.Run, PodUID: d.PodUID, Node: d.Node, From: now})
		}
		h.all.Drivers[i].To = now
	}
}

// stops notes that a driver is stopped; the function that it gives, that it goes on.
func (h *harms) stops(d rig.Driver) (goesOn func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := len(h.all.Stops)
	h.all.Stops = append(h.all.Stops, spell{Run: d.Run, PodUID: d.PodUID, Node: d.Node, From: time.Now()})
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.all.Stops[i].To = time.Now()
	}
}

// lostSince gives when a node that is cut off for long now was cut off.
func (h *harms) lostSince(node string) (time.Time, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range h.all.Lost {
		if w.Node == node && w.To.IsZero() {
			return w.From, true
		}
	}
	return time.Time{}, false
}

func (h *harms) snapshot() harm {
	h.mu.Lock()
	defer h.mu.Unlock()
	return harm{
		Blows: slices.Clone(h.all.Blows), Lost: slices.Clone(h.all.Lost), Headless: slices.Clone(h.all.Headless), Breaks: slices.Clone(h.all.Breaks),
		Drivers: slices.Clone(h.all.Drivers), Stops: slices.Clone(h.all.Stops),
	}
}
