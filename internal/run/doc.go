// Package run is the life of one run as a pure function: Next takes the state and one event and gives
// the new state and what is to be done. It has no clock, no log, no context, no goroutine and no client:
// time arrives in events and leaves in actions, and what I/O reports comes back as an event, so that
// every retry, back-off and timeout lives, and is tested, here.
//
// Events are observations (levels), not deltas: the same event twice changes nothing. A restarted
// driver feeds the record and the Pods that it lists, and has its state back.
//
// Next changes a draft, a copy of the state, in this order: it takes in the event (began.go with takein.go,
// observe.go, create.go, cancel.go), does what has fallen due (wake.go, with the times of limits.go and lost.go),
// passes ends on to the steps that need them and stops what is to be stopped (failurepolicy.go), starts what may
// start (ready.go), and gives the verdict or asks to be woken (finish.go). How an attempt ends is decided in end.go
// alone, whether another one follows in retry.go, and which Pods go when they have ended in keep.go.
//
// Invariants, checked on random sequences and with planted bugs:
//
//  1. A step's Pod is created only when all its needs have Succeeded. A step has succeeded when its main has, and the side
//     containers that must succeed have, too.
//  2. Attempts of a step are numbered 1, 2, ... without gaps. Another one follows only one that has failed, within
//     the budget that pays for that failure, after its back-off and not long after it, and when the former's Pod is
//     at its terminal phase, gone or lost. So no step has two live attempts, unless one is lost. A Pod of an
//     attempt's name that is not the attempt's, or of an attempt for which it is too late or too early, is deleted
//     and counts for nothing.
//  3. At most Parallelism attempts are live (created and neither at a terminal phase nor gone nor lost). A create
//     whose answer was lost keeps its slot, because its Pod may exist.
//  4. A terminal step stays as it is, and so does an attempt that has ended. A step that has succeeded gets no
//     other attempt.
//  5. After a cancel, after the run's timeout, and after a failure unless the policy is ContinueOnFailure, nothing
//     is created.
//  6. Each live Pod is deleted at most once per reason to delete it (a cancel's new grace is one), and only by its
//     UID. One that nobody waits for (its step was stopped or skipped, or its attempt failed for its trouble or its
//     time) is deleted. One whose main has ended is deleted only when the grace of its side containers is over, or when a cancel
//     or a failure ends the wait for them; its log is read before.
//  7. Exactly one Finish, with nothing live, and nothing after it. It follows from the ends of the steps: a cancel
//     or a timeout that came too late to keep a step from its end does not make a run Cancelled or late.
//  8. The same input gives the same output; no map order shows; Next never writes to what it was given.
//  9. An attempt fails only on evidence from its Pod, a refusal of its Pod, or when one of its times is over; a step
//     only with its last attempt. Never for API weather.
//  10. A Pod that has ended is deleted only if it is not to be kept, once, and only when the record has its end.
//  11. What has a time is waited for, and happens neither before it nor without it: timeouts, the settling of an
//     unclear end, the grace of trouble and of side containers. A Pod is lost, and waited for no more, only when it
//     is on its way out and either its node is silent and LostGrace has passed, or its main does not run and
//     IdleGrace has passed since it was to be gone.
package run
