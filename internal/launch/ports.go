package launch

import (
	"context"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Cluster is all that Launcher asks of a cluster. Its errors are told apart by what they say of themselves, see errors.go.
type Cluster interface {
	Jobs
	JobList
	Details
	News
	Watcher
	StepStopper
	DriverRemover
	Checker
	PodTrier
	JobPodWatcher
}

// Jobs are the runs of a namespace, one by one.
type Jobs interface {
	// CreateJob is one POST. manager is written into the object by the server, as the one who made it.
	CreateJob(ctx context.Context, job *batchv1.Job, manager string, dryRun bool) (*batchv1.Job, error)
	Job(ctx context.Context, namespace, name string) (*batchv1.Job, error)
	// PatchJob applies a JSON merge patch.
	PatchJob(ctx context.Context, namespace, name string, patch []byte) (*batchv1.Job, error)
	// DeleteJob deletes that very Job and, by the garbage collector, what it owns.
	DeleteJob(ctx context.Context, namespace, name, uid string) error
}

// JobList are the runs of a namespace, all of them, without what is large.
type JobList interface {
	// EachJob calls each with every Job that is a run. Such a Job has its metadata and the type of the condition that ended it.
	EachJob(ctx context.Context, namespace string, each func(*batchv1.Job)) error
	// RecordHeads are those that records tell in their metadata, by the Job's UID.
	RecordHeads(ctx context.Context, namespace string) (map[string]v1alpha1.RecordHead, error)
	// LiveDriverPods are the driver Pods that have not come to their terminal phase.
	LiveDriverPods(ctx context.Context, namespace string) ([]corev1.Pod, error)
}

// Details is what is known of a run beside its Job.
type Details interface {
	// Record gives nil without an error where there is none.
	Record(ctx context.Context, namespace, run, uid string) (*v1alpha1.Record, error)
	// StepPods are the step Pods that exist, as attempts of their steps; a step's own fields but its name are empty.
	StepPods(ctx context.Context, namespace, uid string) ([]v1alpha1.StepStatus, error)
	DriverPods(ctx context.Context, namespace, uid string) ([]corev1.Pod, error)
}

// News is what the cluster's components tell of objects, for an hour or so.
type News interface {
	// Events are those about the object of that UID.
	Events(ctx context.Context, namespace, uid string) ([]corev1.Event, error)
	// PodEvents are those about the Pod of that name.
	PodEvents(ctx context.Context, namespace, pod string) ([]corev1.Event, error)
	// QueueEvents are those about Workloads, by which Kueue queues Pods.
	QueueEvents(ctx context.Context, namespace string) ([]corev1.Event, error)
}

// Watcher tells what changes. Both end with their context or when the user may not watch; every other break is ridden out
// and told to trouble, which gets nil when contact is back. Functions of one watch are called one at a time.
type Watcher interface {
	// WatchJob calls seen with the Job as it is and after every change; nil means that it does not exist any more.
	WatchJob(ctx context.Context, namespace, name string, seen func(*batchv1.Job), trouble func(error)) error
	// WatchStepPods calls seen with every step Pod as it is and after every change; a Pod that is gone is told by gone.
	WatchStepPods(ctx context.Context, namespace, uid string, seen func(step string, a v1alpha1.AttemptStatus, gone bool), trouble func(error)) error
}

// StepStopper deletes step Pods that have not ended, for runs that no driver looks after, and gives how many there were: live
// are those that may still end, lost those that are to go and whose node does not answer. A nil grace is the Pod's own.
type StepStopper interface {
	StopStepPods(ctx context.Context, namespace, uid string, grace *time.Duration) (live, lost int, err error)
}

// DriverRemover takes a driver's Pod away that its node does not. Both succeed of a Pod that is not there any more.
type DriverRemover interface {
	// ReleasePod takes the finalizer off by which the Job controller holds that very Pod. It holds it until the Pod has
	// reached a terminal phase, which nobody writes for a node that does not answer.
	ReleasePod(ctx context.Context, namespace, name, uid string) error
	// RemovePod deletes that very Pod with no grace: it goes at once, unless a finalizer holds it.
	RemovePod(ctx context.Context, namespace, name, uid string) error
}

// Checker answers what is asked before a submit. An error that names a missing right means that the user may not ask.
type Checker interface {
	ServerVersion(ctx context.Context) (major, minor int, err error)
	NamespaceExists(ctx context.Context, namespace string) (bool, error)
	ServiceAccountExists(ctx context.Context, namespace, name string) (bool, error)
	// MissingRights are those of the rules that the service account does not have, each like `create pods`.
	MissingRights(ctx context.Context, namespace, serviceAccount string, rules []rbacv1.PolicyRule) ([]string, error)
}

// PodTrier asks the API server whether it would take what a run creates.
type PodTrier interface {
	MayCreatePods(ctx context.Context, namespace string) (bool, error)
	// TryPod is a create by server-side dry-run. It gives the Pod as the server would keep it, and the server's warnings.
	TryPod(ctx context.Context, pod *corev1.Pod) (answer *corev1.Pod, warnings []string, err error)
	// TryRecord is the create of the run's record by server-side dry-run.
	TryRecord(ctx context.Context, namespace, run string) error
	// Quotas are the ResourceQuotas of a namespace.
	Quotas(ctx context.Context, namespace string) ([]corev1.ResourceQuota, error)
}
