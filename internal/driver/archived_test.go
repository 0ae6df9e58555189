package driver_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/logs"
)

// shelf is an archive in memory. Its logs go on where an earlier one, that it was given, has ended.
type shelf struct {
	mu       sync.Mutex
	openErr  error
	lineErr  error // of the second line of each log
	closeErr error
	had      map[string]*book
	has      map[string]*book
}

// book is one log on a shelf.
type book struct {
	shelf         *shelf
	from, after   logs.Position
	lines         []string
	tries         int
	closed, whole bool
}

func (s *shelf) Open(step string, attempt int, container string) (steplogs.ArchiveLog, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.openErr != nil {
		return nil, s.openErr
	}
	key := fmt.Sprintf("%s#%d/%s", step, attempt, container)
	b := &book{shelf: s}
	if had := s.had[key]; had != nil {
		b.from, b.lines = had.after, slices.Clone(had.lines)
	}
	s.has[key] = b
	return b, nil
}

func (b *book) Position() logs.Position { return b.from }

func (b *book) Line(l logs.Line, after logs.Position) error {
	if b.tries++; b.shelf.lineErr != nil && b.tries > 1 {
		return b.shelf.lineErr
	}
	b.lines, b.after = append(b.lines, string(l.Text)), after
	return nil
}

func (b *book) Gap(g logs.Gap) error {
	b.lines = append(b.lines, g.String())
	return nil
}

func (b *book) Close(whole bool) error {
	b.closed, b.whole = true, whole
	return b.shelf.closeErr
}

func TestArchive(t *testing.T) {
	full := errors.New("no space left\non device")
	tests := []struct {
		name           string
		shelf          *shelf
		archive, marks string
		whole          bool
	}{
		{name: "all is well", shelf: &shelf{}, archive: "a b c", whole: true},
		{name: "it cannot be opened", shelf: &shelf{openErr: full}, marks: "a | [stepherd: the archive does not have the log from here on: no space left on device]"},
		{name: "it is full", shelf: &shelf{lineErr: full}, archive: "a", marks: "a | [stepherd: the archive does not have the log from here on: no space left on device]"},
		{name: "it is full at the end", shelf: &shelf{closeErr: full}, archive: "a b c", whole: true, marks: "a | [stepherd: the archive does not have the log from here on: no space left on device]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := drivertest.NewCluster()
				c.Play = func(string, int) drivertest.Act { return drivertest.Act{Lines: []string{"a", "b", "c"}} }
				tt.shelf.has = map[string]*book{}
				r := drive(t, c, "d1", plan("a"), func(config *driver.Config) { config.Archive = tt.shelf })
				r.ends(0)
				want := []string{"a | a", "a | b", "a | c"}
				if tt.marks != "" {
					want = append(want, tt.marks)
				}
				equal(t, "stdout", r.stdout.lines(), slices.Sorted(slices.Values(want)))
				if said := len(r.said(zap.ErrorLevel, "archive")); said != min(1, len(tt.marks)) {
					t.Errorf("the transcript speaks of the archive %d times", said)
				}
				b := tt.shelf.has["a#1/main"]
				if b == nil {
					b = &book{}
				}
				if got := strings.Join(b.lines, " "); got != tt.archive || b.closed != (tt.archive != "") || b.whole != tt.whole {
					t.Errorf("archived %q, closed %v, whole %v", got, b.closed, b.whole)
				}
			})
		})
	}
}

// TestArchiveGoesOn: an archive that has the beginning of a log is given the rest, and stdout all of it.
func TestArchiveGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := []string{"a", "b"}
		play := func(string, int) drivertest.Act { return drivertest.Act{Lines: lines} }
		first := &shelf{has: map[string]*book{}}
		c := drivertest.NewCluster()
		c.Play = play
		drive(t, c, "d1", plan("a"), func(config *driver.Config) { config.Archive = first }).ends(0)

		lines = append(lines, "c")
		second := &shelf{had: first.has, has: map[string]*book{}}
		c = drivertest.NewCluster()
		c.Play = play
		r := drive(t, c, "d1", plan("a"), func(config *driver.Config) { config.Archive = second })
		r.ends(0)
		equal(t, "archive", second.has["a#1/main"].lines, []string{"a", "b", "c"})
		equal(t, "stdout", r.stdout.lines(), []string{"a | a", "a | b", "a | c"})
	})
}

// TestArchiveWithoutVolume: a pipeline that wants an archive, in a Pod that was made without one, is run, and the transcript
// names what it lacks.
func TestArchiveWithoutVolume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wants := plan("a", "logs: {archive: {volume: {persistentVolumeClaim: {claimName: logs}}}}")
		for keep, want := range map[steplogs.Archive]int{nil: 1, &shelf{has: map[string]*book{}}: 0} {
			r := drive(t, drivertest.NewCluster(), "d1", wants, func(config *driver.Config) { config.Archive = keep })
			r.ends(0)
			if said := len(r.said(zap.WarnLevel, "no log archive")); said != want {
				t.Errorf("it was said %d times, want %d", said, want)
			}
		}
	})
}
