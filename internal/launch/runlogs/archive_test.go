package runlogs_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/archive"
	"github.com/stepherd/stepherd/internal/archive/transfer"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
	"github.com/stepherd/stepherd/internal/launch/runlogs"
	"github.com/stepherd/stepherd/internal/logs"
)

// shelf is a run r whose steps have ended, whose Pods are gone, and which has an archive.
type shelf struct {
	*launchtest.Bench
	root  string
	w     *archive.Writer
	asked int
	// podOf is how a Pod that reads is; spoil what a node makes of its n-th output.
	podOf func(*corev1.Pod)
	spoil func(n int, lines []string) []string
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	b := launchtest.NewBench()
	s := launchtest.Submission(t, "r")
	s.NoCheck = true
	s.Pipeline.Logs.Archive = &v1alpha1.LogArchive{Volume: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "logs"}}}
	if _, err := b.Submit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	h := &shelf{Bench: b, root: root, w: archive.NewWriter(archive.Dir{Root: root, Scratch: true}, archive.Folder("ml", "r", launchtest.UID))}
	attempt := func(n int, step string) v1alpha1.AttemptStatus {
		return v1alpha1.AttemptStatus{Number: n, Pod: "pod-" + step, Phase: v1alpha1.StepSucceeded, StartedAt: launchtest.Now(), FinishedAt: launchtest.Now()}
	}
	b.End(v1alpha1.RunSucceeded,
		v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{attempt(1, "a-1"), attempt(2, "a-2")}},
		v1alpha1.StepStatus{Name: "b", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{attempt(1, "b")}})
	b.Cluster.OnCreate = h.read
	return h
}

// Keep writes a log into the archive.
func (h *shelf) keep(t *testing.T, step string, attempt int, container string, whole bool, lines ...string) {
	t.Helper()
	l, err := h.w.Open(step, attempt, container)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range lines {
		at := time.Date(2026, 3, 1, 11, 0, i, 0, time.UTC)
		if container != "main" {
			at = at.Add(-time.Minute)
		}
		if err := l.Line(logs.Line{Time: at, Text: []byte(line)}, logs.Position{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(whole); err != nil {
		t.Fatal(err)
	}
}

// Read is the cluster that runs a Job which reads the archive. It holds the cluster's lock.
func (h *shelf) read(job *batchv1.Job) error {
	if job.Labels[v1alpha1.LabelComponent] != v1alpha1.ComponentArchive {
		return errors.New("another job")
	}
	h.asked++
	pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: job.Name + "-x", UID: "uid-pod"}}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}}}}
	if h.podOf != nil {
		h.podOf(&pod)
	}
	h.Cluster.DriverPodsOf[string(job.UID)] = []corev1.Pod{pod}
	r, err := transfer.DecodeRequest(job.Spec.Template.Spec.Containers[0].Args[1])
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := transfer.Send(&out, archive.Dir{Root: h.root}, r, transfer.SendSize); err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if h.spoil != nil {
		lines = h.spoil(h.asked, lines)
	}
	h.Logs.Lines[pod.Name+"/archive"] = lines
	return nil
}

