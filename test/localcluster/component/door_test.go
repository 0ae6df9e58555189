package component

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// doorway is a door and the server inside that it leads to.
type doorway struct {
	t       *testing.T
	outside string
	inside  string
}

func newDoorway(t *testing.T) doorway {
	t.Helper()
	w := doorway{t: t, inside: address(t, listen(t, "127.0.0.1:0"))}
	// Twice, because only a port that was asked for by number can be listened on again.
	listener := listen(t, address(t, listen(t, "127.0.0.1:0")))
	w.outside = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- door{listener: listener, inside: w.inside}.serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		<-done
	})
	return w
}

func listen(t *testing.T, address string) *net.TCPListener {
	t.Helper()
	l, err := net.Listen("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	return l.(*net.TCPListener)
}

// address closes a listener and returns where it listened.
func address(t *testing.T, l *net.TCPListener) string {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// serve answers every connection inside with a greeting; the function returned ends it.
func (w doorway) serve(greeting string) (stop func()) {
	w.t.Helper()
	l := listen(w.t, w.inside)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, greeting)
			_ = conn.Close()
		}
	}()
	return func() { _ = l.Close(); <-done }
}

// until knocks at the door until what happens is what is wanted.
func (w doorway) until(what string, wanted func(got string, err error) bool) {
	w.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		got, err := w.knock()
		if wanted(got, err) {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("the door is not %s, last: %q, %v", what, got, err)
		}
	}
}

func (w doorway) knock() (string, error) {
	conn, err := net.Dial("tcp4", w.outside)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	got, err := io.ReadAll(conn)
	return string(got), err
}

func (w doorway) untilRefused() {
	w.t.Helper()
	w.until("shut", func(_ string, err error) bool { return errors.Is(err, unix.ECONNREFUSED) })
}

// The client is refused while nothing listens inside, and let in again by the same port afterwards.
func TestDoorRefusesWhileNobodyIsInside(t *testing.T) {
	w := newDoorway(t)
	w.untilRefused()
	for round := range 3 {
		greeting := fmt.Sprintf("hello %d", round)
		stop := w.serve(greeting)
		w.until("open", func(got string, err error) bool { return got == greeting && err == nil })
		if got, err := w.knock(); got != greeting || err != nil { // it stays open
			t.Errorf("an open door says %q, %v", got, err)
		}
		stop()
		w.untilRefused()
	}
}

// The first client after the server inside is gone gets an error, never an empty answer.
func TestDoorBreaksTheFirstConnection(t *testing.T) {
	w := newDoorway(t)
	for {
		got, err := w.knock()
		if errors.Is(err, unix.ECONNREFUSED) {
			return
		}
		if err == nil {
			t.Fatalf("a door to nobody answers %q without an error", got)
		}
	}
}
