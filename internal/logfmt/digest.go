package logfmt

import (
	"bytes"
	"fmt"
	"strconv"
)

// At the end of its output a driver prints the last lines of failed steps once more, between marks, so that readers do not have to look
// for them. These are the words of the marks; code that reassembles logs from the output leaves out what is there twice.

// DigestBegins are the words of the mark before so many last lines.
func DigestBegins(lines int) string {
	around := digestBegins
	if lines == 1 {
		around = digestBeginsOne
	}
	return fmt.Sprintf(around[0]+"%d"+around[1], lines)
}

// DigestMore returns the words of the mark for failed steps whose last lines are not printed again.
func DigestMore(steps int) string { return fmt.Sprintf(digestMore[0]+"%d"+digestMore[1], steps) }

const (
	// DigestEnds are the words of the mark behind the last lines of one step.
	DigestEnds = "end of the last lines"
	// DigestEmpty are the words of the mark of a step that has none.
	DigestEmpty = "the failed step has logged nothing"
)

var (
	digestBegins    = [2]string{"the last ", " lines of the failed step"}
	digestBeginsOne = [2]string{"the last ", " line of the failed step"}
	digestMore      = [2]string{"and ", " more"}
)

// Digest is what a mark says of a digest.
type Digest int

// The kinds of marks.
const (
	// NoDigest: it is no mark of a digest.
	NoDigest Digest = iota
	// DigestFollows: lines follow that were printed before, up to DigestIsOver.
	DigestFollows
	// DigestIsOver ends them.
	DigestIsOver
	// DigestAside is a mark of a digest that stands alone.
	DigestAside
)

// DigestOf returns what the words of a mark mean for a digest.
func DigestOf(words []byte) Digest {
	switch {
	case string(words) == DigestEnds:
		return DigestIsOver
	case string(words) == DigestEmpty, isCount(words, digestMore):
		return DigestAside
	case isCount(words, digestBegins), isCount(words, digestBeginsOne):
		return DigestFollows
	}
	return NoDigest
}

// isCount reports whether words are a number between the two of around.
func isCount(words []byte, around [2]string) bool {
	rest, begins := bytes.CutPrefix(words, []byte(around[0]))
	number, ends := bytes.CutSuffix(rest, []byte(around[1]))
	_, err := strconv.Atoi(string(number))
	return begins && ends && err == nil
}
