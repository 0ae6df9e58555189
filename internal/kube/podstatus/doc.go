// Package podstatus tells what a Pod's object says about the attempt that it is: Observe turns it into what package run needs
// to know, and all of Kubernetes' ways of ending a Pod are told apart here.
//
// Invariants: it is pure and total, and imports no client; what it does not know it leaves out. A Pod is ours only if its owner is
// the run's Job. Exit code 0 is a success at once unless the Pod says otherwise; any other end is final only with the Pod's
// terminal phase, or when the Pod names the reason.
package podstatus
