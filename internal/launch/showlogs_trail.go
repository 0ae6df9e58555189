package launch

import (
	"hash/maphash"

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
	t.sums[t.count%trailLength] = maphash.Bytes(trailSeed, logs.Collapse(text))
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

// trailFinder is a sink that looks for the end of a trail in a log.
type trailFinder struct {
	want *trail
	got  trail
	// found is how many lines and parts lead to it; 0 when it was not met. Of several places the one is taken where as many
	// lines lead to it as came, or else the last.
	found int
}

// Line is of logs.Sink.
func (f *trailFinder) Line(l logs.Line, _ logs.Position) error {
	f.got.add(l.Text)
	if f.found != f.want.count && f.got.endsLike(f.want) {
		f.found = f.got.count
	}
	return nil
}

// Gap is of logs.Sink.
func (*trailFinder) Gap(logs.Gap) error { return nil }

func (*trailFinder) mark(string, *logs.Gap) error { return nil }

func (*trailFinder) finish() error { return nil }
