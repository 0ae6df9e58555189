package driver

import (
	"errors"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// The exit codes. They are fixed: the podFailurePolicy of every Job that was ever made names them. The first four speak of the run, and the Job takes 100, 101 and 102 for
// its end; the others are of this driver alone, and the Job starts another.
const (
	ExitSucceeded   = 0
	ExitFailed      = 100
	ExitCancelled   = 101
	ExitInvalidPlan = 102

	// ExitCrash is a driver that cannot go on: its record cannot be had.
	ExitCrash = 1
	// ExitLost is a driver whose record another one has taken.
	ExitLost = 75
	// ExitTerminated is a driver that was told to go (SIGTERM): 128 + 15.
	ExitTerminated = 143
)

// exitOf is the exit code of a verdict.
func exitOf(phase v1alpha1.RunPhase, reason v1alpha1.Reason) int {
	switch {
	case phase == v1alpha1.RunSucceeded:
		return ExitSucceeded
	case phase == v1alpha1.RunCancelled:
		return ExitCancelled
	case reason == v1alpha1.ReasonInvalidPlan:
		return ExitInvalidPlan
	}
	return ExitFailed
}

// ends says whether an error of the record ends this driver, and how.
func ends(err error) (code int, ended bool) {
	var lost interface{ Lost() bool }
	if errors.As(err, &lost) && lost.Lost() {
		return ExitLost, true
	}
	var final interface{ Final() bool }
	if errors.As(err, &final) && final.Final() {
		return ExitCrash, true
	}
	return 0, false
}

func isDenied(err error) bool {
	var e interface{ Denied() bool }
	return errors.As(err, &e) && e.Denied()
}

func isNotFound(err error) bool {
	var e interface{ NotFound() bool }
	return errors.As(err, &e) && e.NotFound()
}
