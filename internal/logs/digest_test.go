package logs_test

import (
	"testing"

	"github.com/stepherd/stepherd/internal/logs"
)

func TestDigestOf(t *testing.T) {
	for words, want := range map[string]logs.Digest{
		logs.DigestBegins(1): logs.DigestFollows, logs.DigestBegins(20): logs.DigestFollows, logs.DigestEnds: logs.DigestIsOver,
		logs.DigestEmpty: logs.DigestAside, logs.DigestMore(3): logs.DigestAside,
		"": logs.NoDigest, "and many more": logs.NoDigest, "the pod is gone": logs.NoDigest, logs.DigestBegins(1) + ".": logs.NoDigest,
	} {
		if got := logs.DigestOf([]byte(words)); got != want {
			t.Errorf("%q: got %d, want %d", words, got, want)
		}
	}
}
