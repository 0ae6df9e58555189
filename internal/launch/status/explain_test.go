package status

import (
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/report"
)

// driverPod is a driver's Pod; status sets what the kubelet says of its container.
func driverPod(name string, created int, phase corev1.PodPhase, change ...func(*corev1.Pod)) corev1.Pod {
	pod := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ml", UID: "uid-pod", CreationTimestamp: *at(created)},
		Status:     corev1.PodStatus{Phase: phase},
	}
	for _, c := range change {
		c(&pod)
	}
	return pod
}

func onNode(pod *corev1.Pod) {
	pod.Spec.NodeName = "node-1"
	pod.Status.StartTime = at(3)
}

func container(state corev1.ContainerState) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{
			{Name: "mesh"}, {Name: v1alpha1.DriverContainer, Image: "driver:1", State: state},
		}
	}
}

func waits(reason, message string) func(*corev1.Pod) {
	return container(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}})
}

func ended(code int32, reason, message string) func(*corev1.Pod) {
	return container(corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, Message: message}})
}

func deletedAt(second int) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.DeletionTimestamp = at(second) }
}

func event(second int, reason, message string) corev1.Event {
	return corev1.Event{Type: corev1.EventTypeWarning, Reason: reason, Message: message, LastTimestamp: *at(second)}
}

// longPull is what a runtime says of a registry that is away; it is shortened in the middle.
var (
	longPull     = `failed to pull and unpack image "driver:1": ` + strings.Repeat("failed to resolve reference: ", 20) + "connection refused"
	longPullTold = `the driver's image "driver:1" cannot be had on node node-1 (` + report.Line(longPull) + `); bring it there, or name another with --driver-image or driver.image`
)

