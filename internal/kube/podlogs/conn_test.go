package podlogs

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// tape is a connection on which so many bytes come at a time, so far apart.
type tape struct {
	net.Conn
	size  int
	every time.Duration
	next  time.Time
	reads int
	left  int
}

func (p *tape) Read(b []byte) (int, error) {
	p.reads++
	if p.left == 0 {
		return 0, io.EOF
	}
	time.Sleep(time.Until(p.next)) // virtual
	n := 0
	for p.left > 0 && !p.next.After(time.Now()) && n < len(b) {
		size := min(p.size, p.left, len(b)-n)
		n, p.left, p.next = n+size, p.left-size, p.next.Add(p.every)
	}
	return n, nil
}

// TestGathering: what comes piece by piece in a flow is read by many; what comes alone is not late; and nothing is lost.
func TestGathering(t *testing.T) {
	for _, tt := range []struct {
		name        string
		size, total int
		every       time.Duration
		most, least int           // reads of the socket
		late        time.Duration // in all
	}{
		{"a flow of lines", 100, 500_000, 20 * time.Microsecond, 60, 20, 2 * batchDelay},
		{"a line now and then", 100, 10_000, 10 * time.Millisecond, 101, 101, 0},
		{"as much as there is room for", connBuffer, 100 * connBuffer, 10 * time.Microsecond, 101, 101, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := &tape{size: tt.size, every: tt.every, left: tt.total, next: time.Now()}
				conn, err := batching(func(context.Context, string, string) (net.Conn, error) { return source, nil })(t.Context(), "tcp", "host:1")
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				got, err := io.Copy(io.Discard, struct{ io.Reader }{conn})
				if err != nil || got != int64(tt.total) {
					t.Errorf("%d bytes came, %v, want %d", got, err, tt.total)
				}
				if source.reads > tt.most || source.reads < tt.least {
					t.Errorf("%d reads, want %d to %d", source.reads, tt.least, tt.most)
				}
				pieces := (tt.total + tt.size - 1) / tt.size
				if late := time.Since(began) - time.Duration(pieces-1)*tt.every; late > tt.late {
					t.Errorf("it took %v longer than it came", late)
				}
			})
		})
	}
}

func TestGatheringErr(t *testing.T) {
	want := errors.New("no route")
	if _, err := batching(func(context.Context, string, string) (net.Conn, error) { return nil, want })(t.Context(), "tcp", "host:1"); !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
}
