package logs

import "time"

// position is what has been handed on, kept so that a stream that is opened anew can be taken up where the last one
// broke. It is a value of a few words, whatever the log's length.
//
// The kubelet gives, for `since`, those lines of the file whose stamp is not before it, in the file's order
// (k8s.io/cri-client/pkg/logs/logs.go, logWriter.write, v0.35). So the lines to drop are the first n, where n is how many
// lines with such a stamp were handed on: that needs no order among stamps, which the two streams of a container and a
// clock that is set back do not keep, and no comparison of equal stamps. `since` has whole seconds on the wire.
type position struct {
	// marks are seconds from which n is known, in ascending order, the last one that of the latest stamp.
	marks []mark
	// latest is the latest stamp.
	latest time.Time
	// partTime and partLen are the stamp of the line at hand and how many of its bytes were handed on.
	partTime time.Time
	partLen  int
}

// mark is a second and what was handed on with stamps from it on.
type mark struct {
	second time.Time
	seen   int
	first  time.Time // stamp of the first of them, by which a rotated file is recognised
}

// disorder is how far stamps are let run backwards in a file: a line that comes late by less is not lost on a resume.
const disorder = time.Second

// advance notes a whole line. A second becomes a mark with its first line if nothing later was handed on before.
func (p *position) advance(at time.Time) {
	p.partTime, p.partLen = time.Time{}, 0
	second := at.Truncate(time.Second)
	switch n := len(p.marks); {
	case n == 0 && !at.IsZero():
		// There was nothing before the log's first line: it is the first of an earlier second, too.
		p.marks = append(p.marks, mark{second: second.Add(-disorder), first: at})
	case n == 0 || second.After(p.latest.Truncate(time.Second)):
		p.marks = append(p.marks, mark{second: second, first: at})
	}
	if at.After(p.latest) {
		p.latest = at
	}
	for i := range p.marks {
		if !at.Before(p.marks[i].second) {
			p.marks[i].seen++
		}
	}
	p.forget()
}

// forget drops marks that no resume will use: all before the latest one that leaves room for disorder.
func (p *position) forget() {
	enough := p.latest.Truncate(time.Second).Add(-disorder)
	keep := 0
	for i, m := range p.marks {
		if !m.second.After(enough) {
			keep = i
		}
	}
	p.marks = p.marks[:copy(p.marks, p.marks[keep:])]
}

// advancePart notes bytes of a line that has more.
func (p *position) advancePart(at time.Time, n int) {
	if !at.Equal(p.partTime) {
		p.partTime, p.partLen = at, 0
	}
	p.partLen += n
}

// resume is how to take up: what to ask the source for, and what to drop of what it gives.
func (p *position) resume() (time.Time, *dropper) {
	d := &dropper{partTime: p.partTime, partLen: p.partLen}
	if len(p.marks) == 0 {
		return time.Time{}, d
	}
	m := p.marks[0]
	d.since, d.rest, d.first, d.latest = m.second, m.seen, m.first, p.latest
	return m.second, d
}

// dropper takes from a stream what was handed on before it was opened.
type dropper struct {
	since  time.Time
	rest   int       // whole lines still to drop
	first  time.Time // the stamp that the first line must have
	latest time.Time // where the file was rotated: drop what is not after this

	started  bool
	rotated  bool
	dropping bool // the line at hand is one to drop

	partTime time.Time
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
	if !d.started && !p.stamped && !d.since.IsZero() {
		d.dropping = true // the rest of a line whose beginning was before `since`
		return
	}
	if !d.started {
		d.started = true
		d.rotated = d.rest > 0 && !p.Time.Equal(d.first)
	}
	switch {
	case d.rotated && !p.Time.After(d.latest):
		d.dropping = true
	case !d.rotated && d.rest > 0:
		d.dropping = true
		d.rest--
	case d.partLen > 0 && !p.Time.Equal(d.partTime):
		d.partLen = 0 // another line than the one that was cut
	}
}
