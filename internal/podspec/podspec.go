// Package podspec makes API objects: a step's Pod, the driver's Job with the plan inside, the Roles.
//
// It creates nothing on a cluster, reads no clock, no environment and no random source, and does not validate a pipeline:
// Decode did that. Goldens in testdata hold its objects, byte for byte; they are what `launcher render` prints.
//
// Invariants: the same input gives the same object; a step Pod's name depends on nothing but its own run, step and
// attempt; whatever a user's podSettings, labels and annotations say, the labels of the contract, the owner,
// restartPolicy Never, the backstop deadline, and name, image, command and args of `main` are as made here; a script arrives byte for
// byte; a step Pod
// holds no container that its user did not write; DecodePlan of EncodePlan gives the same pipeline.
package podspec

import (
	"bytes"
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"
)

// Identity is what ties a step Pod to its run.
type Identity struct {
	Run       string // name of the Job
	RunUID    string // UID of the Job
	Namespace string
}

// The variables in the env of every container of a step Pod, EnvResults of `main` alone. EnvRun and EnvRunUID are in the driver's too.
const (
	EnvRun      = "STEPHERD_RUN"     // the Job's name; the driver has it from the label batch.kubernetes.io/job-name
	EnvRunUID   = "STEPHERD_RUN_UID" // the Job's UID; the driver has it from the label batch.kubernetes.io/controller-uid
	EnvPipeline = "STEPHERD_PIPELINE"
	EnvStep     = "STEPHERD_STEP"
	EnvAttempt  = "STEPHERD_ATTEMPT" // from 1
	EnvResults  = "STEPHERD_RESULTS" // the file that the step's program writes its results to
)

// The contract between the driver's Job and the driver program.
const (
	PlanFile              = "/etc/stepherd/plan"
	EnvNamespace          = "STEPHERD_NAMESPACE"
	EnvPodName            = "STEPHERD_POD_NAME"
	EnvPodUID             = "STEPHERD_POD_UID"
	EnvArchive            = "STEPHERD_ARCHIVE"   // ArchiveRoot where the pipeline has a log archive, else absent
	EnvLogLevel           = "STEPHERD_LOG_LEVEL" // driver.logLevel of the pipeline, absent where it says nothing
	ArchiveRoot           = "/archive"           // where the archive's volume is mounted
	ArchiveCommand        = "archive"            // of the driver program: prints archived logs
	DefaultServiceAccount = "stepherd-driver"
)

// DefaultDriverImageRepository is where released driver images live; the tag is the version of the launcher.
const DefaultDriverImageRepository = "ghcr.io/stepherd/driver"

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

// YAML is an object as `launcher render` and the golden files show it: keys in the order of the alphabet, and without the
// empty status that the Go types carry.
func YAML(obj any) ([]byte, error) {
	encoded, err := json.Marshal(obj)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", obj, err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &keys); err != nil {
		return nil, fmt.Errorf("encode %T: %w", obj, err)
	}
	if bytes.Equal(keys["status"], []byte("{}")) {
		delete(keys, "status")
	}
	return yaml.Marshal(keys)
}
