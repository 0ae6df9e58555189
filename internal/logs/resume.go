package logs

import "time"

// resume is how to take up: what to ask the source for, and what to drop of what it gives.
func (p *Position) resume() (time.Time, *resumeFilter) {
	d := &resumeFilter{latest: max(p.latest, p.partTime), partTime: p.partTime, partLen: p.partLen, sought: p.last, ties: p.ties}
	if p.partLen > 0 {
		d.sought, d.ties = p.partTime, 0
		if p.partTime == p.last {
			d.ties = p.ties
		}
	}
	switch {
	case p.IsZero() || p.count == 0 && p.partLen == 0: // nothing came, or nothing with a stamp
		d.state = passing
	case p.count == 0:
		d.expected = p.partTime
	default:
		m := p.marks[0]
		d.since, d.rest, d.expected = m.second, m.seen, m.first
	}
	return d.since.time(), d
}

// resumeFilter takes from a stream what was handed on before it was opened.
//
// As long as the file is the one that was read before, that is a number of lines. Where the first line is not the expected
// one the node has rotated the file. Then, if the file has the last line that was handed on, nothing is lost: it is what
// comes behind that line that is new. Equal stamps are told apart by their number, so that this needs lines of one stamp
// to stand together, and none of them to be in the file before.
type resumeFilter struct {
	state    state
	since    stamp
	rest     int   // counting: whole lines still to drop
	expected stamp // of the first line, unless the file was rotated

	sought  stamp // seeking: of the last line that was handed on, or begun
	ties    int   // how many whole lines of that stamp were handed on at the end
	run     int   // how many of that stamp have come
	blurred bool  // the file begins among the ties
	latest  stamp // seeking: a line after this is new

	// lost reports whether lines are, or may be, missing before the line at hand.
	lost     bool
	partTime stamp
	partLen  int  // bytes to drop of the first line that is not dropped
	dropping bool // the line at hand is one to drop
}

// state is what a dropper does with lines.
type state int

const (
	waiting  state = iota // for the first line
	counting              // dropping a number of lines
	seeking               // in a rotated file, for the last line that was handed on
	passing               // all is new
)

// keep gives what is new of a part, and whether there is anything: an empty line is.
func (d *resumeFilter) keep(p part) (part, bool) {
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
func (d *resumeFilter) begin(p part) {
	d.lost = false
	at := stampOf(p.Time)
	if d.state == waiting {
		if !p.stamped && d.since != noStamp {
			d.dropping = true // the rest of a line whose beginning was before `since`
			return
		}
		d.start(at)
	}
	switch d.state {
	case counting:
		d.count(at)
	case seeking:
		d.seek(at)
	default:
		d.dropping, d.partLen = false, 0
	}
}

// start decides by the first line whether the file is the one that was read before.
func (d *resumeFilter) start(at stamp) {
	d.state = counting
	if at != d.expected {
		d.state = seeking
		d.blurred = at == d.sought && (d.ties > 1 || d.ties == 1 && d.partLen > 0)
	}
}

func (d *resumeFilter) count(at stamp) {
	d.dropping = d.rest > 0
	if d.dropping {
		d.rest--
		return
	}
	d.pass(d.partLen > 0 && at != d.partTime)
}

func (d *resumeFilter) seek(at stamp) {
	if at == d.sought {
		d.run++
		d.dropping = d.run <= d.ties
		if !d.dropping { // the next of the same stamp, or the one that was begun
			d.pass(d.blurred)
		}
		return
	}
	passed := d.run > 0 && d.partLen == 0
	d.dropping = !passed && at <= d.latest
	if !d.dropping {
		d.pass(!d.found())
	}
}

// found reports whether a rotated file has the last line that was delivered.
func (d *resumeFilter) found() bool {
	return d.partLen == 0 && d.run > 0 && d.run >= d.ties && !d.blurred
}

// pass ends the dropping with a line that is new, or the rest of one.
func (d *resumeFilter) pass(lost bool) {
	d.state, d.lost, d.dropping = passing, lost, false
	if lost {
		d.partLen = 0
	}
}

// outcome is what a stream has shown once it has ended.
type outcome int

const (
	whole   outcome = iota // all that was handed on before, and perhaps more
	short                  // less than what was handed on before, of the same file: it was cut
	another                // nothing of what was handed on before
)

func (d *resumeFilter) outcome() outcome {
	switch {
	case d.state == waiting, d.state == seeking && !d.found():
		return another
	case d.state == counting && (d.rest > 0 || d.partLen > 0):
		return short
	}
	return whole
}
