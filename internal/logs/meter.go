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
}

func (m *meter) Read(b []byte) (int, error) {
	m.vigil.before(m.total)
	start := time.Now()
	n, err := m.r.Read(b)
	waited := time.Since(start)
	m.vigil.after()
	m.waited += waited
	m.total += n
	return n, err
}
