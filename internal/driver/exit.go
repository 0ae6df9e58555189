package driver

import (
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/podspec"
)

// exitOf is the exit code of a verdict.
func exitOf(phase v1alpha1.RunPhase, reason v1alpha1.Reason) int {
	switch {
	case phase == v1alpha1.RunSucceeded:
		return podspec.ExitSucceeded
	case phase == v1alpha1.RunCancelled:
		return podspec.ExitCancelled
	case reason == v1alpha1.ReasonInvalidPlan:
		return podspec.ExitInvalidPlan
	}
	return podspec.ExitFailed
}

// ends reports whether an error of the record ends this driver, and the exit code.
func ends(err error) (code int, ended bool) {
	switch {
	case recorder.Lost(err):
		return podspec.ExitLost, true
	case recorder.Final(err):
		return podspec.ExitCrash, true
	}
	return 0, false
}
