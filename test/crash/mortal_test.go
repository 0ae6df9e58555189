//go:build cluster

package crash

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// fate is what becomes of a driver at a certain one of its API calls.
type fate int

const (
	lives      fate = iota // nothing: the test is told, that is all
	diesBefore             // the call is not sent
	diesAfter              // the call is sent and carried out, and its answer is lost
)

func (f fate) String() string {
	return [...]string{"lives through", "dies before", "dies after"}[f]
}

// errDead is what a dead driver's calls give.
var errDead = errors.New("this driver is dead")

// mortal is the transport of one driver. It counts the calls, watches among them, and when its driver dies it cuts off
// those under way and sends no more, as a kernel does for a process that SIGKILL ends.
type mortal struct {
	next http.RoundTripper
	fate fate
	at   int64 // the number of the fatal call, from 1; 0 is none

	calls   atomic.Int64
	reached chan struct{} // closed when the fatal call begins
	call    string        // the fatal call, such as `POST pods`; to be read after reached
	life    context.Context
	die     context.CancelFunc
}

func newMortal(f fate, at int) *mortal {
	m := &mortal{fate: f, at: int64(at), reached: make(chan struct{})}
	m.life, m.die = context.WithCancel(context.Background())
	return m
}

// wrap is for rest.Config.Wrap.
func (m *mortal) wrap(next http.RoundTripper) http.RoundTripper {
	m.next = next
	return m
}

func (m *mortal) dead() bool { return m.life.Err() != nil }

// RoundTrip sends a call, unless the driver is dead or dies of it.
func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.dead() {
		return refuse(r)
	}
	if m.calls.Add(1) != m.at {
		return m.send(r)
	}
	m.call = callOf(r)
	close(m.reached)
	switch m.fate {
	case lives:
		return m.send(r)
	case diesBefore:
		m.die()
		return refuse(r)
	case diesAfter:
		answer, err := m.next.RoundTrip(r)
		m.die()
		if err == nil {
			answer.Body.Close()
		}
	}
	return nil, errDead
}

// refuse closes the body, as a RoundTripper must also when it fails.
func refuse(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body.Close()
	}
	return nil, errDead
}

// send sends a call that ends at the latest with the driver, also while its answer is being read.
func (m *mortal) send(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(m.life, cancel)
	end := func() {
		stop()
		cancel()
	}
	answer, err := m.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		end()
		return nil, err
	}
	answer.Body = &body{answer.Body, end}
	return answer, nil
}

type body struct {
	io.ReadCloser
	end func()
}

func (b *body) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// callOf names a call by its verb and resource.
func callOf(r *http.Request) string {
	_, path, _ := strings.Cut(r.URL.Path, "/namespaces/")
	parts := strings.Split(path, "/") // namespace, resource, name
	verb := r.Method
	switch {
	case r.URL.Query().Get("watch") != "":
		verb = "WATCH"
	case verb == http.MethodGet && len(parts) < 3:
		verb = "LIST"
	}
	return verb + " " + parts[min(1, len(parts)-1)]
}
