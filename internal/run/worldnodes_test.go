package run

import (
	"fmt"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// nodeState is how far the cluster has come with a node.
type nodeState int

const (
	alive   nodeState = iota
	dead              // and nobody has noticed
	noticed           // the node controller has marked its Pods
	drained           // its Pods are deleted, and cannot go
)

func nodeName(k int) string { return fmt.Sprintf("n%d", k) }

// ailing are the nodes that are not alive.
func (w *world) ailing() []int {
	var nodes []int
	for k, state := range w.nodes {
		if state != alive {
			nodes = append(nodes, k)
		}
	}
	return nodes
}

// die lets a node die.
func (w *world) die(node int) {
	if w.nodes[node] != alive {
		return
	}
	w.nodes[node] = dead
	w.on(node, func(p *worldPod) { p.left = p.left || p.Deleting })
}

// ail lets the cluster go on with a dead node, or the node come back.
func (w *world) ail(node int) {
	switch state := w.nodes[node]; {
	case state == drained, w.oneIn(4):
		w.nodes[node] = alive
		w.on(node, func(p *worldPod) {
			if p.NodeSilent {
				p.NodeSilent = false
				w.news(p) // such as that main runs, on a Pod that the run may have given up
			}
		})
	case state == dead:
		w.nodes[node] = noticed
		w.on(node, func(p *worldPod) {
			// Only what was ready is marked.
			if p.Running {
				p.NodeSilent = true
				w.news(p)
			}
		})
	case state == noticed:
		w.nodes[node] = drained
		w.on(node, func(p *worldPod) {
			if !p.Terminal {
				p.said = v1alpha1.ReasonNodeLost
				p.why = append(p.why, p.said)
				grace := time.Duration(w.rng.Intn(30)) * time.Second
				w.remove(p, &grace)
			}
		})
	}
}

// on does something with the Pods of a node.
func (w *world) on(node int, do func(*worldPod)) {
	for p := range w.each {
		if p.node == node {
			do(p)
		}
	}
}
