package kube

import (
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/stepherd/stepherd/internal/run"
)

// expectations are Pods that the answer to a create told of, and the watch not yet. One whose whole life falls into a gap of the watch
// is in no list: unless the watch knows of it, its end is never told, and the run waits for it for ever. Creates and the
// watch use it at the same time.
type expectations struct {
	mu   sync.Mutex
	pods map[string]expectation // by the Pod's UID
}

type expectation struct {
	pod     run.Pod
	version uint64 // at which it existed
}

// add takes a Pod that existed at a resourceVersion. These are numbers that grow
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions, and etcd's revisions before that was promised).
func (b *expectations) add(pod run.Pod, version string) {
	n, err := strconv.ParseUint(version, 10, 64)
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pods == nil {
		b.pods = map[string]expectation{}
	}
	b.pods[pod.UID] = expectation{pod, n}
}

// upTo gives the Pods that existed at a resourceVersion up to which the watch has told everything, and forgets them.
func (b *expectations) upTo(version string) []run.Pod {
	n, err := strconv.ParseUint(version, 10, 64)
	if err != nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var pods []run.Pod
	for _, uid := range slices.Sorted(maps.Keys(b.pods)) {
		if one := b.pods[uid]; one.version <= n {
			pods = append(pods, one.pod)
			delete(b.pods, uid)
		}
	}
	return pods
}
