package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/stepherd/stepherd/internal/retry"
)

// logServer plays an API server that serves followed logs, by HTTP/2 and TLS as a real one does: so many lines a stream once
// it is told to, and then nothing, until the reader goes.
type logServer struct {
	server *httptest.Server
	lines  int
	at     time.Time     // the first line's
	begin  chan struct{} // closed when lines are to flow
	opened atomic.Int64
	// bytes are those that readers have made room for.
	bytes atomic.Int64
	// again counts streams that are not a log's first.
	again atomic.Int64
}

// streamsPerConnection is a real API server's default (--http2-max-streams-per-connection).
const streamsPerConnection = 100

func newLogServer(lines int) *logServer {
	s := &logServer{lines: lines, at: time.Now().UTC(), begin: make(chan struct{})}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.server.EnableHTTP2 = true
	s.server.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: streamsPerConnection}
	s.server.StartTLS()
	return s
}

func (s *logServer) close() {
	s.server.CloseClientConnections()
	s.server.Close()
}

// logPace is how far the stamps of two lines lie apart.
const logPace = time.Microsecond

// logChunk is about what a kubelet sends at once.
const logChunk = 4 << 10

func (s *logServer) serve(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/log") {
		http.NotFound(w, r)
		return
	}
	switch q := r.URL.Query(); {
	case q.Get("limitBytes") != "":
		s.serveLine(w, 0)
		return
	case q.Get("tailLines") != "":
		s.serveLine(w, s.lines-1)
		return
	case q.Get("sinceTime") != "":
		s.again.Add(1)
	}
	out := http.NewResponseController(w)
	w.WriteHeader(http.StatusOK)
	_ = out.Flush() // a reader that goes shows below
	s.opened.Add(1)
	select {
	case <-s.begin:
	case <-r.Context().Done():
		return
	}
	var chunk bytes.Buffer
	for i := range s.lines {
		chunk.WriteString(s.line(i))
		if chunk.Len() < logChunk && i+1 < s.lines {
			continue
		}
		n, err := w.Write(chunk.Bytes())
		s.bytes.Add(int64(n))
		if err != nil || out.Flush() != nil {
			return
		}
		chunk.Reset()
	}
	<-r.Context().Done()
}

// serveLine serves one line, if lines flow.
func (s *logServer) serveLine(w http.ResponseWriter, i int) {
	select {
	case <-s.begin:
		_, _ = io.WriteString(w, s.line(i)) // a reader that goes has what it wants
	default:
	}
}

func (s *logServer) line(i int) string {
	return fmt.Sprintf("%s %s\n", s.at.Add(time.Duration(i)*logPace).Format(time.RFC3339Nano), logText(i+1))
}

// logText is a line as a training loop writes them.
func logText(number int) string {
	return fmt.Sprintf("epoch 3 step %d loss 0.12345 accuracy 0.98765 and some more words here", number)
}

// open waits until so many streams are open.
func (s *logServer) open(ctx context.Context, want int) error {
	for s.opened.Load() < int64(want) {
		if err := retry.Sleep(ctx, 10*time.Millisecond); err != nil {
			return fmt.Errorf("%d of %d logs are followed: %w", s.opened.Load(), want, err)
		}
	}
	return nil
}

// stalled waits until readers have taken nothing for a second.
func (s *logServer) stalled(ctx context.Context) error {
	for before := int64(-1); s.bytes.Load() != before; {
		before = s.bytes.Load()
		if err := retry.Sleep(ctx, time.Second); err != nil {
			return err
		}
	}
	return nil
}
