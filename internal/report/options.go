package report

import "time"

// Options say how to show.
type Options struct {
	// Now ends what has not ended.
	Now time.Time
	// Color turns colors on.
	Color bool
	// Wide adds columns to tables.
	Wide bool
}
