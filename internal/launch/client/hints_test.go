package client_test

import (
	"testing"

	"github.com/stepherd/stepherd/internal/launch/client"
)

func TestHints(t *testing.T) {
	h := client.Hints{Program: "kubectl stepherd", Flags: []string{"-n", "ml", "--context", "my cluster's"}}
	if got, want := h.Command("logs", "x", ""), `kubectl stepherd logs x '' -n ml --context 'my cluster'\''s'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
