// Package run is the policy of one run as a pure function: Next takes the state and one event and returns the new state and
// what is to be done. It has no clock, log, context, goroutine or client: time arrives in events and leaves in actions, and
// what I/O reports comes back as an event, so that every retry, back-off and timeout lives, and is tested, here.
//
// Events are observations (levels), not deltas: the same event twice changes nothing. A restarted driver feeds the record and
// the Pods that it lists, and has its state back.
//
// A Plan keeps templates, the steps of the pipeline and, behind them, those under finally, with their compiled conditions
// (expressions.go). A State has a table of nodes, each made of a template, and of the edges between them (table.go). Nodes are
// known by number. They may become more while the run goes on (growth.go); no number changes. An edge waits for a success, for
// an end that is no failure, or for an end alone.
//
// Next edits a copy of the state (txn.go), in this order: it applies the event (restore.go, pods.go, schedule.go, halt.go), does
// what is due (timeouts.go), propagates ends to the steps that wait for them (propagate.go), stops what is to be stopped
// (halt.go) and decides conditions (conditions.go, knowledge.go), until nothing more follows; it lets finally begin (finally.go), creates what
// may be created (schedule.go), and gives the verdict or sets the timer (finish.go). How an attempt ends is decided in end.go
// alone, what its results are in results.go, whether another one follows in retry.go, and which Pods are deleted when they have
// ended in cleanup.go.
//
// Invariants, checked on random sequences and with planted bugs:
//
//  1. A step's Pod is created only when every edge to a need is met and its condition, if it has one, holds. Without a status
//     function in the condition, every need must have succeeded; with failed() or always(), its end is enough; with succeeded()
//     alone, its success or that it was skipped, but not because of a failure. A condition is decided once, when all needs
//     have ended and nothing that it depends on can change any more. A step under finally waits, too, for the end of all
//     steps that are not, and of their Pods. A step has succeeded when its main has, the side containers that must succeed
//     have, too, and its results are what it declares.
//  2. Attempts of a step are numbered 1, 2, ... without gaps. Another one follows only one that has failed, within
//     the budget that pays for that failure, after its back-off and not long after it, and when the former's Pod is
//     at its terminal phase, gone or lost. So no step has two live attempts, unless one is lost. A Pod of an
//     attempt's name that is not the attempt's, or of an attempt for which it is too late or too early, is deleted
//     and counts for nothing.
//  3. At most Parallelism attempts are live (created and neither at a terminal phase nor gone nor lost). A create
//     whose answer was lost keeps its slot, because its Pod may exist, until its step is stopped.
//  4. A terminal step stays as it is, and so does an attempt that has ended. A step that has succeeded gets no
//     other attempt.
//  5. After a cancel, after the run's timeout, and after a failure unless the policy is ContinueOnFailure, nothing is created.
//     A failure leaves alone the steps whose condition calls failed() or always(), and none of the three concerns the steps
//     under finally: for them it is the second cancel mark, which counts only while they run, and finallyTimeout.
//  6. Each live Pod is deleted at most once per reason to delete it (a cancel's new grace is one), and only by its
//     UID. One that the run does not wait for (its step was stopped or skipped, or its attempt failed because it waited too
//     long or its time is over) is deleted. One whose main has ended is deleted only when the grace of its side containers is
//     over, or when a cancel or a failure ends the wait for them; its log is read before.
//  7. Exactly one Finish, with nothing live, and nothing after it. It follows from the ends of the steps: a cancel
//     or a timeout that came too late to keep a step from its end does not make a run Cancelled or late. A step that was skipped
//     because a condition was false is no failure. With finally, the verdict on the other steps is given before and never
//     changes; only one that is Succeeded becomes another when a step under finally has not succeeded.
//  8. The same input gives the same output; no map order shows; Next never writes to what it was given.
//  9. An attempt fails only on evidence from its Pod, a refusal of its Pod, or when one of its times is over; a step
//     only with its last attempt. Never because the API could not be reached.
//  10. A Pod that has ended is deleted only if it is not to be kept, once, and only when the record has its end.
//  11. What has a time is waited for, and happens neither before it nor without it: timeouts, the settling of an
//     unclear end, the grace of a Pod that cannot start and of side containers. A Pod is lost, and waited for no more, only
//     when it is being deleted and either its node is silent and LostGrace has passed, or its main does not run and
//     IdleGrace has passed since it was to be gone.
//  12. What no Pod proves is in the record before a Pod is created that depends on it: that a step has joined the run, the end
//     of a step whose end alone another one waits for, the results of a need, what a condition was decided from, and the
//     verdict that steps under finally follow. Only an edge that waits for a success proves one.
//  13. What an expression is evaluated with is final: phases and results of steps that have ended. So the same pipeline, with the
//     same ends of Pods, comes to the same ends of steps, however late the driver learns of them and however often it is
//     restarted.
package run
