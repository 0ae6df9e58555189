package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestQuit(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	t.Setenv("HTTP_PROXY", elsewhere.URL)
	hangs := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.ContentLength != 0 || r.Header.Get("Authorization") != "" {
			t.Errorf("got %s with %d bytes and headers %v", r.Method, r.ContentLength, r.Header)
		}
		switch r.URL.Path {
		case "/quit":
		case "/moved":
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		case "/hangs":
			<-hangs
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	defer close(hangs)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, row := range []struct {
		name, url string
		fails     bool
	}{
		{"taken", server.URL + "/quit", false},
		{"not found", server.URL + "/none", true},
		{"a redirect", server.URL + "/moved", true},
		{"refused", gone.URL, true},
		{"no answer", server.URL + "/hangs", true},
		{"no URL", "::", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			if err := quit(ctx, row.url); (err != nil) != row.fails {
				t.Errorf("got %v", err)
			}
		})
	}
}
