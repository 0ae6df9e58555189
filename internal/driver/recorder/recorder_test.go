package recorder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
)

// fake is a Record and a Listener that keep what they were asked and told, with the time since the beginning.
type fake struct {
	began time.Time
	bytes int // of a save
	fault func(call string) error

	mu   sync.Mutex
	seen []string
}

func (f *fake) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, fmt.Sprintf("%v %s", time.Since(f.began), fmt.Sprintf(format, args...)))
}

func (f *fake) call(name string) error {
	if f.fault == nil {
		return nil
	}
	return f.fault(name)
}

func (f *fake) Take(_ context.Context, head record.Head) (record.Record, error) {
	f.note("take")
	return record.Record{Head: head}, f.call("take")
}

func (f *fake) Save(_ context.Context, _ record.Record, pieces []int) (int, error) {
	f.note("save %v", pieces)
	return f.bytes, f.call("save")
}

func (f *fake) Check(context.Context) error {
	f.note("check")
	return f.call("check")
}

func (f *fake) Taken(context.Context, record.Record)             { f.note("taken") }
func (f *fake) Saved(_ context.Context, version int)             { f.note("saved %d", version) }
func (f *fake) SavedLogs(context.Context, []steplogs.WrittenLog) {}
func (f *fake) Retrying(call string, err error, wait time.Duration) {
	f.note("retrying: %s: %v", call, err)
}
func (f *fake) Stopped(_ context.Context, err error) { f.note("stopped: %v", err) }

// record runs a recorder over f while use does something with it, and returns what was seen.
func (f *fake) record(t *testing.T, use func(*Recorder)) []string {
	t.Helper()
	f.began = time.Now()
	r := New(f, zap.NewNop(), f)
	ctx, stop := context.WithCancel(t.Context())
	var task sync.WaitGroup
	task.Go(func() { r.Run(ctx, record.Head{StepCount: 300}) })
	synctest.Wait()
	use(r)
	synctest.Wait()
	stop()
	task.Wait()
	return f.seen
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

type marked struct{ lost, final, notFound bool }

func (m marked) Error() string  { return fmt.Sprintf("%+v", struct{ lost, final, notFound bool }(m)) }
func (m marked) Lost() bool     { return m.lost }
func (m marked) Final() bool    { return m.final }
func (m marked) NotFound() bool { return m.notFound }

// TestConfirm: within 5 s of a call that proved the record to be ours nothing is asked; later it is read, for all that ask
// together; and a save of the first piece proves it, too.
func TestConfirm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stateOf(t, 300)
		f := &fake{}
		seen := f.record(t, func(r *Recorder) {
			confirm := func(after time.Duration) {
				time.Sleep(after)
				if err := r.Confirm(t.Context()); err != nil {
					t.Error(err)
				}
			}
			confirm(fenceAge - 1)
			confirm(1)
			time.Sleep(time.Second)
			r.Save(Update{State: s, Version: 1, Pieces: map[int]bool{1: true}, Now: true})
			confirm(fenceAge - time.Second)
			r.Save(Update{State: s, Version: 2, Pieces: map[int]bool{0: true}, Within: time.Hour})
			confirm(fenceAge)
		})
		same(t, seen, "0s take", "0s taken", "5s check", "6s save [1]", "6s saved 1", "10s check", "15s save [0]", "15s saved 2")
	})
}

// TestConfirmCountsFromWhenItAsked: an answer that came late says whose the record was when it was asked for, or later.
func TestConfirmCountsFromWhenItAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{fault: func(string) error {
			time.Sleep(3 * time.Second)
			return nil
		}}
		seen := f.record(t, func(r *Recorder) {
			time.Sleep(fenceAge)
			if err := r.Confirm(t.Context()); err != nil {
				t.Error(err)
			}
		})
		same(t, seen, "0s take", "3s taken", "5s check")
	})
}

// TestConfirmEndsWithItsContext: a worker that is not to work any more does not wait for the record.
func TestConfirmEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("no route to host")
		f := &fake{fault: func(string) error { return gone }}
		f.record(t, func(r *Recorder) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := r.Confirm(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	})
}

// TestWritesAreSpreadOut: updates that come together are written once; the next waits until the average allows it, unless it must
// not wait.
func TestWritesAreSpreadOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stateOf(t, 300)
		f := &fake{bytes: 10 * writeRate}
		seen := f.record(t, func(r *Recorder) {
			r.Save(Update{State: s, Version: 1, Pieces: map[int]bool{1: true}, Within: WithinSuccess})
			synctest.Wait()
			r.Save(Update{State: s, Version: 2, Pieces: map[int]bool{2: true}, Within: Within})
			time.Sleep(time.Second)
			r.Save(Update{State: s, Version: 3, Pieces: map[int]bool{1: true}, Within: Within})
			time.Sleep(time.Minute)
			r.Save(Update{State: s, Version: 4, Pieces: map[int]bool{1: true}, Now: true})
			synctest.Wait()
			r.Save(Update{State: s, Version: 5, Pieces: map[int]bool{1: true}, Now: true})
		})
		same(t, seen, "0s take", "0s taken", "200ms save [1 2]", "200ms saved 2", "10.2s save [1]", "10.2s saved 3",
			"1m1s save [1]", "1m1s saved 4", "1m1s save [1]", "1m1s saved 5")
	})
}

// TestDeletedRecordIsWrittenAgain: when the record is not there any more, all pieces are written, and what waits for the update
// that could not be written is told that it was.
func TestDeletedRecordIsWrittenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stateOf(t, 300)
		deleted := true
		f := &fake{}
		f.fault = func(call string) error {
			if call == "save" && deleted {
				deleted = false
				return marked{notFound: true}
			}
			return nil
		}
		seen := f.record(t, func(r *Recorder) {
			r.Save(Update{State: s, Version: 1, Pieces: map[int]bool{1: true}, Now: true})
			time.Sleep(time.Minute)
		})
		for i, want := range map[int]string{2: "0s save [1]", 4: " save [0 1 2]", 5: " saved 1"} {
			if len(seen) != 6 || !strings.HasSuffix(seen[i], want) {
				t.Fatalf("got %q, want %q at %d", seen, want, i)
			}
		}
	})
}

// TestStops: a driver whose record another one has, or that cannot have it, is told so once and asks nothing more.
func TestStops(t *testing.T) {
	for _, err := range []error{marked{lost: true}, marked{final: true}} {
		for _, call := range []string{"take", "save"} {
			t.Run(fmt.Sprint(call, err), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := stateOf(t, 1)
					f := &fake{fault: func(name string) error {
						if name == call {
							return err
						}
						return nil
					}}
					seen := f.record(t, func(r *Recorder) {
						r.Save(Update{State: s, Pieces: map[int]bool{0: true}, Now: true})
						time.Sleep(time.Hour)
					})
					if last := seen[len(seen)-1]; last != "0s stopped: "+err.Error() {
						t.Errorf("got %q", seen)
					}
				})
			})
		}
	}
}
