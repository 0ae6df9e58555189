package run

// Next is the whole of the driver's policy: the state after the event, and what is to be done now, in order.
func Next(p *Plan, s State, e Event) (State, []Action) { panic("run: being written") }
