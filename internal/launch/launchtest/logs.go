package launchtest

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Logs are logs by `pod/container`. Every line is a second after the one before.
type Logs struct {
	Lines map[string][]string
	// Open, where there is one for a log, keeps a followed log open behind its last line until it is closed.
	Opened map[string]<-chan struct{}
	Fail   map[string]error
	// Breaks is after how many lines a log breaks off because its Pod is gone.
	Breaks map[string]int

	mu    sync.Mutex
	broke map[string]bool
}

// Open is a logs.Source.
func (l *Logs) Open(ctx context.Context, pod, container string, since time.Time, follow bool) (io.ReadCloser, error) {
	key := pod + "/" + container
	if err := l.Fail[key]; err != nil {
		return nil, err
	}
	lines, known := l.Lines[key]
	n, breaks := l.Breaks[key]
	if breaks {
		lines, known = lines[:n], !l.isGone(key)
	}
	if !known {
		return nil, &Error{Kind: NotFound, Text: fmt.Sprintf("pods %q not found", pod)}
	}
	var b strings.Builder
	for i, line := range lines {
		at := time.Date(2026, 3, 1, 12, 0, i, 0, time.UTC)
		if at.Before(since.Truncate(time.Second)) {
			continue
		}
		fmt.Fprintf(&b, "%s %s\n", at.Format(time.RFC3339Nano), line)
	}
	if breaks {
		return io.NopCloser(io.MultiReader(strings.NewReader(b.String()), brokenLog{})), nil
	}
	text := io.NopCloser(strings.NewReader(b.String()))
	if held := l.Opened[key]; follow && held != nil {
		return &heldLog{Reader: text, ctx: ctx, held: held}, nil
	}
	return text, nil
}

// isGone reports whether the log broke off before.
func (l *Logs) isGone(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	gone := l.broke[key]
	if l.broke == nil {
		l.broke = map[string]bool{}
	}
	l.broke[key] = true
	return gone
}

// brokenLog is the end of a stream that breaks.
type brokenLog struct{}

func (brokenLog) Read([]byte) (int, error) { return 0, &Error{Kind: Weather, Text: "connection reset"} }

// heldLog is a log that has no end before held is closed.
type heldLog struct {
	io.Reader
	ctx  context.Context
	held <-chan struct{}
}

func (h *heldLog) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if err == io.EOF && n == 0 {
		select {
		case <-h.held:
		case <-h.ctx.Done():
			return 0, h.ctx.Err()
		}
	}
	return n, err
}

// Close has nothing to close.
func (h *heldLog) Close() error { return nil }
