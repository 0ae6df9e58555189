package wording

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestElide(t *testing.T) {
	long := "image x cannot be pulled: " + strings.Repeat("failed to resolve reference ", 20) + "not found; set image to one that exists"
	for _, tc := range []struct {
		name, text string
		limit      int
		want       string
	}{
		{"short", "short", 10, "short"},
		{"just fits", "0123456789", 10, "0123456789"},
		{"keeps the remedy", long, 100, "image x cannot be pulled: failed to resolve reference ... not found; set image to one that exists"},
		{"cuts between words", "alpha beta gamma delta epsilon zeta eta theta", 30, "alpha beta ... eta theta"},
		{"a long word", strings.Repeat("x", 50), 30, strings.Repeat("x", 13) + " ... " + strings.Repeat("x", 12)},
		{"no room for both", "alpha beta", 5, "alpha"},
		{"nothing", "alpha", 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Elide(tc.text, tc.limit); got != tc.want {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

// TestShortenKeepsRunes: what is cut is valid, short enough, and not much shorter than it may be.
func TestElideKeepsRunes(t *testing.T) {
	for pad := range 12 {
		for _, limit := range []int{1, 2, 3, 8, 9, 30, 31, 256} {
			got := Elide(strings.Repeat("x", pad)+strings.Repeat("日", 200), limit)
			if len(got) > limit || len(got) < limit-6 || !utf8.ValidString(got) {
				t.Errorf("pad %d, limit %d: %d bytes, valid %v", pad, limit, len(got), utf8.ValidString(got))
			}
		}
	}
}

// FuzzShorten finds texts that are cut wrongly.
func FuzzElide(f *testing.F) {
	f.Add("alpha beta gamma", 9)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 0 || limit > 1000 || !utf8.ValidString(text) {
			return
		}
		if got := Elide(text, limit); len(got) > max(limit, 0) || !utf8.ValidString(got) {
			t.Errorf("%q cut to %d gives %q", text, limit, got)
		}
	})
}
