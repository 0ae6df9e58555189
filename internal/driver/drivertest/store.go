package drivertest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/recorder"
)

// store is the record of the run.
type store struct {
	exists   bool
	stranger bool
	head     record.Head
	pieces   map[int][]v1alpha1.StepStatus
}

// Record is the driver's port for a driver Pod with that UID.
func (c *Cluster) Record(holder string) recorder.Record { return recordPort{c, holder} }

type recordPort struct {
	*Cluster
	holder string
}

// recordError is an error of the record with the methods that the driver looks for.
type recordError struct{ lost, final, notFound bool }

func (e recordError) Error() string {
	return fmt.Sprintf("record: %+v", struct{ lost, final, notFound bool }(e))
}
func (e recordError) Lost() bool     { return e.lost }
func (e recordError) Final() bool    { return e.final }
func (e recordError) NotFound() bool { return e.notFound }

// do makes a call under the lock.
func (c recordPort) do(name, what string, f func() error) error {
	weather := c.call(name, what)
	if weather != nil && !errors.Is(weather, ErrLost) {
		return weather
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := f(); err != nil {
		return err
	}
	return weather
}

func (c recordPort) Take(_ context.Context, head record.Head) (record.Record, error) {
	var rec record.Record
	err := c.do("take", c.holder, func() error {
		if c.store.stranger {
			return recordError{final: true}
		}
		if !c.store.exists {
			c.store.exists, c.store.head = true, head
		}
		rec = c.record()
		if !rec.Head.Phase.Ended() {
			c.store.head.Holder = c.holder
		}
		return nil
	})
	return rec, err
}

func (c recordPort) Save(_ context.Context, rec record.Record, pieces []int) (int, error) {
	err := c.do("save", fmt.Sprint(pieces), func() error {
		if err := c.held(); err != nil && !err.notFound {
			return *err
		}
		for _, k := range pieces {
			from := min(k*record.StepsPerPiece, len(rec.Steps))
			c.store.pieces[k] = slices.Clone(rec.Steps[from:min(from+record.StepsPerPiece, len(rec.Steps))])
			if k == 0 {
				c.store.exists, c.store.head = true, rec.Head
				c.store.head.Holder = c.holder
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return c.PieceBytes * len(pieces), nil
}

func (c recordPort) Check(context.Context) error {
	return c.do("check", "", func() error {
		if err := c.held(); err != nil {
			return *err
		}
		return nil
	})
}

func (c recordPort) held() *recordError {
	switch {
	case c.store.stranger:
		return &recordError{final: true}
	case !c.store.exists:
		return &recordError{notFound: true}
	case c.store.head.Holder != c.holder:
		return &recordError{lost: true}
	}
	return nil
}

// Kept is what the record says now.
func (c *Cluster) Kept() record.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.record()
}

func (c *Cluster) record() record.Record {
	r := record.Record{Head: c.store.head, Steps: make([]v1alpha1.StepStatus, c.store.head.StepCount)}
	for k, steps := range c.store.pieces {
		copy(r.Steps[min(k*record.StepsPerPiece, len(r.Steps)):], steps)
	}
	return r
}

// StrangerRecord gives the record's name to somebody else.
func (c *Cluster) StrangerRecord() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store.stranger = true
}

// DropRecord takes the record away.
func (c *Cluster) DropRecord() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store = store{pieces: map[int][]v1alpha1.StepStatus{}}
}
