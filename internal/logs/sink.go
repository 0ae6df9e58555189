package logs

import "time"

// Sink receives what a follower delivers: in the order of the log, one call at a time. A follower waits for it for as long as
// it takes. An error ends the follower.
type Sink interface {
	// Line takes a line, or a part of one; after is the position behind it. What l holds is valid until Line returns.
	Line(l Line, after Position) error
	// Gap takes a stretch of the log that is lost, or may be. The lines on both sides of it come by Line, before and after it
	// unless it is Late.
	Gap(g Gap) error
}

// Gap is a stretch of a log that cannot be had any more.
type Gap struct {
	// From is the stamp of the last line before it, of a Late one that of a line some seconds before it, zero where the log's
	// beginning is lost. To is the stamp of the first line behind it, zero where the log's end is lost.
	From, To time.Time
	Cause    Cause
}

// Late reports whether a gap became known only when lines from behind it had come: it lies before the place where it is told.
func (g Gap) Late() bool { return g.Cause == CauseNewFile }

// AtBeginning reports whether the gap is before the log's first line that there is, and whether there is one.
func (g Gap) AtBeginning() bool { return g.From.IsZero() && !g.To.IsZero() && g.Cause == CauseRotated }

// Cause is why a stretch of a log is lost.
type Cause string

// The causes of a Gap.
const (
	// CauseRotated: the node has rotated the log; whether lines were thrown away cannot be told.
	CauseRotated Cause = "rotated"
	// CauseNewFile: the node has begun a new file while the log was followed, and may have left out lines just then.
	CauseNewFile Cause = "new file"
	// CausePodGone: the Pod is gone, and what was not read of its log with it.
	CausePodGone Cause = "pod gone"
	// CauseUnreadable: the log could not be read to its end.
	CauseUnreadable Cause = "unreadable"
)

// markTime is how marks write times.
const markTime = "2006-01-02T15:04:05.000Z07:00"

// String is what a mark says of the gap.
func (g Gap) String() string {
	var why string
	switch g.Cause {
	case CauseRotated:
		why = "the node has rotated the log"
	case CauseNewFile:
		why = "the node has begun a new file of the log"
	case CausePodGone:
		why = "the pod is gone"
	case CauseUnreadable:
		why = "the log could not be read to its end"
	}
	from, to := g.From.UTC().Format(markTime), g.To.UTC().Format(markTime)
	switch {
	case g.From.IsZero() && g.To.IsZero():
		return "lines may be missing: " + why
	case g.From.IsZero():
		return "lines before " + to + " may be missing: " + why
	case g.To.IsZero():
		return "lines after " + from + " may be missing: " + why
	}
	return "lines between " + from + " and " + to + " may be missing: " + why
}
