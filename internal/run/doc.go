// Package run is the life of one run as a pure function: Next takes the state and one event and gives
// the new state and what is to be done. It has no clock, no log, no context, no goroutine and no client:
// time arrives in events and leaves in actions, and what I/O reports comes back as an event, so that
// every retry and back-off policy lives, and is tested, here.
//
// Events are observations (levels), not deltas: the same event twice changes nothing. A restarted
// driver feeds the record and the Pods that it lists, and has its state back.
//
// Invariants, checked on random sequences and with planted bugs:
//
//  1. A step's Pod is created only when all its needs have Succeeded.
//  2. At most one live attempt per step; attempts are numbered 1, 2, ... without gaps and within budget.
//  3. At most Parallelism attempts are live (created and neither at a terminal phase nor gone).
//  4. A terminal step stays as it is.
//  5. After a cancel, and for FailFast after a failure, nothing is created.
//  6. Each live Pod is deleted at most once per reason to delete it, and only by its UID.
//  7. Exactly one Finish, with nothing live, and nothing after it.
//  8. The same input gives the same output; no map order shows; Next never writes to what it was given.
//  9. A step fails only on evidence from its Pod or a refusal of its Pod, never for API weather.
package run
