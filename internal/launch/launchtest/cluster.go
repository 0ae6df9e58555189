// Package launchtest is a cluster in memory for tests of launch and of what stands on it: the ports of launch, and logs.
//
// It proves nothing about Kubernetes: it takes what it is given, and says what a test has told it to say.
package launchtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

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
	// NoPods: the user may not create Pods. Refuse says why a Pod is refused, or gives nil.
	NoPods bool
	Refuse func(*corev1.Pod) error
	// Admit changes a Pod as the cluster's admissions do, and gives the server's warnings about it.
	Admit func(*corev1.Pod) (warnings []string)
	// QuotaList are the ResourceQuotas.
	QuotaList []corev1.ResourceQuota

	JobsByName   map[string]*batchv1.Job
	RecordOf     map[string]*v1alpha1.Record // by the Job's UID
	OldRecords   bool                        // the records are of a build that does not tell their heads in their metadata
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
		RecordOf:        map[string]*v1alpha1.Record{},
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

// CreateJob keeps the Job.
func (c *Cluster) CreateJob(ctx context.Context, job *batchv1.Job, manager string, dryRun bool) (*batchv1.Job, error) {
	end, err := c.begin(ctx, "CreateJob")
	defer end()
	c.calls = append(c.calls, strings.TrimSuffix(fmt.Sprintf("create %s %s", job.Name, map[bool]string{true: "dry-run"}[dryRun]), " "))
	if err != nil {
		return nil, err
	}
	if c.JobsByName[job.Name] != nil {
		return nil, &Error{Kind: Exists, Text: fmt.Sprintf("jobs.batch %q already exists", job.Name)}
	}
	created := job.DeepCopy()
	created.UID = types.UID("uid-" + job.Name)
	created.CreationTimestamp = metav1.NewTime(c.NowFunc())
	created.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: manager}}
	if c.OnCreate != nil {
		err = c.OnCreate(created)
	}
	if !dryRun && (err == nil || kindIs(err, LostAnswer)) {
		c.JobsByName[job.Name] = created
		c.wake()
	}
	return created.DeepCopy(), err
}

// Job gets a Job.
func (c *Cluster) Job(ctx context.Context, _, name string) (*batchv1.Job, error) {
	end, err := c.begin(ctx, "Job")
	defer end()
	if err != nil {
		return nil, err
	}
	return c.job(name)
}

func (c *Cluster) job(name string) (*batchv1.Job, error) {
	if job := c.JobsByName[name]; job != nil {
		return job.DeepCopy(), nil
	}
	return nil, &Error{Kind: NotFound, Text: fmt.Sprintf("jobs.batch %q not found", name)}
}

// PatchJob applies the parts of a merge patch that are used: annotations and the deadline.
func (c *Cluster) PatchJob(ctx context.Context, _, name string, patch []byte) (*batchv1.Job, error) {
	end, err := c.begin(ctx, "PatchJob")
	defer end()
	c.calls = append(c.calls, "patch "+name+" "+string(patch))
	if err != nil {
		return nil, err
	}
	if _, err := c.job(name); err != nil {
		return nil, err
	}
	job := c.JobsByName[name]
	if err := json.Unmarshal(patch, job); err != nil {
		return nil, err
	}
	if c.OnPatch != nil {
		c.OnPatch(job)
	}
	c.wake()
	return job.DeepCopy(), nil
}

// DeleteJob forgets a Job.
func (c *Cluster) DeleteJob(ctx context.Context, _, name, uid string) error {
	end, err := c.begin(ctx, "DeleteJob")
	defer end()
	c.calls = append(c.calls, "delete "+name+" "+uid)
	if err != nil {
		return err
	}
	delete(c.JobsByName, name)
	c.wake()
	return nil
}

// EachJob calls each with what a list tells of the Jobs, by name.
func (c *Cluster) EachJob(ctx context.Context, namespace string, each func(*batchv1.Job)) error {
	end, err := c.begin(ctx, "EachJob")
	defer end()
	if err != nil || namespace != c.Namespace {
		return err
	}
	var names []string
	for name := range c.JobsByName {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		each(listed(c.JobsByName[name]))
	}
	return nil
}

// listed is what a list tells of a Job.
func listed(job *batchv1.Job) *batchv1.Job {
	out := &batchv1.Job{ObjectMeta: *job.ObjectMeta.DeepCopy(), Spec: batchv1.JobSpec{Suspend: job.Spec.Suspend}}
	for _, c := range job.Status.Conditions {
		if c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed {
			out.Status.Conditions = append(out.Status.Conditions, batchv1.JobCondition{Type: c.Type, Status: c.Status})
		}
	}
	return out
}

