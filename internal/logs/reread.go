package logs

import (
	"hash/crc32"
	"time"
)

// rereadFilter watches one stream for what its kubelet does when it goes from one file of the log to the next.
//
// A kubelet that follows a log notes each new file, but opens it only when it has read the old one to its end, and then
// opens the one that is current by then, once for each that it has noted (k8s.io/cri-client/pkg/logs/logs.go, ReadLogs
// and waitLogs, v0.35). So if it comes too late for two rotations it skips a file without a word, and reads the next one
// twice or more often. It comes late if this program's sink or the network does not take what it reads.
//
// The repeated lines are dropped: they begin with the first line behind the jump. That the file was skipped is told by files.
type rereadFilter struct {
	lines   int
	prev    stamp
	origins [4]origin // the first line, and the last ones after a jump
	jumps   int
	drop    int // lines to drop because they came before
}

// shortest is less than a file lasts: a kubelet looks every 3 s at most whether to rotate
// (pkg/kubelet/apis/config/validation/validation.go, v1.35), but may be late for the first of two looks.
const shortest = stamp(2 * time.Second)

// origin is a line with which a file may begin.
type origin struct {
	at   stamp
	sum  uint32
	line int // its number in the stream
}

// repeats takes the beginning of a line, and reports whether the line came before. A nil filter, of a stream that does not follow,
// and so reads one file, never does.
func (r *rereadFilter) repeats(p part) bool {
	switch {
	case r == nil:
		return false
	case !p.stamped:
		return r.drop > 0
	}
	if r.drop > 0 {
		r.drop--
		return true
	}
	at := stampOf(p.Time)
	switch jump := at - r.prev; {
	case r.lines == 0:
		r.origins[0] = origin{at, crc32.Checksum(p.Text, castagnoli), 0}
	case jump < 0:
		if r.drop = r.since(at, p.Text); r.drop > 0 {
			r.drop--
			return true
		}
	case jump >= shortest:
		r.origins[1+r.jumps%(len(r.origins)-1)] = origin{at, crc32.Checksum(p.Text, castagnoli), r.lines}
		r.jumps++
	}
	r.prev = at
	r.lines++
	return false
}

// since is how many lines came since one with which a file may begin, itself included; 0 if there is none like it.
func (r *rereadFilter) since(at stamp, text []byte) int {
	for _, o := range r.origins {
		if o.at == at && o.sum == crc32.Checksum(text, castagnoli) {
			return r.lines - o.line
		}
	}
	return 0
}
