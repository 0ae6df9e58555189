package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/stepherd/stepherd/internal/retry"
	"github.com/stepherd/stepherd/test/rig"
)

// lookout knows the drivers as of half a second ago.
type lookout struct {
	seen atomic.Pointer[[]rig.Driver]
}

const lookEvery = 500 * time.Millisecond

// watch looks until the context ends, and shows each driver to met when it is new.
func (l *lookout) watch(ctx context.Context, find func() []rig.Driver, met func(rig.Driver)) {
	known := map[string]bool{}
	for {
		now := find()
		l.seen.Store(&now)
		for _, d := range now {
			if !known[d.PodUID] {
				known[d.PodUID] = true
				met(d)
			}
		}
		if retry.Sleep(ctx, lookEvery) != nil {
			return
		}
	}
}

func (l *lookout) drivers() []rig.Driver {
	if seen := l.seen.Load(); seen != nil {
		return *seen
	}
	return nil
}