func TestExplainDriver(t *testing.T) {
	unscheduled := func(pod *corev1.Pod) {
		pod.Status.Conditions = []corev1.PodCondition{
			{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionFalse, Message: "not this"},
			{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/2 nodes are available:\n2 Insufficient memory."},
		}
	}
	quota := event(5, "FailedCreate", `Error creating: pods "chain-1-x" is forbidden: exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0`)
	const quotaText = `the driver's Pod cannot be created: exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0`
	mount := event(20, "FailedMount", `MountVolume.SetUp failed for volume "x"`)
	mount.InvolvedObject.UID, mount.Source.Component = "uid-pod", "kubelet"
	runs := container(corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: *at(5)}})
	holder := func(uid string) *record.Record {
		head := *running()
		head.Holder = uid
		return &record.Record{Head: head}
	}
	for _, tc := range []struct {
		name   string
		now    int // seconds
		job    func(*batchv1.Job)
		record *record.Record
		pods   []corev1.Pod
		events []corev1.Event
		blind  bool // may not list events
		want   string
	}{
		{"nothing yet", 1, nil, nil, nil, nil, false, ""},
		{"suspended", 1, func(job *batchv1.Job) { yes := true; job.Spec.Suspend = &yes }, nil, nil, nil, false,
			"the run is suspended: its Job has spec.suspend set"},
		{"queued", 1, func(job *batchv1.Job) {
			yes := true
			job.Spec.Suspend, job.Labels["kueue.x-k8s.io/queue-name"] = &yes, "gpu"
		}, nil, nil, nil, false, `the run waits for its turn in the Kueue queue "gpu"`},
		{"quota", 8, nil, nil, nil, []corev1.Event{quota}, false, quotaText},
		{"the latest refusal", 8, nil, nil, nil, []corev1.Event{quota, event(7, "FailedCreate", "Error creating: admission webhook denied the request"), event(6, "FailedCreate", "x")}, false,
			"the driver's Pod cannot be created: admission webhook denied the request"},
		{"a refusal told by a series", 8, nil, nil, nil, []corev1.Event{event(7, "FailedCreate", "old"),
			{Reason: "FailedCreate", Message: "new", EventTime: metav1.MicroTime{Time: begin}, Series: &corev1.EventSeries{LastObservedTime: metav1.MicroTime{Time: begin.Add(8 * time.Second)}}}}, false,
			"the driver's Pod cannot be created: new"},
		{"other events", 8, nil, nil, nil, []corev1.Event{event(5, "SuccessfulCreate", "Created pod: x")}, false, ""},
		{"no service account", 8, nil, nil, nil, []corev1.Event{event(5, "FailedCreate", `Error creating: pods "chain-1-" is forbidden: error looking up service account ml/stepherd-driver: serviceaccount "stepherd-driver" not found`)}, false,
			`the driver's Pod cannot be created: error looking up service account ml/stepherd-driver: serviceaccount "stepherd-driver" not found; install it: launcher rbac -n ml | kubectl apply -f -`},
		{"events may not be listed", 12, nil, nil, nil, nil, true, "the driver has no Pod; the reason is among the events, which you may not list"},
		{"events may not be listed, too early to say", 5, nil, nil, nil, nil, true, ""},
		{"no node, not tried yet", 5, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodPending)}, nil, false, ""},
		{"no node", 5, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodPending, unscheduled)}, nil, false,
			"the driver's Pod p waits for a node: 0/2 nodes are available: 2 Insufficient memory."},
		{"image pull", 5, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodPending, onNode, waits("ErrImagePull", "driver:1: not found"))}, nil, false,
			`the driver's image "driver:1" cannot be had on node node-1 (driver:1: not found); bring it there, or name another with --driver-image or driver.image`},
		{"image pull, between two tries", 5, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodPending, onNode, waits("ImagePullBackOff", `Back-off pulling image "driver:1": ErrImagePull: driver:1: not found`))}, nil, false,
			`the driver's image "driver:1" cannot be had on node node-1 (driver:1: not found); bring it there, or name another with --driver-image or driver.image`},
		{"a long word of a pull", 5, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodPending, onNode, waits("ErrImagePull", longPull))}, nil, false, longPullTold},
		{"a long word of a pull, between two tries", 5, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodPending, onNode,
			waits("ImagePullBackOff", `Back-off pulling image "driver:1": ErrImagePull: `+longPull))}, nil, false, longPullTold},
		{"image pull, and nobody says why", 5, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodPending, onNode, waits("ImagePullBackOff", `Back-off pulling image "driver:1"`))}, nil, false,
			`the driver's image "driver:1" cannot be had on node node-1 (ImagePullBackOff); bring it there, or name another with --driver-image or driver.image`},
		{"image name", 5, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodPending, onNode, waits("InvalidImageName", "couldn't parse"))}, nil, false,
			`the driver's image "driver:1" cannot be had on node node-1 (InvalidImageName: couldn't parse); bring it there, or name another with --driver-image or driver.image`},
		{"config error", 5, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodPending, onNode, waits("CreateContainerConfigError", "container has runAsNonRoot and image will run as root"))}, nil, false,
			"the driver's Pod p does not start: CreateContainerConfigError: container has runAsNonRoot and image will run as root"},
		{"being created", 5, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodPending, onNode, waits("ContainerCreating", ""))}, nil, false, ""},
		{"being created for long", 30, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodPending, onNode, waits("ContainerCreating", ""))}, nil, false,
			"the driver's Pod p has been starting on node node-1 since 2026-03-01T12:00:03Z"},
		{"being created for long, with a reason", 30, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodPending, onNode, waits("ContainerCreating", ""))}, []corev1.Event{mount, event(25, "Other", "of the Job")}, false,
			`the driver's Pod p has been starting on node node-1 since 2026-03-01T12:00:03Z: FailedMount: MountVolume.SetUp failed for volume "x"`},
		{"a node that does not answer from the beginning", 30, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodPending, onNode)}, nil, false,
			"the driver's Pod p has been starting on node node-1 since 2026-03-01T12:00:03Z"},
		{"runs", 20, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, onNode, runs)}, nil, false, ""},
		{"runs and says nothing", 40, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, onNode, runs)}, nil, false,
			"the driver has run since 2026-03-01T12:00:05Z and has not written a record; see its log: kubectl logs p -n ml"},
		{"runs and has a record", 400, nil, holder("uid-pod"), []corev1.Pod{driverPod("p", 3, corev1.PodRunning, onNode, runs)}, nil, false, ""},
		{"runs and there is a record that names nobody", 400, nil, holder(""), []corev1.Pod{driverPod("p", 3, corev1.PodRunning, onNode, runs)}, nil, false, ""},
		{"runs and has not taken the record yet", 34, nil, holder("another"), []corev1.Pod{driverPod("p", 3, corev1.PodRunning, onNode, runs)}, nil, false, ""},
		{"runs and does not take the record", 35, nil, holder("another"), []corev1.Pod{driverPod("p", 3, corev1.PodRunning, onNode, runs)}, nil, false,
			"the driver has run since 2026-03-01T12:00:05Z and has not taken up the record of the driver before it; see its log: kubectl logs p -n ml"},
		{"crashed", 40, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodFailed, onNode, ended(2, "Error", "panic: x\n\ngoroutine 1 [running]\n"))}, nil, false,
			"the driver's Pod p ended with exit code 2 (Error): goroutine 1 [running]; another is started"},
		{"ended with the verdict, the Job not told yet", 40, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodFailed, onNode, ended(100, "Error", ""))}, nil, false, ""},
		{"stopped by itself", 40, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodFailed, onNode, ended(1, "Error",
			`{"level":"error","msg":"this driver stops","error":"configmap x belongs to y"}`+"\n"+`{"level":"info","msg":"the driver leaves"}`+"\n"))}, nil, false,
			"the driver's Pod p ended with exit code 1 (Error): this driver stops: configmap x belongs to y; another is started"},
		{"ended, its phase not told yet", 40, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, onNode, ended(0, "Completed", ""))},
			[]corev1.Event{mount}, false, ""},
		{"evicted", 40, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodFailed, onNode, func(pod *corev1.Pod) {
			pod.Status.Reason, pod.Status.Message = "Evicted", "The node was low on resource: memory."
		})}, nil, false, "the driver's Pod p ended (Evicted): The node was low on resource: memory.; another is started"},
		{"crashed, the next one is refused", 40, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodFailed, ended(2, "Error", ""))}, []corev1.Event{quota}, false, quotaText},
		{"refused once, crashed later", 40, nil, nil, []corev1.Pod{driverPod("p", 6, corev1.PodFailed, ended(2, "Error", ""))}, []corev1.Event{quota}, false,
			"the driver's Pod p ended with exit code 2 (Error); another is started"},
		{"crashed, the next one waits", 40, nil, nil, []corev1.Pod{driverPod("q", 9, corev1.PodPending, unscheduled), driverPod("p", 3, corev1.PodFailed, ended(2, "Error", ""))}, nil, false,
			"the driver's Pod q waits for a node: 0/2 nodes are available: 2 Insufficient memory."},
		{"being deleted", 40, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, onNode, deletedAt(38))}, nil, false,
			"the driver's Pod p is being deleted; another is started when it is gone"},
		{"being deleted, and the run is at its end", 40, failureTarget, nil, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, onNode, deletedAt(38))}, nil, false,
			"the driver's Pod p is being deleted; the run ends when it is gone"},
		{"perhaps stuck", 67, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, onNode, deletedAt(38))}, nil, false,
			"the driver's Pod p is being deleted; another is started when it is gone"},
		{"stuck on a dead node", 68, nil, nil, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, onNode, deletedAt(38))}, nil, false,
			"driver Pod p is stuck on node node-1, which does not answer: launcher recover chain-1"},
		{"stuck on a dead node, and the run is at its end", 68, failureTarget, nil, []corev1.Pod{driverPod("p", 3, corev1.PodRunning, onNode, deletedAt(38))}, nil, false,
			"driver Pod p is stuck on node node-1, which does not answer: launcher recover chain-1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := WhyNoDriver(Snapshot{
				Job: jobOf(t, tc.job), Record: tc.record, Drivers: tc.pods, Events: tc.events, NoEvents: tc.blind,
				Now: at(tc.now).Time, Hints: client.Hints{Program: "launcher"},
			})
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// failureTarget reports whether the Job controller waits for the last Pods to be gone.
func failureTarget(job *batchv1.Job) {
	job.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobFailureTarget, Status: corev1.ConditionTrue, LastTransitionTime: *at(37)}}
}

