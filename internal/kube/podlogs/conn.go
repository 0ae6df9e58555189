package podlogs

import (
	"context"
	"net"
	"time"
)

// In a flow of lines kubelet and API server send each one alone to a reader that waits for it. To be woken for each costs both sides
// more than the line, and the sender is slower for it; what is left in the socket for a moment comes together. So a connection
// for logs rests when little came, soon after what came before.
const (
	// batchDelay is how long it rests: readers do not notice that a line comes later by that.
	batchDelay = 3 * time.Millisecond
	// flows is how many reads in a row must not have waited that long.
	flows = 16
	// connBuffer is what is read at once, and little what is less than a flow brings.
	connBuffer = 32 << 10
	little     = connBuffer / 2
)

// batchingConn is a connection that rests.
type batchingConn struct {
	net.Conn
	timer *time.Timer
	buf   []byte // read and not taken
	room  [connBuffer]byte
	size  int // of what came last
	flow  int // how many reads in a row had little to wait
}

// Read is of io.Reader; one goroutine calls it at a time.
func (g *batchingConn) Read(b []byte) (int, error) {
	if len(g.buf) == 0 {
		if g.flow >= flows && g.size < little {
			g.timer.Reset(batchDelay)
			<-g.timer.C
		}
		start := time.Now()
		n, err := g.Conn.Read(g.room[:])
		if n == 0 {
			return 0, err
		}
		g.buf, g.size = g.room[:n], n
		if g.flow++; time.Since(start) >= batchDelay {
			g.flow = 0
		}
	}
	n := copy(b, g.buf)
	g.buf = g.buf[n:]
	return n, nil
}

// batching makes connections that rest.
func batching(dial func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &batchingConn{Conn: conn, timer: time.NewTimer(batchDelay)}, nil
	}
}
