//go:build cluster

package crash

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// count counts runs, and those in which what was to happen did happen.
type count struct {
	mu           sync.Mutex
	points, runs int
	calls        map[string]int // what calls it happened at
	began        time.Time
	took         time.Duration
}

func newCount() *count { return &count{began: time.Now(), calls: map[string]int{}} }

// add counts a run; call is that at which it happened, empty if it did not.
func (c *count) add(call string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs++
	if call != "" {
		c.points++
		c.calls[call]++
	}
}

// stop ends the time that counts.
func (c *count) stop() { c.took = time.Since(c.began) }

// plus adds another that has stopped.
func (c *count) plus(other *count) {
	c.points += other.points
	c.runs += other.runs
	c.took += other.took
}

// at says at what calls.
func (c *count) at() string {
	var all []string
	for _, call := range slices.Sorted(maps.Keys(c.calls)) {
		all = append(all, fmt.Sprintf("%d %s", c.calls[call], call))
	}
	return strings.Join(all, ", ")
}

func (c *count) String() string {
	each := c.took / time.Duration(max(1, c.runs))
	return fmt.Sprintf("%d runs in %s, %d ms a run", c.runs, c.took.Round(time.Second), each.Milliseconds())
}
