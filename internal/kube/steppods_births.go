package kube

import (
	"sync"

	"github.com/stepherd/stepherd/internal/run"
)

// births are Pods that the answer to a create told of, and no watch yet. One whose whole life falls into a gap of the watch
// is in no list: unless the watch knows of it, its end is never told, and the run waits for it for ever. Creates and the
// watch use it at the same time.
type births struct {
	mu   sync.Mutex
	pods map[string]run.Pod // by UID
}

func (b *births) add(pod run.Pod) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pods == nil {
		b.pods = map[string]run.Pod{}
	}
	b.pods[pod.UID] = pod
}

// seen says that a watch knows of a Pod.
func (b *births) seen(uid string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.pods, uid)
}

// take gives those that no watch has told of so far, and forgets them.
func (b *births) take() map[string]run.Pod {
	b.mu.Lock()
	defer b.mu.Unlock()
	pods := b.pods
	b.pods = nil
	return pods
}
