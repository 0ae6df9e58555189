package component

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// doorDescriptor is where the door finds its listener.
const doorDescriptor = 4

// runDoor passes connections on to the address in the first argument. The listener was opened in
// the machine's network namespace and stays there; this process is in the control plane's, so it
// dials inside.
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
	for {
		outside, err := listener.Accept()
		if err != nil {
			fmt.Fprintf(os.Stderr, "door: accept: %v\n", err)
			return 1
		}
		go pass(context.Background(), outside.(*net.TCPConn), os.Args[1])
	}
}

func pass(ctx context.Context, outside *net.TCPConn, address string) {
	defer outside.Close()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		fmt.Fprintf(os.Stderr, "door: %v\n", err)
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

// half copies one direction and hands on its end, so that the other may go on for as long as it likes.
func half(to, from *net.TCPConn) {
	if _, err := io.Copy(to, from); err != nil && !errors.Is(err, net.ErrClosed) {
		// One side broke; without this the other direction might wait for ever.
		_ = from.Close()
		_ = to.Close()
		return
	}
	_ = to.CloseWrite()
}