// TestArchive: what the archive has is shown from there, and what it lacks from the driver's log.
func TestArchive(t *testing.T) {
	const gone = "the Pod is gone; its lines are taken from "
	last := 1
	tests := []struct {
		name   string
		q      runlogs.Query
		change func(*shelf)
		out    string
		notes  []string
		asked  int
	}{
		{
			name: "a step", q: runlogs.Query{Step: "a"}, asked: 1,
			out: "two\nthree\n", notes: []string{`note: step "a#2": ` + gone + "the run's archive"},
		},
		{
			name: "another attempt", q: runlogs.Query{Step: "a", Attempt: 1}, asked: 1,
			out: "one\n", notes: []string{`note: step "a": ` + gone + "the run's archive"},
		},
		{
			name: "a side container", q: runlogs.Query{Step: "a", Container: "dog"}, asked: 1,
			out: "woof\n", notes: []string{`note: step "a#2": ` + gone + "the run's archive"},
		},
		{
			name: "the last line", q: runlogs.Query{Step: "a", Tail: &last}, asked: 1,
			out: "three\n", notes: []string{`note: step "a#2": ` + gone + "the run's archive"},
		},
		{
			name: "all steps", asked: 1,
			out: "a/dog#2 | woof\na#2 | two\na#2 | three\nb | from the driver\n",
			notes: []string{
				`note: step "a#2": ` + gone + "the run's archive",
				`note: step "b": ` + gone + "the driver's log",
			},
		},
		{
			name: "a step that the archive lacks", q: runlogs.Query{Step: "b"}, asked: 1,
			out: "from the driver\n", notes: []string{`note: step "b": ` + gone + "the driver's log"},
		},
		{
			name: "a step that nobody has", q: runlogs.Query{Step: "b"}, asked: 1,
			change: func(h *shelf) { h.Cluster.DriverPodsOf[launchtest.UID] = nil },
			notes:  []string{`note: step "b": the Pod is gone, and the driver's, too, and the run's archive does not have its log`},
		},
		{
			name: "a log that is not whole", q: runlogs.Query{Step: "b"}, asked: 1,
			change: func(h *shelf) { h.keep(t, "b", 1, "main", false, "x") },
			out:    "x\n", notes: []string{`note: the run's archive has the log of step "b" up to 2026-03-01T11:00:00Z`, `note: step "b": ` + gone + "the run's archive"},
		},
		{
			name: "a log that is no log", q: runlogs.Query{Step: "b"}, asked: 1,
			change: func(h *shelf) {
				h.keep(t, "b", 1, "main", true, "x")
				if err := os.WriteFile(filepath.Join(h.root, "ml/r-uid-r/b/1/main.idx"), []byte("x\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			},
			out: "from the driver\n", notes: []string{
				"note: read the archived log of container main of attempt 1 of step b: its index is not one of stepherd's, or of a later version",
				`note: step "b": ` + gone + "the driver's log",
			},
		},
		{
			name: "an answer that is cut", q: runlogs.Query{Step: "a"}, asked: 2,
			change: func(h *shelf) {
				h.spoil = func(n int, lines []string) []string {
					if n == 1 {
						return lines[:3]
					}
					return lines
				}
			},
			out: "two\nthree\n", notes: []string{`note: step "a#2": ` + gone + "the run's archive"},
		},
		{
			name: "answers that bring nothing", q: runlogs.Query{Step: "a"}, asked: 2,
			change: func(h *shelf) {
				h.podOf = func(p *corev1.Pod) {
					p.Status.ContainerStatuses[0].State.Terminated = &corev1.ContainerStateTerminated{ExitCode: 64, Reason: "Error"}
				}
				h.spoil = func(int, []string) []string { return []string{"usage: driver run"} }
			},
			out: "from the driver, too\n",
			notes: []string{
				`note: the run's archive cannot be read: pod NAME-x ended with exit code 64 (Error): this is not the archive's: "usage: driver run"`,
				`note: step "a#2": ` + gone + "the driver's log",
			},
		},
		{
			name: "no right to create Jobs", q: runlogs.Query{Step: "a"},
			change: func(h *shelf) { h.Cluster.Fail["CreateJob"] = launchtest.MayNot("create", "jobs", "ml") },
			out:    "from the driver, too\n",
			notes: []string{
				`note: the run's archive cannot be read: you may not create jobs in namespace "ml"; ask an administrator to install the Roles there (launcher rbac -n ml | kubectl apply -f -) and to bind stepherd-user to you`,
				`note: step "a#2": ` + gone + "the driver's log",
			},
		},
		{
			name: "no right to create Jobs, and no driver", q: runlogs.Query{Step: "a"},
			change: func(h *shelf) {
				h.Cluster.Fail["CreateJob"] = &launchtest.Error{Kind: launchtest.Refused, Text: "no"}
				h.Cluster.DriverPodsOf[launchtest.UID] = nil
			},
			notes: []string{
				`note: the run's archive cannot be read: the cluster refuses job "NAME": no`,
				`note: step "a#2": the Pod is gone, and the driver's, too: only the run's archive may have its log`,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newShelf(t)
			h.keep(t, "a", 1, "main", true, "one")
			h.keep(t, "a", 2, "main", true, "two", "three")
			h.keep(t, "a", 2, "dog", true, "woof")
			h.Cluster.DriverPodsOf[launchtest.UID] = []corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Name: "driver-1"}}}
			h.Logs.Lines["driver-1/driver"] = []string{"a#2 | from the driver, too", "b | from the driver"}
			if tt.change != nil {
				tt.change(h)
			}
			q := tt.q
			q.Run = "r"
			if err := h.ShowLogs(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			h.check(t, tt.out, tt.notes, tt.asked)
		})
	}
}

// aReader is the name of a Job that reads an archive.
var aReader = regexp.MustCompile(`\br-logs-[a-z0-9]{5}\b`)

// Check holds what was shown and said, and that nothing stays.
func (h *shelf) check(t *testing.T, out string, notes []string, asked int) {
	t.Helper()
	if got := h.Out.String(); got != out {
		t.Errorf("stdout\n%s\nwant\n%s", got, out)
	}
	want := strings.Join(notes, "\n") + "\n"
	if got := aReader.ReplaceAllString(h.Err.String(), "NAME"); got != want {
		t.Errorf("stderr\n%s\nwant\n%s", got, want)
	}
	if h.asked != asked {
		t.Errorf("%d Jobs read it, want %d", h.asked, asked)
	}
	for name := range h.Cluster.JobsByName {
		if name != "r" {
			t.Errorf("job %s is still there", name)
		}
	}
	deleted := slices.DeleteFunc(h.Cluster.Calls(), func(call string) bool { return !strings.HasPrefix(call, "delete r-logs-") })
	if len(deleted) != asked {
		t.Errorf("deleted %q, want %d", deleted, asked)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("%d copies are left; %v", len(left), err)
	}
}

// TestArchiveThatDoesNotStart: a Pod that cannot start is waited for only where that may help, and the reason is told.
func TestArchiveThatDoesNotStart(t *testing.T) {
	waiting := func(reason, message string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Status.ContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
		}
	}
	unscheduled := func(message string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Status.ContainerStatuses = nil
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: message}}
		}
	}
	const cannot, yet = "note: the run's archive cannot be read: ", "note: the run's archive is not read yet: "
	tests := []struct {
		name   string
		pod    func(*corev1.Pod)
		events []corev1.Event
		took   time.Duration
		notes  []string
	}{
		{"no node", unscheduled("0/2 nodes are available"), nil, 2 * time.Minute, []string{
			yet + "pod NAME-x: it waits for a node: 0/2 nodes are available",
			cannot + "pod NAME-x has not started within 2m00s: it waits for a node: 0/2 nodes are available",
		}},
		{"no claim", unscheduled(`persistentvolumeclaim "logs" not found`), nil, 0, []string{
			cannot + `pod NAME-x does not start: it waits for a node: persistentvolumeclaim "logs" not found`,
		}},
		{"no image", waiting("ImagePullBackOff", "Back-off"), nil, 0, []string{cannot + "pod NAME-x does not start: ImagePullBackOff: Back-off"}},
		{"a volume that is elsewhere", waiting("ContainerCreating", ""), []corev1.Event{{
			Type: "Warning", Reason: "FailedAttachVolume", Message: "Multi-Attach error for volume v", Source: corev1.EventSource{Component: "attachdetach-controller"},
			InvolvedObject: corev1.ObjectReference{UID: "uid-pod"},
		}}, 2 * time.Minute, []string{
			yet + "pod NAME-x: FailedAttachVolume: Multi-Attach error for volume v; a volume that is ReadWriteOnce is on one node at a time: wait until the run has ended",
			cannot + "pod NAME-x has not started within 2m00s: FailedAttachVolume: Multi-Attach error for volume v; a volume that is ReadWriteOnce is on one node at a time: wait until the run has ended",
		}},
		{"a quota", nil, []corev1.Event{{Reason: "FailedCreate", Message: `Error creating: pods "x" is forbidden: exceeded quota: none`}}, 5 * time.Second, []string{
			cannot + "the Pod of job NAME does not start: exceeded quota: none",
		}},
		{"a Pod that was evicted", func(p *corev1.Pod) {
			p.Status = corev1.PodStatus{Phase: corev1.PodFailed, Reason: "Evicted", Message: "the node is full"}
		}, nil, 0, []string{cannot + "pod NAME-x does not start: Evicted: the node is full"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newShelf(t)
				h.Cluster.DriverPodsOf[launchtest.UID] = []corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Name: "driver-1"}}}
				h.Logs.Lines["driver-1/driver"] = []string{"b | from the driver"}
				h.podOf = tt.pod
				h.Cluster.OnCreate = func(job *batchv1.Job) error {
					err := h.read(job)
					pods := h.Cluster.DriverPodsOf[string(job.UID)]
					h.Cluster.EventsOf[string(job.UID)], h.Cluster.PodEventsOf[pods[0].Name] = tt.events, tt.events
					if tt.pod == nil {
						h.Cluster.DriverPodsOf[string(job.UID)] = nil
					}
					return err
				}
				begin := time.Now()
				if err := h.ShowLogs(t.Context(), runlogs.Query{Run: "r", Step: "b"}); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begin); took != tt.took {
					t.Errorf("it took %v, want %v", took, tt.took)
				}
				h.check(t, "from the driver\n", append(tt.notes, `note: step "b": the Pod is gone; its lines are taken from the driver's log`), 1)
			})
		})
	}
}

// TestArchiveIsLeft: who does not wait for an archive leaves no Job behind.
func TestArchiveIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newShelf(t)
		h.podOf = func(p *corev1.Pod) { p.Status.ContainerStatuses = nil }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.ShowLogs(ctx, runlogs.Query{Run: "r", Step: "b"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if n := len(h.Cluster.JobsByName); n != 1 {
			t.Errorf("%d jobs, want the run's alone", n)
		}
	})
}
