//go:build cluster

package crash

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestMortal holds the tests' own tool to what it promises.
func TestMortal(t *testing.T) {
	tests := []struct {
		name           string
		fate           fate
		at             int
		calls, arrived int // sent by the client; seen by the server
		dead           bool
	}{
		{"lives", lives, 2, 4, 4, false},
		{"dies before its first", diesBefore, 1, 4, 0, true},
		{"dies before its third", diesBefore, 3, 4, 2, true},
		{"dies after its third", diesAfter, 3, 4, 3, true},
		{"does not live to see it", diesAfter, 5, 4, 4, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			arrived := 0
			server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived++ }))
			defer server.Close()
			m := newMortal(tt.fate, tt.at)
			client := http.Client{Transport: m.wrap(http.DefaultTransport)}
			answered := 0
			for range tt.calls {
				if get(t, &client, server.URL+"/api/v1/namespaces/ns/pods") == nil {
					answered++
				}
			}
			answers := tt.arrived
			if tt.dead && tt.fate == diesAfter {
				answers--
			}
			if arrived != tt.arrived || answered != answers || m.dead() != tt.dead {
				t.Errorf("%d calls arrived, %d were answered, dead is %v; want %d, %d, %v", arrived, answered, m.dead(), tt.arrived, answers, tt.dead)
			}
			if tt.dead && m.call != "LIST pods" {
				t.Errorf("the fatal call is %q", m.call)
			}
		})
	}
}

// TestMortalCutsStreams: with the driver die its open watches, and calls that wait for an answer.
func TestMortalCutsStreams(t *testing.T) {
	waits := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stream" {
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
		} else {
			close(waits)
		}
		<-r.Context().Done()
	}))
	defer server.Close()
	m := newMortal(lives, 0)
	client := http.Client{Transport: m.wrap(http.DefaultTransport)}
	stream, err := client.Get(server.URL + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	unanswered := make(chan error)
	go func() { unanswered <- get(t, &client, server.URL+"/call") }()
	<-waits
	m.die()
	if _, err := io.ReadAll(stream.Body); err == nil {
		t.Error("the stream ended well")
	}
	if err := <-unanswered; err == nil {
		t.Error("the call ended well")
	}
	if err := get(t, &client, server.URL+"/late"); !errors.Is(err, errDead) {
		t.Errorf("a dead driver's call gave %v", err)
	}
}

func get(t *testing.T, client *http.Client, url string) error {
	t.Helper()
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
