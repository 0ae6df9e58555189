package logs

import "time"

// resume is how to take up: what to ask the source for, and what to drop of what it gives.
func (p *Position) resume() (time.Time, *dropper) {
	d := &dropper{partTime: p.partTime, partLen: p.partLen}
	if p.count == 0 {
		return time.Time{}, d
	}
	m := p.marks[0]
	d.since, d.rest, d.first, d.latest = m.second, m.seen, m.first, p.latest
	return m.second.time(), d
}

// dropper takes from a stream what was handed on before it was opened.
type dropper struct {
	since  stamp
	rest   int   // whole lines still to drop
	first  stamp // the stamp that the first line must have
	latest stamp // where the file was rotated: drop what is not after this

	started  bool
	rotated  bool
	dropping bool // the line at hand is one to drop
	partTime stamp
	partLen  int // bytes to drop of the first line that is not dropped
}

// keep gives what is new of a part, and whether there is anything: an empty line is.
func (d *dropper) keep(p part) (part, bool) {
	if p.first {
		d.begin(p)
	}
	if d.dropping {
		return part{}, false
	}
	if d.partLen == 0 {
		return p, true
	}
	n := min(d.partLen, len(p.Text))
	d.partLen -= n
	p.Text = p.Text[n:]
	return p, len(p.Text) > 0 || !p.Continues
}

// begin decides about the line that begins with p.
func (d *dropper) begin(p part) {
	d.dropping = false
	if !d.started && !p.stamped && d.since != noStamp {
		d.dropping = true // the rest of a line whose beginning was before `since`
		return
	}
	at := stampOf(p.Time)
	if !d.started {
		d.started = true
		d.rotated = d.rest > 0 && at != d.first
	}
	switch {
	case d.rotated && at <= d.latest:
		d.dropping = true
	case !d.rotated && d.rest > 0:
		d.dropping = true
		d.rest--
	case d.partLen > 0 && at != d.partTime:
		d.partLen = 0 // another line than the one that was cut
	}
}
