package run

import "github.com/stepherd/stepherd/internal/api/v1alpha1"

// State is a value: Next copies what it changes, and never writes to what it was given.
type State struct{}

// New is the state before Began.
func New(_ *Plan) State { panic("run: being written") }

// Verdict is the Finish that was given, and whether there was one.
func (s State) Verdict() (Finish, bool) { panic("run: being written") }

// Record is the state as the record keeps it; the head's Holder is left to the caller.
func (s State) Record() v1alpha1.Record { panic("run: being written") }

// Ended are the indexes (in the pipeline's order) of steps whose end, or whose latest attempt's end, is in s
// but was not in before: what the record must be told.
func (s State) Ended(before State) []int { panic("run: being written") }
