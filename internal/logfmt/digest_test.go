package logfmt_test

import (
	"testing"

	"github.com/stepherd/stepherd/internal/logfmt"
)

func TestDigestOf(t *testing.T) {
	for words, want := range map[string]logfmt.Digest{
		logfmt.DigestBegins(1): logfmt.DigestFollows, logfmt.DigestBegins(20): logfmt.DigestFollows, logfmt.DigestEnds: logfmt.DigestIsOver,
		logfmt.DigestEmpty: logfmt.DigestAside, logfmt.DigestMore(3): logfmt.DigestAside,
		"": logfmt.NoDigest, "and many more": logfmt.NoDigest, "the pod is gone": logfmt.NoDigest, logfmt.DigestBegins(1) + ".": logfmt.NoDigest,
	} {
		if got := logfmt.DigestOf([]byte(words)); got != want {
			t.Errorf("%q: got %d, want %d", words, got, want)
		}
	}
}
