// Package podspec makes API objects: a step's Pod, the driver's Job, the Roles. It is pure: the same input gives the
// same object, byte for byte; golden files hold it.
package podspec

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Identity is what ties a step Pod to its run.
type Identity struct {
	Run       string // name of the Job
	RunUID    string // UID of the Job
	Namespace string
}

// StepPodName is the Pod's name: <run>-<step>-<attempt>-<hash5 of run UID and step>, cut to 63 in front of the attempt.
func StepPodName(id Identity, step string, attempt int) string { panic("podspec: being written") }

// StepPod is the Pod of an attempt (from 1).
func StepPod(p *v1alpha1.Pipeline, step string, attempt int, id Identity) (*corev1.Pod, error) {
	panic("podspec: being written")
}

// Exclusive says whether a step's Pod asks for extended resources or a hostPort, which a predecessor holds until its
// terminal phase (DESIGN section 4.5).
func Exclusive(pod *corev1.Pod) bool { panic("podspec: being written") }

// JobOptions is what the launcher adds to the pipeline.
type JobOptions struct {
	Run            string
	Namespace      string
	DriverImage    string // wins over the pipeline's
	ServiceAccount string // wins over the pipeline's; default "stepherd-driver"
}

// DriverJob is the run: the Job with the plan inside.
func DriverJob(p *v1alpha1.Pipeline, o JobOptions) (*batchv1.Job, error) {
	panic("podspec: being written")
}

// EncodePlan is the value of the plan annotation: indented JSON, gzipped and base64-encoded above 64 KiB; an error above
// 250 KiB encoded. DecodePlan reads it, and a hand-written YAML pipeline too.
func EncodePlan(p *v1alpha1.Pipeline) (string, error)    { panic("podspec: being written") }
func DecodePlan(plan []byte) (*v1alpha1.Pipeline, error) { panic("podspec: being written") }

// DriverRole and UserRole are the two Roles of `launcher rbac`.
func DriverRole(namespace string) *rbacv1.Role { panic("podspec: being written") }
func UserRole(namespace string) *rbacv1.Role   { panic("podspec: being written") }

// The contract between the driver's Job and the driver program.
const (
	PlanFile              = "/etc/stepherd/plan"
	EnvRun                = "STEPHERD_RUN"     // the Job's name, from the label batch.kubernetes.io/job-name
	EnvRunUID             = "STEPHERD_RUN_UID" // the Job's UID, from the label batch.kubernetes.io/controller-uid
	EnvNamespace          = "STEPHERD_NAMESPACE"
	EnvPodName            = "STEPHERD_POD_NAME"
	EnvPodUID             = "STEPHERD_POD_UID"
	DefaultServiceAccount = "stepherd-driver"
)
