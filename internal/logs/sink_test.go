package logs_test

import (
	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
)

// lineFunc is a sink of a log that has no gaps.
type lineFunc func(logs.Line) error

func (f lineFunc) Line(l logs.Line, _ logs.Position) error { return f(l) }

func (f lineFunc) Gap(g logs.Gap) error { panic("a gap: " + g.String()) }

// printer is a sink that prints as a driver does.
type printer struct {
	out []byte
	at  logs.Position
}

func (p *printer) Line(l logs.Line, after logs.Position) error {
	p.out, p.at = logfmt.Append(p.out, "", l), after
	return nil
}

func (p *printer) Gap(g logs.Gap) error {
	p.out = logfmt.AppendMark(p.out, "", g.String())
	return nil
}
