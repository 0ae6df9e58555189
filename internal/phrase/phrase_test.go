package phrase_test

import (
	"testing"

	"github.com/stepherd/stepherd/internal/phrase"
)

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{"": "", " \n": "", "a": "a", "a\r\n\tb  c\n": "a b c", "a\u00a0b\u2028c": "a b c"} {
		if got := phrase.OneLine(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 steps", 1: "1 step", 2: "2 steps"} {
		if got := phrase.Count(n, "step"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
