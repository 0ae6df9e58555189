package logview

import (
	"hash/maphash"

	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
)

// fingerprint is where a log was when it broke off: how many lines and parts of lines came, and what the last of them were. By it the
// place is found again where the log is kept, which may lack its beginning.
type fingerprint struct {
	count int
	sums  [fingerprintLength]uint64
}

// fingerprintLength is one more than the lines that tell one place in a log from others.
const fingerprintLength = 20

var fingerprintSeed = maphash.MakeSeed()

func (t *fingerprint) add(text []byte) {
	t.sums[t.count%fingerprintLength] = maphash.Bytes(fingerprintSeed, logfmt.Collapse(text))
	t.count++
}

// back takes the last line off.
func (t *fingerprint) back() { t.count-- }

// endsLike reports whether the last lines of both are the same, as far as there are lines.
func (t *fingerprint) endsLike(other *fingerprint) bool {
	n := min(fingerprintLength-1, t.count, other.count)
	for i := 1; i <= n; i++ {
		if t.sums[(t.count-i)%fingerprintLength] != other.sums[(other.count-i)%fingerprintLength] {
			return false
		}
	}
	return n > 0
}

// PlaceFinder is a sink that looks for the end of a trail in a log.
type PlaceFinder struct {
	want *fingerprint
	got  fingerprint
	// Found is how many lines and parts lead to it; 0 when it was not met. Of several places the one is taken where as many
	// lines lead to it as came, or else the last.
	Found int
}

// Line implements logs.Sink.
func (f *PlaceFinder) Line(l logs.Line, _ logs.Position) error {
	f.got.add(l.Text)
	if f.Found != f.want.count && f.got.endsLike(f.want) {
		f.Found = f.got.count
	}
	return nil
}

// Gap implements logs.Sink.
func (*PlaceFinder) Gap(logs.Gap) error { return nil }

// Mark implements StoredSink.
func (*PlaceFinder) Mark(string, *logs.Gap) error { return nil }

// Finish implements StoredSink.
func (*PlaceFinder) Finish() error { return nil }
