package logs

import (
	"io"
	"time"
)

// meter is a stream, and how it came.
type meter struct {
	r      io.Reader
	vigil  *vigil
	total  int           // bytes
	waited time.Duration // for them
	// burst is how many bytes came faster than a trickle lately.
	burst int
}

// trickle is how many bytes a second come without anything being held up.
const trickle = 16 << 10

func (m *meter) Read(b []byte) (int, error) {
	m.vigil.before(m.total)
	start := time.Now()
	n, err := m.r.Read(b)
	waited := time.Since(start)
	m.vigil.after()
	m.waited += waited
	m.total += n
	m.burst = max(0, m.burst-int(trickle*waited.Seconds())) + n
	return n, err
}
