package podspec

// The driver's exit codes. They are fixed: the podFailurePolicy of every Job that exists names them. The first four are
// verdicts, which end the Job; after any other the Job starts a new driver.
const (
	ExitSucceeded   = 0
	ExitFailed      = 100
	ExitCancelled   = 101
	ExitInvalidPlan = 102

	// ExitCrash is a driver that cannot go on, because it has no access to its record.
	ExitCrash = 1
	// ExitLost is a driver whose record another one has taken.
	ExitLost = 75
	// ExitTerminated is a driver that was told to go (SIGTERM): 128 + 15.
	ExitTerminated = 143
)
