package drivertest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/run"
)

// World is what the contract is held against: the driver's ports for one run, and what others do to its objects. Its Job exists.
type World struct {
	Ports
	Others
}

// WorldOf returns the World of a value that is both.
func WorldOf[W interface {
	Ports
	Others
}](w W) World {
	return World{w, w}
}

// Ports are the driver's ports for one run.
type Ports interface {
	Ref() Ref
	Pods() driver.Pods
	Mark() driver.CancelMark
	Record(holder string) recorder.Record
	// OwnPod makes a Pod of containers of those names, which no node takes, and gives it as the driver's own.
	OwnPod(ctx context.Context, containers ...string) (driver.OwnPod, error)
}

// Others are people and programs beside the driver.
type Others interface {
	// StrangerPod makes a Pod of that name that is not the run's, but has its label; StrangerRecord a record.
	StrangerPod(ctx context.Context, name string) error
	StrangerRecord(ctx context.Context) error
	// DropRecord deletes the record.
	DropRecord(ctx context.Context) error
	// SetCancel puts the cancel mark on the Job, with a grace like 30s, or none if it is empty.
	SetCancel(ctx context.Context, grace string) error
	// SetCancelFinally does so with the second mark.
	SetCancelFinally(ctx context.Context, grace string) error
}

// Ref names the run.
type Ref struct{ Namespace, Run, UID string }

// patience is how long news may take, and lull how long to wait for news that must not come.
const (
	patience = 20 * time.Second
	lull     = 300 * time.Millisecond
)

// Contract is what the driver relies on. newWorld makes a fresh one for each test.
func Contract(t *testing.T, newWorld func(*testing.T) World) {
	t.Helper()
	tests := []struct {
		name string
		test func(*testing.T, World)
	}{
		{"create", createContract},
		{"create twice", createTwiceContract},
		{"create under a stranger's name", strangerContract},
		{"create what is invalid", invalidContract},
		{"delete", deleteContract},
		{"watch", watchContract},
		{"record", recordContract},
		{"record is taken", takenContract},
		{"record with a verdict", verdictContract},
		{"record of a stranger", strangerRecordContract},
		{"record is deleted", droppedContract},
		{"record of several pieces", piecesContract},
		{"record that grows", grownContract},
		{"record with results", resultsContract},
		{"record with results is deleted", droppedResultsContract},
		{"cancel mark", markContract},
		{"own pod", ownPodContract},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, newWorld(t)) })
	}
}

// Pod is a step Pod of the world's run that no node takes, so that it stays as it is.
func Pod(ref Ref, step, attempt string) *corev1.Pod {
	no := false
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: ref.Run + "-" + step + "-" + attempt, Namespace: ref.Namespace,
			Labels: map[string]string{
				v1alpha1.LabelManagedBy: v1alpha1.ManagedBy, v1alpha1.LabelRun: ref.Run, v1alpha1.LabelRunUID: ref.UID,
				v1alpha1.LabelStep: step, v1alpha1.LabelAttempt: attempt,
			},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "batch/v1", Kind: "Job", Name: ref.Run, UID: types.UID(ref.UID), Controller: &no, BlockOwnerDeletion: &no,
			}},
		},
		Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever,
			NodeSelector:  map[string]string{"stepherd.dev/no-such-node": "true"},
			Containers:    []corev1.Container{{Name: v1alpha1.MainContainer, Image: "example.com/none:1"}},
		},
	}
}

func mustCreate(t *testing.T, w World, step string) run.Pod {
	t.Helper()
	e, ok := w.Pods().Create(t.Context(), Pod(w.Ref(), step, "1")).(run.PodSeen)
	if !ok {
		t.Fatalf("create %s: %+v", step, e)
	}
	return e.Pod
}

func createContract(t *testing.T, w World) {
	e := w.Pods().Create(t.Context(), Pod(w.Ref(), "a", "2"))
	seen, ok := e.(run.PodSeen)
	if !ok {
		t.Fatalf("got %+v", e)
	}
	p := seen.Pod
	if p.Step != "a" || p.Attempt != 2 || p.UID == "" || p.Name != w.Ref().Run+"-a-2" || p.Created.IsZero() || seen.Now.IsZero() {
		t.Errorf("got %+v", seen)
	}
	all, err := w.Pods().List(t.Context())
	if err != nil || len(all) != 1 || all[0].UID != p.UID {
		t.Errorf("list %+v, %v", all, err)
	}
}

func createTwiceContract(t *testing.T, w World) {
	first := mustCreate(t, w, "a")
	if again := mustCreate(t, w, "a"); again.UID != first.UID {
		t.Errorf("a second Pod %s beside %s", again.UID, first.UID)
	}
}

func strangerContract(t *testing.T, w World) {
	pod := Pod(w.Ref(), "a", "1")
	if err := w.StrangerPod(t.Context(), pod.Name); err != nil {
		t.Fatal(err)
	}
	e, ok := w.Pods().Create(t.Context(), pod).(run.CreateFailed)
	if !ok || e.Class != run.CreateRejected || !strings.Contains(e.Message, "stranger") || e.Step != "a" || e.Attempt != 1 {
		t.Errorf("got %+v", e)
	}
	all, err := w.Pods().List(t.Context())
	if err != nil || len(all) != 0 {
		t.Errorf("a stranger's Pod is listed: %+v, %v", all, err)
	}
}

