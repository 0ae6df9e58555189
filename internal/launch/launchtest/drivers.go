package launchtest

import (
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// DriverUp has the driver run, with a record.
func (b *Bench) DriverUp() {
	b.Cluster.Change(func() {
		one := int32(1)
		b.Cluster.JobsByName["r"].Status.Ready = &one
		b.Cluster.RecordOf[UID] = &record.Record{Head: record.Head{Version: 1, Phase: v1alpha1.RunRunning, StartedAt: Now(), StepCount: 3}}
	})
}

// Holder says whose the record is.
func (b *Bench) Holder(pod string) {
	record := *b.Cluster.RecordOf[UID]
	record.Head.Holder = pod
	b.Cluster.RecordOf[UID] = &record
}

// DriverPod gives the run a driver Pod with these containers.
func (b *Bench) DriverPod(containers ...corev1.ContainerStatus) {
	b.Cluster.Change(func() {
		pod := corev1.Pod{}
		pod.Name, pod.Spec.NodeName, pod.Status.Phase = "driver-1", "node-1", corev1.PodRunning
		pod.CreationTimestamp = *Now()
		pod.Status.ContainerStatuses = containers
		b.Cluster.DriverPodsOf[UID] = []corev1.Pod{pod}
	})
}

// The containers of a driver's Pod.
var (
	DriverRunning = corev1.ContainerStatus{Name: v1alpha1.DriverContainer, State: corev1.ContainerState{
		Running: &corev1.ContainerStateRunning{StartedAt: *Now()}}}
	DriverEnded = corev1.ContainerStatus{Name: v1alpha1.DriverContainer, State: corev1.ContainerState{
		Terminated: &corev1.ContainerStateTerminated{}}}
	Sidecar = corev1.ContainerStatus{Name: "istio-proxy", State: corev1.ContainerState{
		Running: &corev1.ContainerStateRunning{StartedAt: *Now()}}}
)

// HeldUp gives the run a verdict and a driver Pod that a container keeps alive: the Job does not end.
func (b *Bench) HeldUp(phase v1alpha1.RunPhase) {
	b.Cluster.Change(func() {
		b.Cluster.JobsByName["r"].Status.Ready = nil
		b.Cluster.RecordOf[UID] = &record.Record{Head: record.Head{Version: 1, Phase: phase, StartedAt: Now(), FinishedAt: Now(), StepCount: 3}}
	})
	b.DriverPod(DriverEnded, Sidecar)
}

// DriverOn is a driver's Pod on a node; deleted is nil for one that is not being deleted.
func (b *Bench) DriverOn(node string, deleted *metav1.Time) {
	b.Cluster.DriverPodsOf[UID] = []corev1.Pod{{
		ObjectMeta: metav1.ObjectMeta{Name: "driver-1", Namespace: "ml", UID: "uid-driver-1", DeletionTimestamp: deleted, Finalizers: []string{batchv1.JobTrackingFinalizer}},
		Spec:       corev1.PodSpec{NodeName: node},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning},
	}}
}

// Condition gives the run's Job a condition that is true.
func (b *Bench) Condition(kind batchv1.JobConditionType, reason string) {
	job := b.Cluster.JobsByName["r"]
	job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue, Reason: reason, LastTransitionTime: *Now()})
	job.Status.Ready = nil
}

// JobController does what it does of a Job that has run into its deadline: it decides on the failure, deletes the driver's
// Pods and lets go of them, and fails the Job when they are gone.
func (b *Bench) JobController() {
	end := func() {
		if b.Cluster.JobsByName["r"].Spec.ActiveDeadlineSeconds != nil && len(b.Cluster.DriverPodsOf[UID]) == 0 {
			b.Condition(batchv1.JobFailed, batchv1.JobReasonDeadlineExceeded)
		}
	}
	b.Cluster.OnPatch = func(job *batchv1.Job) {
		if job.Spec.ActiveDeadlineSeconds == nil {
			return
		}
		b.Condition(batchv1.JobFailureTarget, batchv1.JobReasonDeadlineExceeded)
		pods := b.Cluster.DriverPodsOf[UID]
		for i := range pods {
			pods[i].Finalizers = nil
			if pods[i].DeletionTimestamp == nil {
				pods[i].DeletionTimestamp = In(30 * time.Second)
			}
		}
		end()
	}
	b.Cluster.OnRemove = end
}

// DriverLog is what the run's driver has printed, which has ended.
func (b *Bench) DriverLog(lines ...string) {
	b.Logs.Lines["driver-1/driver"] = lines
	b.Cluster.DriverPodsOf[UID] = []corev1.Pod{{
		ObjectMeta: metav1.ObjectMeta{Name: "driver-1"},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{
			Name: v1alpha1.DriverContainer, State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{StartedAt: *Now()}},
		}}},
	}}
}