// RecordHeads are the heads of all records but those of OldRecords.
func (c *Cluster) RecordHeads(ctx context.Context, _ string) (map[string]v1alpha1.RecordHead, error) {
	end, err := c.begin(ctx, "RecordHeads")
	defer end()
	if err != nil {
		return nil, err
	}
	heads := map[string]v1alpha1.RecordHead{}
	for uid, record := range c.RecordOf {
		if head, ok := v1alpha1.HeadFromAnnotations(record.Head.Annotations()); ok && !c.OldRecords {
			heads[uid] = head
		}
	}
	return heads, nil
}

// LiveDriverPods are those of all Jobs that have not ended.
func (c *Cluster) LiveDriverPods(ctx context.Context, _ string) ([]corev1.Pod, error) {
	end, err := c.begin(ctx, "LiveDriverPods")
	defer end()
	if err != nil {
		return nil, err
	}
	var pods []corev1.Pod
	for uid, own := range c.DriverPodsOf {
		for _, pod := range own {
			if pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed {
				yes := true
				pod.OwnerReferences = []metav1.OwnerReference{{Kind: "Job", UID: types.UID(uid), Controller: &yes}}
				pods = append(pods, pod)
			}
		}
	}
	return pods, nil
}

// Record gives a record.
func (c *Cluster) Record(ctx context.Context, _, _, uid string) (*v1alpha1.Record, error) {
	end, err := c.begin(ctx, "Record")
	defer end()
	return c.RecordOf[uid], err
}

// StepPods gives step Pods.
func (c *Cluster) StepPods(ctx context.Context, _, uid string) ([]v1alpha1.StepStatus, error) {
	end, err := c.begin(ctx, "StepPods")
	defer end()
	return slices.Clone(c.StepPodsOf[uid]), err
}

// DriverPods gives a Job's Pods.
func (c *Cluster) DriverPods(ctx context.Context, _, uid string) ([]corev1.Pod, error) {
	end, err := c.begin(ctx, "DriverPods")
	defer end()
	return slices.Clone(c.DriverPodsOf[uid]), err
}

// Events gives events.
func (c *Cluster) Events(ctx context.Context, _, uid string) ([]corev1.Event, error) {
	end, err := c.begin(ctx, "Events")
	defer end()
	return slices.Clone(c.EventsOf[uid]), err
}

// QueueEvents gives events.
func (c *Cluster) QueueEvents(ctx context.Context, _ string) ([]corev1.Event, error) {
	end, err := c.begin(ctx, "QueueEvents")
	defer end()
	return slices.Clone(c.QueueNews), err
}

// PodEvents gives events.
func (c *Cluster) PodEvents(ctx context.Context, _, pod string) ([]corev1.Event, error) {
	end, err := c.begin(ctx, "PodEvents")
	defer end()
	return slices.Clone(c.PodEventsOf[pod]), err
}

// WatchJob tells of a Job whenever something has changed. An error of Fail that is weather is told as trouble, each
// second, until it is taken away; any other ends the watch.
func (c *Cluster) WatchJob(ctx context.Context, _, name string, seen func(*batchv1.Job), trouble func(error)) error {
	return c.watch(ctx, "WatchJob", trouble, func() func() {
		job := c.JobsByName[name]
		if job != nil {
			job = job.DeepCopy()
		}
		return func() { seen(job) }
	})
}

// WatchStepPods tells of all step Pods whenever something has changed.
func (c *Cluster) WatchStepPods(ctx context.Context, _, uid string, seen func(string, v1alpha1.AttemptStatus, bool), trouble func(error)) error {
	return c.watch(ctx, "WatchStepPods", trouble, func() func() {
		steps := slices.Clone(c.StepPodsOf[uid])
		return func() {
			for _, s := range steps {
				for _, a := range s.Attempts {
					seen(s.Name, a, false)
				}
			}
		}
	})
}

func (c *Cluster) watch(ctx context.Context, method string, trouble func(error), look func() func()) error {
	for {
		c.mu.Lock()
		err, changed, tell := c.Fail[method], c.changed, look()
		c.mu.Unlock()
		if kindIs(err, Weather) {
			trouble(err)
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(time.Second):
			}
			continue
		}
		if err != nil {
			return err
		}
		tell()
		if c.OnWatch != nil {
			c.OnWatch()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
	}
}
