package drivertest

import (
	"context"
	"slices"
	"testing"

	"github.com/stepherd/stepherd/internal/driver"
)

// OwnPod plays the driver's own Pod: it holds other containers until they end.
type OwnPod struct {
	c       *Cluster
	others  []string
	deleted bool
}

// Own is the driver's port to a Pod of its own that has other containers, too.
func (c *Cluster) Own(others ...string) *OwnPod { return &OwnPod{c: c, others: others} }

// Others is the driver's port.
func (p *OwnPod) Others(context.Context) ([]string, error) {
	if err := p.c.call("own", ""); err != nil {
		return nil, err
	}
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	return slices.Clone(p.others), nil
}

// Delete is the driver's port.
func (p *OwnPod) Delete(context.Context) error {
	if err := p.c.call("delete own", ""); err != nil {
		return err
	}
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.deleted, p.others = true, nil
	return nil
}

// End ends another container.
func (p *OwnPod) End(name string) {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.others = slices.DeleteFunc(p.others, func(other string) bool { return other == name })
}

// Deleted reports whether the driver has deleted its Pod.
func (p *OwnPod) Deleted() bool {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	return p.deleted
}

func ownPodContract(t *testing.T, w World) {
	pod, err := w.OwnPod(t.Context(), "driver", "holder")
	if err != nil {
		t.Fatal(err)
	}
	others := func() []string {
		t.Helper()
		names, err := pod.Others(t.Context())
		if err != nil {
			t.Error(err)
		}
		return names
	}
	if got := others(); !slices.Equal(got, []string{"holder"}) {
		t.Errorf("got %q", got)
	}
	if err := pod.Delete(t.Context()); err != nil {
		t.Error(err)
	}
	// No node has taken the Pod: it is gone at once.
	if got := others(); len(got) > 0 {
		t.Errorf("a Pod that is gone has %q", got)
	}
	if err := pod.Delete(t.Context()); err != nil {
		t.Errorf("delete of what is gone: %v", err)
	}
}

var _ driver.OwnPod = (*OwnPod)(nil)
