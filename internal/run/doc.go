// Package run is the life of one run as a pure function: Next takes the state and one event and gives
// the new state and what is to be done. It has no clock, no log, no context, no goroutine and no client:
// time arrives in events and leaves in actions, and what I/O reports comes back as an event, so that
// every retry and back-off policy lives, and is tested, here.
//
// Events are observations (levels), not deltas: the same event twice changes nothing. A restarted
// driver feeds the record and the Pods that it lists, and has its state back.
//
// Next changes a draft, a copy of the state, in this order: it takes in the event (began.go, observe.go,
// create.go, cancel.go), does what has fallen due (wake.go), passes ends on to the steps that need them and
// stops what is to be stopped (failurepolicy.go), starts what may start (ready.go), and gives the verdict or
// asks to be woken (finish.go). How an attempt ends is decided in end.go alone.
//
// Invariants, checked on random sequences and with planted bugs:
//
//  1. A step's Pod is created only when all its needs have Succeeded.
//  2. At most one live attempt per step; attempts are numbered 1, 2, ... without gaps and within budget.
//     A Pod of an attempt's name that is not the attempt's is deleted and counts for nothing.
//  3. At most Parallelism attempts are live (created and neither at a terminal phase nor gone). A create
//     whose answer was lost keeps its slot, because its Pod may exist.
//  4. A terminal step stays as it is.
//  5. After a cancel, and after a failure unless the policy is ContinueOnFailure, nothing is created.
//  6. Each live Pod is deleted at most once per reason to delete it, and only by its UID. One that nobody
//     waits for (its step was stopped, skipped, or failed for its trouble) is deleted.
//  7. Exactly one Finish, with nothing live, and nothing after it. It follows from the ends of the steps:
//     a cancel that came too late to keep a step from its end does not make a run Cancelled.
//  8. The same input gives the same output; no map order shows; Next never writes to what it was given.
//  9. A step fails only on evidence from its Pod or a refusal of its Pod, never for API weather.
package run
