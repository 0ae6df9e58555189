package record

import "testing"

func TestRecordName(t *testing.T) {
	for piece, want := range map[int]string{0: "r-record", 1: "r-record-1", 12: "r-record-12"} {
		if got := Name("r", piece); got != want {
			t.Errorf("piece %d: %q, want %q", piece, got, want)
		}
	}
}
