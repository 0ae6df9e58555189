package archive

import (
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// stampLayout is how the files write times: all of one width, so that they can be compared as they are.
const stampLayout = "2006-01-02T15:04:05.000000000Z"

// piece is what becomes one member of the file: lines; or, of the index alone, a gap before them.
type piece struct {
	gap *logs.Gap
	Entry
	text []byte
}

// buffer is what has come and is not yet on its way to the storage.
type buffer struct {
	pieces []piece
	size   int
	spare  []byte // room for the next piece
	// after is the position behind it; open is the time of the line that it ends within, nil where it does not.
	after logs.Position
	open  *time.Time
}

// last is the piece that lines are added to.
func (d *buffer) last() *piece {
	if len(d.pieces) == 0 {
		d.pieces = append(d.pieces, piece{Entry: Entry{Within: d.open != nil}, text: d.spare})
		d.spare = nil
	}
	return &d.pieces[len(d.pieces)-1]
}

// line adds a line, or a part of one.
func (d *buffer) line(l logs.Line, after logs.Position) {
	if d.open != nil && !d.open.Equal(l.Time) {
		d.endLine() // the rest of the line before is lost
	}
	p := d.last()
	before := len(p.text)
	if d.open == nil {
		p.text = append(l.Time.UTC().AppendFormat(p.text, stampLayout), ' ')
		p.note(l.Time.UTC())
	}
	p.text = append(p.text, l.Text...)
	d.open = nil
	if l.Continues {
		at := l.Time.UTC()
		d.open = &at
	} else {
		p.text = append(p.text, '\n')
	}
	d.after, p.Pos, p.Open = after, &after, d.open
	d.size += len(p.text) - before
}

// note notes that a line begins.
func (p *piece) note(at time.Time) {
	if p.Lines == 0 || at.Before(p.From) {
		p.From = at
	}
	if p.Lines == 0 || at.After(p.To) {
		p.To = at
	}
	p.Lines++
}

// gap adds a gap.
func (d *buffer) gap(g logs.Gap) {
	if d.open != nil {
		d.endLine()
	}
	d.pieces = append(d.pieces, piece{gap: &g})
	d.size++ // so that there is something
}

// endLine ends a line whose rest will not come.
func (d *buffer) endLine() {
	p := d.last()
	after := d.after
	p.text, p.Open, p.Pos = append(p.text, '\n'), nil, &after
	d.open = nil
	d.size++
}

// take gives what there is, and begins anew.
func (d *buffer) take() []piece {
	out := d.pieces
	d.pieces, d.size = nil, 0
	return out
}
