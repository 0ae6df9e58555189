package run

import (
	"fmt"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// lostAt is when a Pod that is on its way out will be waited for no more, because its kubelet, the only one who can end
// it, does not answer. Zero as long as there is hope.
//
// That the node is silent is the node controller's word, which it leaves only on Pods that were ready. Main may still run
// there, cut off from everybody: nobody can tell. When the node comes back, its kubelet finds the Pod deleted and ends it.
// Of a Pod whose main does not run, that it outlasts its deletion says enough.
func (a *attempt) lostAt() time.Time {
	p := &a.pod
	switch {
	case a.stage != seen || !p.Deleting || p.Terminal || a.deletedAt.IsZero():
		return time.Time{}
	case p.NodeSilent:
		return a.deletedAt.Add(LostGrace)
	case p.Node != "" && (p.Started.IsZero() || p.End != EndNone) && !p.DeleteBy.IsZero():
		return p.DeleteBy.Add(IdleGrace)
	}
	return time.Time{}
}

// lose gives up a Pod: it holds nothing any more that the run has to wait for.
func (d *transition) lose(i int) {
	d.freed = true
	d.updateAttempt(i, func(a *attempt) { a.lost, a.stage = true, released })
	d.judge(i)
}

func nodeLost(p Pod) outcome {
	return failure(v1alpha1.ReasonNodeLost, fmt.Sprintf("node %s does not answer", p.Node))
}