// TestDriverLost says how the last driver ended.
func TestDriverLost(t *testing.T) {
	got := Of(Snapshot{
		Job:     jobOf(t, failed("BackoffLimitExceeded", "Job has reached the specified backoff limit")),
		Drivers: []corev1.Pod{driverPod("p", 3, corev1.PodFailed, ended(137, "OOMKilled", "")), driverPod("q", 4, corev1.PodFailed, ended(2, "Error", "panic: x"))},
		Now:     begin,
	})
	const want = "the driver ended without a verdict: Job has reached the specified backoff limit; its last Pod q ended with exit code 2 (Error): panic: x"
	if got.Phase != v1alpha1.RunFailed || got.Reason != v1alpha1.ReasonDriverLost || got.Message != want {
		t.Errorf("got %s/%s %q", got.Phase, got.Reason, got.Message)
	}
}

// TestLeftBehind: a driver that is lost may leave step Pods, which nothing else stops.
func TestLeftBehind(t *testing.T) {
	pods := func(phases ...v1alpha1.StepPhase) []v1alpha1.StepStatus {
		var steps []v1alpha1.StepStatus
		for i, phase := range phases {
			steps = append(steps, v1alpha1.StepStatus{Name: string(rune('a' + i)), Attempts: []v1alpha1.AttemptStatus{{Number: 1, Phase: phase}}})
		}
		return steps
	}
	const lost = "the driver ended without a verdict: Job has reached the specified backoff limit"
	const remedy = ", to be stopped with launcher cancel chain-1 --force -n ml, or deleted with the run: launcher delete chain-1 -n ml"
	for _, tc := range []struct {
		name string
		job  func(*batchv1.Job)
		pods []v1alpha1.StepStatus
		want string
	}{
		{"nothing", failed("BackoffLimitExceeded", "Job has reached the specified backoff limit"), pods(v1alpha1.StepSucceeded, v1alpha1.StepFailed), lost},
		{"one", failed("BackoffLimitExceeded", "Job has reached the specified backoff limit"), pods(v1alpha1.StepSucceeded, v1alpha1.StepRunning), lost + "; it left 1 live step Pod" + remedy},
		{"several", failed("BackoffLimitExceeded", "Job has reached the specified backoff limit"), pods(v1alpha1.StepPending, v1alpha1.StepRunning), lost + "; it left 2 live step Pods" + remedy},
		{"a verdict is not the driver's loss", exited("100"), pods(v1alpha1.StepRunning), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := Of(Snapshot{Job: jobOf(t, tc.job), StepPods: tc.pods, Now: begin, Hints: client.Hints{Program: "launcher", Flags: []string{"-n", "ml"}}})
			if got.Message != tc.want {
				t.Errorf("got  %s\nwant %s", got.Message, tc.want)
			}
		})
	}
}
