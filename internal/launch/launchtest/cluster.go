// Package launchtest is a cluster in memory for tests of launch and of what stands on it: the ports of launch, and logs.
//
// It proves nothing about Kubernetes: it takes what it is given, and answers what a test has told it to answer.
package launchtest

import (
	"context"
	"slices"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Cluster is one namespace of a cluster. Set its fields before use, and later only inside Change.
type Cluster struct {
	// Namespace exists; no other does.
	Namespace string
	// Minor is the server's version 1.x.
	Minor int
	// Accounts are the service accounts; MissingRightsOf what each of them lacks.
	Accounts        []string
	MissingRightsOf map[string][]string
	// NoPods: the user may not create Pods. Refuse returns why a Pod is refused, or nil.
	NoPods bool
	Refuse func(*corev1.Pod) error
	// Admit changes a Pod as the cluster's admissions do, and gives the server's warnings about it.
	Admit func(*corev1.Pod) (warnings []string)
	// QuotaList are the ResourceQuotas.
	QuotaList []corev1.ResourceQuota

	JobsByName   map[string]*batchv1.Job
	RecordOf     map[string]*record.Record // by the Job's UID
	OldRecords   bool                      // the records are of a build that does not tell their heads in their metadata
	StepPodsOf   map[string][]v1alpha1.StepStatus
	DriverPodsOf map[string][]corev1.Pod
	EventsOf     map[string][]corev1.Event // by the object's UID
	PodEventsOf  map[string][]corev1.Event // by the Pod's name
	QueueNews    []corev1.Event            // about Workloads
	// LiveStepPods end one by one when they are stopped; LostStepPods do not.
	LiveStepPods, LostStepPods int
	OnCreate                   func(*batchv1.Job) error // the answer to a create; the Job is kept where it gives a lost answer
	OnPatch                    func(*batchv1.Job)       // what the cluster does after a patch
	OnRemove                   func()                   // what the cluster does after a driver's Pod is gone by force
	OnWatch                    func()                   // a watch has told what there is
	Fail                       map[string]error         // by method
	NowFunc                    func() time.Time

	mu      sync.Mutex
	changed chan struct{}
	calls   []string
}

// New is a cluster that has everything that a submit needs.
func New(namespace string) *Cluster {
	return &Cluster{
		Namespace: namespace, Minor: 35, Accounts: []string{"stepherd-driver"},
		MissingRightsOf: map[string][]string{},
		JobsByName:      map[string]*batchv1.Job{},
		RecordOf:        map[string]*record.Record{},
		StepPodsOf:      map[string][]v1alpha1.StepStatus{},
		DriverPodsOf:    map[string][]corev1.Pod{},
		EventsOf:        map[string][]corev1.Event{},
		PodEventsOf:     map[string][]corev1.Event{},
		Fail:            map[string]error{},
		NowFunc:         time.Now,
		changed:         make(chan struct{}),
	}
}

// Change changes what the cluster holds and wakes the watches.
func (c *Cluster) Change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	c.wake()
}

func (c *Cluster) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Calls are the methods that changed something or tried to, in order: `create iris-x`, `try load`.
func (c *Cluster) Calls() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// begin locks, notes the call and gives the error that it is to end with.
func (c *Cluster) begin(ctx context.Context, method string) (func(), error) {
	c.mu.Lock()
	if err := ctx.Err(); err != nil {
		return c.mu.Unlock, &Error{Kind: Weather, Text: err.Error()}
	}
	return c.mu.Unlock, c.Fail[method]
}
