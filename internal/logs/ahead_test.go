package logs

import "testing"

// TestNewFileAhead: a new file that the follower has not come to is told once, and what it skips then is told from where it was.
func TestNewFileAhead(t *testing.T) {
	f := rotationProbe{since: 3}
	for _, tt := range []struct {
		first, at stamp
		behind    stamp
		is        bool
	}{{5, 4, 3, true}, {5, 4, 4, false}, {9, 4, 4, true}, {9, 10, 4, false}, {9, 12, 10, false}, {15, 16, 12, true}} {
		if behind, is := f.begins(tt.first, checkpoint{at: tt.at}); is != tt.is || is && behind != tt.behind {
			t.Errorf("the file begins with %d, at %d: got %d, %v, want %d, %v", tt.first, tt.at, behind, is, tt.behind, tt.is)
		}
	}
}
