package logs_test

import "github.com/stepherd/stepherd/internal/logs"

// lineFunc is a sink of a log that has no gaps.
type lineFunc func(logs.Line) error

func (f lineFunc) Line(l logs.Line, _ logs.Position) error { return f(l) }

func (f lineFunc) Gap(g logs.Gap) error { panic("a gap: " + g.String()) }
