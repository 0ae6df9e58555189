package component

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// doorDescriptor is where the door finds its listener.
const doorDescriptor = 4

// backlog is how many connections may wait to be accepted; the kernel's limit is the same or lower.
const backlog = 4096

// door passes connections on to an address inside. While nothing listens there, it does not listen
// either: a client outside is refused as it would be by the API server's own port, which clients
// treat otherwise than a connection that is accepted and then broken.
type door struct {
	listener *net.TCPListener
	inside   string
}

// runDoor is the door to the address in the first argument. The listener was opened in the machine's
// network namespace and stays there; this process is in the control plane's, so it dials inside.
func runDoor() int {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "door: the address to dial is missing")
		return 2
	}
	listener, err := net.FileListener(os.NewFile(doorDescriptor, "listener"))
	if err != nil {
		fmt.Fprintf(os.Stderr, "door: take over the listener: %v\n", err)
		return 1
	}
	d := door{listener: listener.(*net.TCPListener), inside: os.Args[1]}
	fmt.Fprintf(os.Stderr, "door: %v\n", d.serve(context.Background()))
	return 1
}

// serve passes connections on until it cannot any more, and returns why.
func (d door) serve(ctx context.Context) error {
	for {
		outside, err := d.listener.Accept()
		switch {
		case err == nil:
			go d.pass(ctx, outside.(*net.TCPConn))
		case errors.Is(err, unix.EINVAL): // it was shut
			if err := d.reopen(ctx); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// shut ends listening and keeps the port. Linux makes a listening socket that is shut down an unbound
// or, when its port was asked for by number, a bound one that may listen again.
func (d door) shut() error {
	return d.control(func(fd int) error { return unix.Shutdown(fd, unix.SHUT_RD) })
}

// reopen listens again as soon as somebody listens inside.
func (d door) reopen(ctx context.Context) error {
	for {
		conn, err := d.dial(ctx)
		if err == nil {
			_ = conn.Close()
			if err = d.control(func(fd int) error { return unix.Listen(fd, backlog) }); err == nil {
				return nil
			}
			fmt.Fprintf(os.Stderr, "door: listen again: %v\n", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (d door) control(f func(fd int) error) error {
	raw, err := d.listener.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = f(int(fd)) }); err != nil {
		return err
	}
	return failed
}

func (d door) dial(ctx context.Context) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", d.inside)
}

func (d door) pass(ctx context.Context, outside *net.TCPConn) {
	defer outside.Close()
	conn, err := d.dial(ctx)
	if err != nil {
		fmt.Fprintf(os.Stderr, "door: %v\n", err)
		_ = outside.SetLinger(0) // a reset, not an answer that is empty
		if errors.Is(err, unix.ECONNREFUSED) {
			_ = d.shut() // no harm when it is shut already
		}
		return
	}
	inside := conn.(*net.TCPConn)
	defer inside.Close()
	done := make(chan struct{})
	go func() {
		half(inside, outside)
		close(done)
	}()
	half(outside, inside)
	<-done
}

// half copies one direction and passes its end on, so that the other may go on for as long as it likes.
func half(to, from *net.TCPConn) {
	if _, err := io.Copy(to, from); err != nil && !errors.Is(err, net.ErrClosed) {
		// One side broke; without this the other direction might wait for ever.
		_ = from.Close()
		_ = to.Close()
		return
	}
	_ = to.CloseWrite()
}
