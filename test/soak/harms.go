package main

import (
	"slices"
	"sync"
	"time"

	"github.com/stepherd/stepherd/test/rig"
)

// harms is a harm that grows.
type harms struct {
	mu  sync.Mutex
	all harm
}

// strikes notes a Pod that is about to be deleted or evicted, before it is: nobody may see its end first.
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