func invalidContract(t *testing.T, w World) {
	pod := Pod(w.Ref(), "a", "1")
	pod.Spec.Containers = nil
	e, ok := w.Pods().Create(t.Context(), pod).(run.CreateFailed)
	if !ok || e.Class != run.CreateRejected || !strings.Contains(e.Message, "spec.containers: Required value") {
		t.Errorf("got %+v", e)
	}
}

func deleteContract(t *testing.T, w World) {
	pod := mustCreate(t, w, "a")
	news := watchPods(t, w)
	if err := w.Pods().Delete(t.Context(), pod.Name, "00000000-0000-0000-0000-000000000000", nil); err != nil {
		t.Errorf("delete by another UID: %v", err)
	}
	news.none(t)
	if err := w.Pods().Delete(t.Context(), pod.Name, pod.UID, nil); err != nil {
		t.Errorf("delete: %v", err)
	}
	gone := news.next(t, func(e run.Event) bool { _, is := e.(run.PodGone); return is })
	if g := gone.(run.PodGone); g.Pod.UID != pod.UID || g.Pod.Step != "a" || g.Now.IsZero() {
		t.Errorf("got %+v", g)
	}
	if err := w.Pods().Delete(t.Context(), pod.Name, pod.UID, nil); err != nil {
		t.Errorf("delete of what is gone: %v", err)
	}
}

func watchContract(t *testing.T, w World) {
	old := mustCreate(t, w, "a")
	news := watchPods(t, w)
	if len(news.listed) != 1 || news.listed[0].UID != old.UID {
		t.Errorf("listed %+v", news.listed)
	}
	if err := w.StrangerPod(t.Context(), "stranger"); err != nil {
		t.Fatal(err)
	}
	pod := mustCreate(t, w, "b")
	// A real scheduler may have its say about the first Pod meanwhile.
	e := news.next(t, func(e run.Event) bool { seen, is := e.(run.PodSeen); return !is || seen.Pod.UID != old.UID })
	if seen, ok := e.(run.PodSeen); !ok || seen.Pod.UID != pod.UID {
		t.Errorf("got %+v", e)
	}
}

// news is a watch under test.
type news struct {
	listed []run.Pod
	events chan run.Event
}

// watchPods watches until the test ends, and returns when the list is there.
func watchPods(t *testing.T, w World) *news {
	t.Helper()
	n := &news{events: make(chan run.Event, 100)}
	listed := make(chan []run.Pod)
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		err := w.Pods().Watch(ctx,
			func(all []run.Pod) { listed <- all },
			func(e run.Event) { n.events <- e },
			func(err error, _ time.Duration) { t.Logf("watch: %v", err) })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the watch ended with %v", err)
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	select {
	case n.listed = <-listed:
	case <-time.After(patience):
		t.Fatal("the watch does not list")
	}
	return n
}

// next gives the first event that is wanted.
func (n *news) next(t *testing.T, wanted func(run.Event) bool) run.Event {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case e := <-n.events:
			if wanted(e) {
				return e
			}
		case <-limit:
			t.Fatal("no such event")
		}
	}
}

func (n *news) none(t *testing.T) {
	t.Helper()
	for {
		select {
		case e := <-n.events:
			if _, gone := e.(run.PodGone); gone {
				t.Fatalf("got %+v", e)
			}
		case <-time.After(lull):
			return
		}
	}
}

func markContract(t *testing.T, w World) {
	marks := make(chan v1alpha1.Marks, 100)
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		_ = w.Mark().Watch(ctx, func(m v1alpha1.Marks) { marks <- m }, func(err error, _ time.Duration) { t.Logf("watch: %v", err) })
	}()
	t.Cleanup(func() { cancel(); <-done })
	expect := func(what string, want v1alpha1.Marks) {
		t.Helper()
		for limit := time.After(patience); ; {
			select {
			case got := <-marks:
				if got.Equal(want) {
					return
				}
				if got.Cancelled != want.Cancelled {
					t.Fatalf("%s: got %+v, want %+v", what, got, want)
				}
			case <-limit:
				t.Fatalf("%s: no word of it", what)
			}
		}
	}
	expect("before anybody asked", v1alpha1.Marks{})
	var last v1alpha1.Marks
	for _, grace := range []string{"", "30s", "1s"} {
		if err := w.SetCancel(t.Context(), grace); err != nil {
			t.Fatal(err)
		}
		last.Cancelled = true
		if d, err := time.ParseDuration(grace); err == nil {
			last.Grace = &d
		}
		expect("cancelled, grace "+grace, last)
	}
	if err := w.SetCancelFinally(t.Context(), "2s"); err != nil {
		t.Fatal(err)
	}
	grace := 2 * time.Second
	last.FinallyCancelled, last.FinallyGrace = true, &grace
	expect("cancelled once more", last)
}
