package launchtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/client"
)

// World is what the contract is held against: the ports of a cluster, and a namespace of it that exists.
type World struct {
	Ports     Ports
	Namespace string
}

// patience is how long news may take.
const patience = 20 * time.Second

// Contract is what the use-cases rely on, whether a port is a fake or an adapter of Kubernetes.
func Contract(t *testing.T, newWorld func(*testing.T) World) {
	t.Helper()
	tests := []struct {
		name string
		test func(*testing.T, World)
	}{
		{"create", createContract},
		{"create twice", createTwiceContract},
		{"create without keeping", dryRunContract},
		{"change", patchContract},
		{"change another's", patchAnotherContract},
		{"delete", deleteContract},
		{"what does not exist", absentContract},
		{"list", listContract},
		{"watch a Job", watchContract},
		{"watches end", watchesEndContract},
		{"try a Pod", tryContract},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) { tc.test(t, newWorld(t)) })
	}
}

// aRun returns the Job of a run that is not started.
func (w World) aRun(name string) *batchv1.Job {
	suspended := true
	return &batchv1.Job{
		TypeMeta: metav1.TypeMeta{APIVersion: "batch/v1", Kind: "Job"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: w.Namespace, Labels: map[string]string{
			v1alpha1.LabelManagedBy: v1alpha1.ManagedBy, v1alpha1.LabelComponent: v1alpha1.ComponentDriver,
		}},
		Spec: batchv1.JobSpec{Suspend: &suspended, Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{Name: v1alpha1.DriverContainer, Image: "example.com/none:1"}},
		}}},
	}
}

// create makes a run of a name that no other test has.
func (w World) create(t *testing.T) *batchv1.Job {
	t.Helper()
	created, err := w.Ports.Create.CreateJob(t.Context(), w.aRun(fmt.Sprintf("contract-%d", time.Now().UnixNano())), "the-manager", false)
	if err != nil {
		t.Fatal(err)
	}
	return created
}

// createContract: the answer has what the server added, and the manager is written down.
func createContract(t *testing.T, w World) {
	created := w.create(t)
	got, err := w.Ports.Runs.Job(t.Context(), w.Namespace, created.Name)
	if err != nil || got.UID == "" || got.UID != created.UID || got.Labels[v1alpha1.LabelManagedBy] != v1alpha1.ManagedBy {
		t.Fatalf("created %s, got %+v, %v", created.UID, got, err)
	}
	// The Job controller may have been at work by now, and stands before or behind it.
	ours := func(m metav1.ManagedFieldsEntry) bool { return m.Manager == "the-manager" && m.Subresource == "" }
	if !slices.ContainsFunc(got.ManagedFields, ours) {
		t.Errorf("managers: %v", got.ManagedFields)
	}
}

// createTwiceContract: a name that is taken is told apart from all other faults.
func createTwiceContract(t *testing.T, w World) {
	first := w.create(t)
	_, err := w.Ports.Create.CreateJob(t.Context(), w.aRun(first.Name), "another", false)
	if !client.IsExists(err) || client.IsTemporary(err) {
		t.Errorf("got %v", err)
	}
}

// dryRunContract: the server answers as if it had created the Job, and does not.
func dryRunContract(t *testing.T, w World) {
	if answer, err := w.Ports.Create.CreateJob(t.Context(), w.aRun("tried"), "m", true); err != nil || answer.Name != "tried" {
		t.Fatalf("got %v, %v", answer, err)
	}
	if _, err := w.Ports.Create.Job(t.Context(), w.Namespace, "tried"); !errs.IsNotFound(err) {
		t.Errorf("it exists: %v", err)
	}
}

// tryContract: a dry-run of a Pod answers with it or with the reason why not, and creates nothing.
func tryContract(t *testing.T, w World) {
	good := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "good", Namespace: w.Namespace}, Spec: w.aRun("x").Spec.Template.Spec}
	for range 2 { // the second meets nothing that the first has left
		if answer, _, err := w.Ports.DryRun.TryPod(t.Context(), good); err != nil || answer.Name != good.Name {
			t.Errorf("got %v, %v", answer, err)
		}
		if err := w.Ports.DryRun.TryRecord(t.Context(), w.Namespace, "a-run"); err != nil {
			t.Error(err)
		}
	}
	bad := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "bad", Namespace: w.Namespace}}
	if _, _, err := w.Ports.DryRun.TryPod(t.Context(), bad); !client.IsRefused(err) || client.IsTemporary(err) {
		t.Errorf("a Pod without containers: %v", err)
	}
}

// watchesEndContract: watches end with their context, and return why.
func watchesEndContract(t *testing.T, w World) {
	over := errors.New("over")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 3)
	trouble := func(err error) { t.Errorf("trouble: %v", err) }
	go func() { done <- w.Ports.Watch.WatchJob(ctx, w.Namespace, "none", func(*batchv1.Job) {}, trouble) }()
	go func() {
		done <- w.Ports.Watch.WatchStepPods(ctx, w.Namespace, "none", func(string, v1alpha1.AttemptStatus, bool) {}, trouble)
	}()
	go func() {
		done <- w.Ports.Archive.WatchJobPods(ctx, w.Namespace, "none", func(*corev1.Pod, bool) {}, trouble)
	}()
	cancel(over)
	for range 3 {
		select {
		case err := <-done:
			if !errors.Is(err, over) {
				t.Errorf("it ended with %v", err)
			}
		case <-time.After(patience):
			t.Fatal("a watch does not end")
		}
	}
}

// ServerContract is what a preflight relies on. The server in memory that internal/kube is tested with does not know versions,
// accounts or namespaces, so it is for fakes and for clusters.
func ServerContract(t *testing.T, w World) {
	t.Helper()
	p := w.Ports
	if major, minor, err := p.Server.ServerVersion(t.Context()); err != nil || major != 1 || minor < 31 {
		t.Errorf("version %d.%d, %v", major, minor, err)
	}
	for _, exists := range []func(string) (bool, error){
		func(name string) (bool, error) { return p.Server.NamespaceExists(t.Context(), name) },
		func(name string) (bool, error) { return p.List.NamespaceExists(t.Context(), name) },
	} {
		if is, err := exists(w.Namespace); !is || err != nil {
			t.Errorf("the namespace exists: %t, %v", is, err)
		}
		if is, err := exists("there-is-no-such-namespace"); is || err != nil {
			t.Errorf("another one: %t, %v", is, err)
		}
	}
	if is, err := p.Server.ServiceAccountExists(t.Context(), w.Namespace, "there-is-no-such-account"); is || err != nil {
		t.Errorf("an account: %t, %v", is, err)
	}
	if may, err := p.DryRun.MayCreatePods(t.Context(), w.Namespace); !may || err != nil {
		t.Errorf("may create Pods: %t, %v", may, err)
	}
	if quotas, err := p.DryRun.Quotas(t.Context(), w.Namespace); len(quotas) > 0 || err != nil {
		t.Errorf("quotas: %v, %v", quotas, err)
	}
	events, err := p.News.PodEvents(t.Context(), w.Namespace, "there-is-no-such-pod")
	more, moreErr := p.Archive.Events(t.Context(), w.Namespace, "no-such-uid")
	queue, queueErr := p.News.QueueEvents(t.Context(), w.Namespace)
	if len(events)+len(more)+len(queue) > 0 || err != nil || moreErr != nil || queueErr != nil {
		t.Errorf("events: %v, %v, %v", err, moreErr, queueErr)
	}
}
