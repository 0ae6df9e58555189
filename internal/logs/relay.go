package logs

import (
	"hash/crc32"
	"time"
)

// relay watches one stream for what its kubelet does when it goes from one file of the log to the next.
//
// A kubelet that follows a log notes each new file, but opens it only when it has read the old one to its end, and then
// opens the one that is current by then, once for each that it has noted (k8s.io/cri-client/pkg/logs/logs.go, ReadLogs
// and waitLogs, v0.35). So if it comes too late for two rotations it skips a file without a word, and reads the next one
// twice or more often. It comes late if nobody takes what it reads: this program's sink, or the network.
//
// The repeated lines are dropped: they begin with the first line after the jump. The skipped ones can only be guessed: a
// file was skipped between two lines only if all this holds:
//
//   - their stamps lie apart by as long as the skipped file lasted, which is shortest at least;
//   - the kubelet came to the second file later than that, too, so that the line behind the jump was not waited for as long
//     as the stamps lie apart: it was ready, and the line before it late;
//   - so much was on its way that it held the kubelet up;
//   - all that was after the stream was opened: what is older is in the first file.
//
// All of it also holds, without any loss, where a program fell silent while its log was read too slowly. So the node is asked
// (ofOneFile, in gaps.go) before anything is said.
type relay struct {
	opened  time.Time
	lines   int
	prev    glance
	origins [4]origin // the first line, and the last ones after a jump
	jumps   int
	drop    int // lines to drop because they came before
}

const (
	// shortest is less than a file lasts: a kubelet looks every 3 s at most whether to rotate
	// (pkg/kubelet/apis/config/validation/validation.go, v1.35), but may be late for the first of two looks.
	shortest = 2 * time.Second
	// onItsWay is less than the buffers between a kubelet and this program hold: 64 KiB in the HTTP/2 stream alone.
	onItsWay = 32 << 10
	// clocks is how far the clock of this program may be ahead of the node's.
	clocks = 5 * time.Second
)

// glance is what was to see of a stream when one of its lines began.
type glance struct {
	at     stamp
	waited time.Duration
	burst  int
}

// origin is a line with which a file may begin.
type origin struct {
	at   stamp
	sum  uint32
	line int // its number in the stream
}

// begin takes the beginning of a line, and says whether the line came before, and whether a file may have been skipped in
// front of it. taken is when the line before it had been taken. A nil relay, of a stream that does not follow, and so reads one
// file, says neither.
func (r *relay) begin(p part, m *meter, taken time.Time) (repeated, skipped bool) {
	switch {
	case r == nil:
		return false, false
	case !p.stamped:
		return r.drop > 0, false
	}
	if r.drop > 0 {
		r.drop--
		return true, false
	}
	at := stampOf(p.Time)
	jump := time.Duration(at - r.prev.at)
	switch {
	case r.lines == 0:
		r.origins[0] = origin{at, crc32.Checksum(p.Text, castagnoli), 0}
	case jump < 0:
		if r.drop = r.since(at, p.Text); r.drop > 0 {
			r.drop--
			return true, false
		}
	case jump >= shortest:
		skipped = r.late(jump, m.waited-r.prev.waited, p.Time, taken)
		r.origins[1+r.jumps%(len(r.origins)-1)] = origin{at, crc32.Checksum(p.Text, castagnoli), r.lines}
		r.jumps++
	}
	r.prev = glance{at, m.waited, m.burst}
	r.lines++
	return false, skipped
}

// late says that a file may have been skipped in a jump of the stamps, for which was waited so long.
func (r *relay) late(jump, waited time.Duration, at, taken time.Time) bool {
	return jump-waited >= shortest && r.prev.burst >= onItsWay &&
		taken.Sub(r.opened) >= shortest && at.Add(clocks).After(r.opened.Add(shortest))
}

// since is how many lines came since one with which a file may begin, itself included; 0 if there is none like it.
func (r *relay) since(at stamp, text []byte) int {
	for _, o := range r.origins {
		if o.at == at && o.sum == crc32.Checksum(text, castagnoli) {
			return r.lines - o.line
		}
	}
	return 0
}
