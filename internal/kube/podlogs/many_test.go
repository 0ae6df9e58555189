package podlogs

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/kube"
)

// manyLogs is a server of logs that counts connections and bytes.
type manyLogs struct {
	*httptest.Server
	connections, sent atomic.Int64
}

// serveManyLogs serves logs of so many KiB, whose containers go on.
func serveManyLogs(t *testing.T, kib int) *manyLogs {
	m := &manyLogs{}
	m.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunk := []byte(strings.Repeat("x", 1023) + "\n")
		for range kib {
			n, err := w.Write(chunk)
			m.sent.Add(int64(n))
			if err != nil {
				return
			}
		}
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	m.EnableHTTP2 = true
	m.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 100}
	m.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			m.connections.Add(1)
		}
	}
	m.StartTLS()
	t.Cleanup(func() {
		m.CloseClientConnections()
		m.Close()
	})
	return m
}

// source opens logs of that server.
func (m *manyLogs) source(t *testing.T) *Many {
	t.Helper()
	config := kube.WithDefaults(&rest.Config{Host: m.URL, TLSClientConfig: rest.TLSClientConfig{Insecure: true, NextProtos: []string{"h2"}}}, "test")
	logs, err := NewMany(config, "ns")
	if err != nil {
		t.Fatal(err)
	}
	return logs
}

// TestManyLogsAreOpenedOnFewConnections: no log waits for the first connection, and still not every log makes one.
func TestManyLogsAreOpenedOnFewConnections(t *testing.T) {
	m := serveManyLogs(t, 20)
	logs := m.source(t)
	var wg sync.WaitGroup
	for range 300 {
		wg.Go(func() {
			stream, err := logs.Open(t.Context(), "p", "main", time.Time{}, true)
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { _ = stream.Close() })
			if _, err := io.ReadFull(stream, make([]byte, 20<<10)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	// That bounds those that are made at once; on a busy machine they come in rounds.
	if got, limit := m.connections.Load(), int64(3*manyLogsDials); got < 3 || got > limit {
		t.Errorf("300 logs took %d connections, want at least the 3 that they need and at most %d", got, limit)
	}
}

// TestManyLogsThatNobodyReads: logs that are not read hold little memory together.
func TestManyLogsThatNobodyReads(t *testing.T) {
	m := serveManyLogs(t, 1<<10)
	logs := m.source(t)
	for range firstLogs + 50 { // one after the other: all but the first share a connection
		stream, err := logs.Open(t.Context(), "p", "main", time.Time{}, true)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stream.Close() })
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for before := int64(-1); m.sent.Load() != before; <-tick.C {
		before = m.sent.Load()
	}
	// The server, too, holds something of each: 4 KiB of its writer's.
	least := int64(firstLogsBuffer + manyLogsBuffer)
	if got, limit := m.sent.Load(), least+54*(8<<10); m.connections.Load() != 2 || got < least || got > limit {
		t.Errorf("%d bytes were sent on %d connections to readers that do not read, want %d to %d on two", got, m.connections.Load(), least, limit)
	}
}

// TestManyLogsAreAskedInBetween: a node can be asked although the logs that are read fill all the room that they have.
func TestManyLogsAreAskedInBetween(t *testing.T) {
	m := serveManyLogs(t, 1<<10)
	logs := m.source(t)
	for range firstLogs + 10 {
		stream, err := logs.Open(t.Context(), "p", "main", time.Time{}, true)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stream.Close() })
	}
	least := int64(firstLogsBuffer + manyLogsBuffer)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for m.sent.Load() < least {
		<-tick.C
	}
	head, err := logs.Head(t.Context(), "p", "main")
	if err != nil {
		t.Fatal(err)
	}
	defer head.Close()
	if _, err := io.ReadFull(head, make([]byte, 1<<10)); err != nil {
		t.Error(err)
	}
}

// TestFirstLogsLeaveTheirPlaces: a place that was given up is another's.
func TestFirstLogsLeaveTheirPlaces(t *testing.T) {
	m := serveManyLogs(t, 1)
	logs := m.source(t)
	for range 3 * firstLogs {
		stream, err := logs.Open(t.Context(), "p", "main", time.Time{}, true)
		if err != nil {
			t.Fatal(err)
		}
		if len(logs.places) != 1 {
			t.Fatalf("%d places are taken, want 1", len(logs.places))
		}
		_ = stream.Close()
		_ = stream.Close()
	}
	if len(logs.places) != 0 || m.connections.Load() != 1 {
		t.Errorf("%d places are taken, and %d connections, want none and 1", len(logs.places), m.connections.Load())
	}
}
