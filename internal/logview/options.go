package logview

import (
	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/report"
)

// Kind is what lines are made into.
type Kind int

// The kinds of text.
const (
	// Text is for people: one line for each that a terminal would show in the end, with a prefix where there are several logs.
	Text Kind = iota
	// JSON is one object a line.
	JSON
	// Raw is the bytes as the container wrote them.
	Raw
)

// Options is how logs are to look.
type Options struct {
	Kind Kind
	// Bare: lines need no prefix, they are all of one container of one step; One: and of one attempt.
	Bare, One bool
	// Timestamps puts each line's time before it. It is for Text; JSON has times anyway.
	Timestamps bool
	// OutColor and ErrColor say where steps' names have colors. Colorless takes those of the lines away, Terminal makes visible
	// what could steer one.
	OutColor, ErrColor, Colorless, Terminal bool
}

// Form is what the look makes of a log.
func (l Options) Form(o Origin) Form {
	prefix, aside := logfmt.Prefix(o.Name(), o.Attempt), ""
	switch {
	case l.Kind == JSON:
		return newJSONForm(o, l.Terminal)
	case l.Kind == Raw:
		return rawForm{report.StepName(prefix, o.Step, l.ErrColor), l.One}
	case l.Bare:
		prefix, aside = "", report.StepName(prefix, o.Step, l.ErrColor)
	default:
		prefix = report.StepName(prefix, o.Step, l.OutColor)
	}
	return &textForm{prefix: prefix, aside: aside, stamps: l.Timestamps, plain: l.Colorless, safe: l.Terminal}
}
