package logview

import (
	"hash/maphash"

	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
)

// trail is where a log was when it broke off: how many lines and parts of lines came, and what the last of them were. By it the
// place is found again where the log is kept, which may lack its beginning.
type trail struct {
	count int
	sums  [trailLength]uint64
}

// trailLength is one more than the lines that tell one place in a log from others.
const trailLength = 20

var trailSeed = maphash.MakeSeed()

func (t *trail) add(text []byte) {
	t.sums[t.count%trailLength] = maphash.Bytes(trailSeed, logfmt.Collapse(text))
	t.count++
}

// back takes the last line off.
func (t *trail) back() { t.count-- }

// endsLike says that the last lines of both are the same, as far as there are lines.
func (t *trail) endsLike(other *trail) bool {
	n := min(trailLength-1, t.count, other.count)
	for i := 1; i <= n; i++ {
		if t.sums[(t.count-i)%trailLength] != other.sums[(other.count-i)%trailLength] {
			return false
		}
	}
	return n > 0
}

// TrailFinder is a sink that looks for the end of a trail in a log.
type TrailFinder struct {
	want *trail
	got  trail
	// Found is how many lines and parts lead to it; 0 when it was not met. Of several places the one is taken where as many
	// lines lead to it as came, or else the last.
	Found int
}

// Line is of logs.Sink.
func (f *TrailFinder) Line(l logs.Line, _ logs.Position) error {
	f.got.add(l.Text)
	if f.Found != f.want.count && f.got.endsLike(f.want) {
		f.Found = f.got.count
	}
	return nil
}

// Gap is of logs.Sink.
func (*TrailFinder) Gap(logs.Gap) error { return nil }

// Mark is of KeptSink.
func (*TrailFinder) Mark(string, *logs.Gap) error { return nil }

// Finish is of KeptSink.
func (*TrailFinder) Finish() error { return nil }
