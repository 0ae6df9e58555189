package podstatus

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
	"github.com/stepherd/stepherd/internal/run"
)

const uid = kubetest.UID

var stepPod = kubetest.StepPod

func at(seconds int64) metav1.Time {
	return metav1.NewTime(kubetest.Created.Add(time.Duration(seconds) * time.Second))
}

func phase(p corev1.PodPhase) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Status.Phase = p }
}

func ended(code int32, reason string) func(*corev1.Pod) {
	return state("main", corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, StartedAt: at(1), FinishedAt: at(2),
	}})
}

// says ends main with words of its program's.
func says(code int32, reason, words string, policy corev1.TerminationMessagePolicy) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		ended(code, reason)(pod)
		pod.Status.ContainerStatuses[0].State.Terminated.Message = words
		pod.Spec.Containers[0].TerminationMessagePolicy = policy
	}
}

func terminatedAt(code int32, reason string, second int64) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, FinishedAt: at(second)}}
}

func sideEnded(code int32, reason string) func(*corev1.Pod) {
	return state("side", terminatedAt(code, reason, 2))
}

// native adds a native side container.
func native(s corev1.ContainerStatus) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		always := corev1.ContainerRestartPolicyAlways
		s.Name = "mesh"
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, corev1.Container{Name: s.Name, RestartPolicy: &always})
		pod.Status.InitContainerStatuses = append(pod.Status.InitContainerStatuses, s)
	}
}

func mustSucceed(names string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Annotations = map[string]string{v1alpha1.AnnotationMustSucceed: names} }
}

func waiting(reason, message string) func(*corev1.Pod) {
	return state("main", corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}})
}

var runs = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at(1)}}

func state(container string, s corev1.ContainerState) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{Name: container, State: s})
		if container != "main" {
			pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: container})
		}
	}
}

func initState(container string, s corev1.ContainerState) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Status.InitContainerStatuses = append(pod.Status.InitContainerStatuses, corev1.ContainerStatus{Name: container, State: s})
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, corev1.Container{Name: container, Image: "init-img"})
	}
}

// sideState is a native side container.
func sideState(container string, s corev1.ContainerState, mods ...func(*corev1.ContainerStatus)) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		initState(container, s)(pod)
		always := corev1.ContainerRestartPolicyAlways
		pod.Spec.InitContainers[len(pod.Spec.InitContainers)-1].RestartPolicy = &always
		for _, mod := range mods {
			mod(&pod.Status.InitContainerStatuses[len(pod.Status.InitContainerStatuses)-1])
		}
	}
}

func statusReason(reason, message string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Status.Reason, pod.Status.Message = reason, message }
}

func disrupted(reason, message string) func(*corev1.Pod) {
	return cond(corev1.DisruptionTarget, corev1.ConditionTrue, reason, message)
}

func kueues(reason, message string) func(*corev1.Pod) {
	return cond("TerminationTarget", corev1.ConditionTrue, reason, message)
}

func cond(kind corev1.PodConditionType, status corev1.ConditionStatus, reason, message string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{
			Type: kind, Status: status, Reason: reason, Message: message, LastTransitionTime: at(1),
		})
	}
}

var (
	initializing  = waiting("PodInitializing", "")
	tookOneSecond = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{StartedAt: at(1), FinishedAt: at(2)}}
	crashLoop     = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off 10s restarting failed container=db"}}
)

func isStarted(s *corev1.ContainerStatus) { yes := true; s.Started = &yes }

func lastExit(code int32) func(*corev1.ContainerStatus) {
	return func(s *corev1.ContainerStatus) {
		s.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: code}
	}
}

func noNode(chosen string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Spec.NodeName, pod.Status.NominatedNodeName = "", chosen }
}

func deleting(pod *corev1.Pod) { now := at(3); pod.DeletionTimestamp = &now }

// TestObserve holds what could not be captured, and each rule alone. All objects here are written by hand.
func TestObserve(t *testing.T) {
	exit0, exit1 := ended(0, "Completed"), ended(1, "Error")
	failed, succeeded := phase(corev1.PodFailed), phase(corev1.PodSucceeded)
	tests := []struct {
		name string
		pod  *corev1.Pod
		want string
	}{
		{"new", stepPod(phase(corev1.PodPending)), "Pending:"},
		{"running", stepPod(state("main", runs)), "Running: started running"},

		// The rule of success.
		{"exit 0 while Pending", stepPod(exit0, phase(corev1.PodPending)), "Pending: started finished SUCCEEDED exit=0"},
		{"exit 0 while Running", stepPod(exit0), "Running: started finished SUCCEEDED exit=0"},
		{"exit 0, Succeeded", stepPod(exit0, succeeded), "Succeeded: started finished terminal SUCCEEDED exit=0"},
		{"exit 0, being deleted", stepPod(exit0, deleting), "Running: started finished deleting UNCLEAR Deleted exit=0 its Pod was deleted"},
		{"exit 0, deleted, Succeeded", stepPod(exit0, deleting, succeeded), "Succeeded: started finished terminal deleting FAILED Deleted exit=0 its Pod was deleted"},
		{"exit 0, disrupted", stepPod(exit0, disrupted("EvictionByEvictionAPI", "m")), "Running: started finished FAILED Evicted exit=0 m"},
		{"exit 0, a disruption that did not come", stepPod(exit0, cond(corev1.DisruptionTarget, corev1.ConditionFalse, "EvictionByEvictionAPI", "m")), "Running: started finished SUCCEEDED exit=0"},
		{"exit 0, past its deadline", stepPod(exit0, failed, statusReason("DeadlineExceeded", "m")), "Failed: started finished terminal FAILED Timeout exit=0 m"},
		{"exit 0, Failed without a reason", stepPod(exit0, failed), "Failed: started finished terminal FAILED Error exit=0 main ended with exit code 0, but its Pod is Failed and nobody says why"},
		{"exit 0, Failed by a side container", stepPod(exit0, failed, state("side", corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 5}})), "Failed: started finished terminal SUCCEEDED exit=0 (side Error: side container side ended with exit code 5)"},

		// What is told of containers that do not decide.
		{"a process of main was killed, and main went on", stepPod(ended(0, "OOMKilled")), "Running: started finished SUCCEEDED exit=0 (main OOMKilled: main ended with exit code 0 after a process of it was killed for using more memory than its limit)"},
		{"a side container out of memory", stepPod(state("main", runs), sideEnded(137, "OOMKilled")), "Running: started running (side OOMKilled: side container side was killed for using more memory than its limit)"},
		{"a side container that answers SIGTERM", stepPod(exit0, sideEnded(143, "Error"), deleting), "Running: started finished deleting UNCLEAR Deleted exit=0 its Pod was deleted"},
		{"a native side container that crashes", stepPod(state("main", runs), native(corev1.ContainerStatus{State: runs, LastTerminationState: terminatedAt(1, "Error", 1)})), "Running: started running (mesh Error: side container mesh ended with exit code 1) mesh:begun"},
		{"a native side container that the kubelet ends", stepPod(exit0, native(corev1.ContainerStatus{State: terminatedAt(143, "Error", 3)})), "Running: started finished SUCCEEDED exit=0"},
		{"a native side container that fails as it is ended", stepPod(exit0, native(corev1.ContainerStatus{State: terminatedAt(5, "Error", 3)})), "Running: started finished SUCCEEDED exit=0 (mesh Error: side container mesh ended with exit code 5)"},

		// A success that waits for side containers.
		{"it must succeed and runs", stepPod(exit0, state("side", runs), mustSucceed("side")), "Running: started finished sides AWAITS SIDES exit=0 side:begun"},
		{"it must succeed and has not started", stepPod(exit0, state("side", corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ErrImagePull"}}), mustSucceed("side")), "Running: started finished sides AWAITS SIDES exit=0"},
		{"it must succeed and has", stepPod(exit0, sideEnded(0, "Completed"), mustSucceed("side")), "Running: started finished SUCCEEDED exit=0"},
		{"one has, another runs", stepPod(exit0, sideEnded(0, "Completed"), state("other", runs), mustSucceed("other,side")), "Running: started finished sides AWAITS SIDES exit=0 other:begun"},
		{"it must succeed and has failed", stepPod(exit0, sideEnded(5, "Error"), mustSucceed("side")), "Running: started finished FAILED Error exit=0 (side Error: side container side ended with exit code 5) main ended with exit code 0, but side container side ended with exit code 5"},
		{"it must succeed, and main has failed", stepPod(exit1, sideEnded(0, "Completed"), mustSucceed("side"), failed), "Failed: started finished terminal FAILED Error exit=1 main ended with exit code 1"},
		{"it must succeed, and the Pod is on its way out", stepPod(exit0, state("side", runs), mustSucceed("side"), deleting), "Running: started finished deleting sides UNCLEAR Deleted exit=0 side:begun its Pod was deleted"},
		{"it must succeed, and nobody knows", stepPod(exit0, succeeded, state("side", corev1.ContainerState{}), mustSucceed("side")), "Succeeded: started finished terminal FAILED Error exit=0 main ended with exit code 0, but its Pod ended and does not say how side container side did"},
		{"it must succeed, and the Pod has none of that name", stepPod(exit0, mustSucceed("side")), "Running: started finished SUCCEEDED exit=0"},

		// What is final, and what the kubelet may be withholding.
		{"exit 1 while Running", stepPod(exit1), "Running: started finished UNCLEAR Error exit=1 main ended with exit code 1"},
		{"exit 1, Failed", stepPod(exit1, failed), "Failed: started finished terminal FAILED Error exit=1 main ended with exit code 1"},
		{"killed, no reason yet", stepPod(ended(137, "Error")), "Running: started finished UNCLEAR Error exit=137 main ended with exit code 137 (SIGKILL)"},
		{"a signal without a name here", stepPod(ended(128+30, "Error"), failed), "Failed: started finished terminal FAILED Error exit=158 main ended with exit code 158 (signal 30)"},
		{"an exit code beyond signals", stepPod(ended(255, "Error"), failed), "Failed: started finished terminal FAILED Error exit=255 main ended with exit code 255"},
		{"exit 1, being deleted", stepPod(exit1, deleting), "Running: started finished deleting UNCLEAR Deleted exit=1 its Pod was deleted"},
		{"OOM", stepPod(ended(137, "OOMKilled"), failed), "Failed: started finished terminal FAILED OOMKilled exit=137 main was killed for using more memory than its limit"},
		{"OOM of a child", stepPod(ended(1, "OOMKilled"), failed), "Failed: started finished terminal FAILED OOMKilled exit=1 main ended with exit code 1 after a process of it was killed for using more memory than its limit"},
		{"its own words", stepPod(says(3, "Error", "no such table:  runs\n", ""), failed), "Failed: started finished terminal FAILED Error exit=3 no such table: runs"},
		{"its own words before the phase", stepPod(says(3, "Error", "no such table", "")), "Running: started finished UNCLEAR Error exit=3 no such table"},
		{"its own words, out of memory", stepPod(says(137, "OOMKilled", "batch 7", ""), failed), "Failed: started finished terminal FAILED OOMKilled exit=137 main was killed for using more memory than its limit: batch 7"},
		{"its own words, of many lines", stepPod(says(1, "Error", strings.Repeat("first line of a hundred bytes "+strings.Repeat("x", 70)+"\n", 5), ""), failed),
			"Failed: started finished terminal FAILED Error exit=1 first line of a hundred bytes " + strings.Repeat("x", 70) + " first line of a hundred bytes " + strings.Repeat("x", 70)},
		{"the end of its log", stepPod(says(1, "Error", "Traceback\n"+strings.Repeat("y", 200)+"\n  raise ValueError\nValueError: bad\n", corev1.TerminationMessageFallbackToLogsOnError), failed),
			"Failed: started finished terminal FAILED Error exit=1 ValueError: bad"},
		{"the end of a short log", stepPod(says(1, "Error", "\x1b[31mhello\x1b[0m\n10%\r99%\r\nboom\x07\n", corev1.TerminationMessageFallbackToLogsOnError), failed), "Failed: started finished terminal FAILED Error exit=1 hello 99% boom^G"},
		{"one long line", stepPod(says(1, "Error", "see "+strings.Repeat("word ", 100), ""), failed), "Failed: started finished terminal FAILED Error exit=1 see " + strings.TrimSpace(strings.Repeat("word ", 46)) + "..."},
		{"its own words on a success", stepPod(says(0, "Completed", "fine", "")), "Running: started finished SUCCEEDED exit=0"},
		{"words of the runtime", stepPod(says(128, "StartError", "exec: no such file", ""), failed), "Failed: started finished terminal FAILED StartFailed exit=128 main could not be started: exec: no such file"},
		{"end unknown to the runtime", stepPod(ended(255, "Unknown"), failed), "Failed: started finished terminal FAILED NodeLost exit=255 main was lost with its node"},
		{"status lost with a node's restart", stepPod(ended(137, "ContainerStatusUnknown"), failed), "Failed: started finished terminal FAILED NodeLost main was lost with its node"},

		// Who ended the Pod.
		{"evicted for memory", stepPod(ended(137, "Error"), failed, statusReason("Evicted", "low on memory"), disrupted("TerminationByKubelet", "x")), "Failed: started finished terminal FAILED Evicted exit=137 low on memory"},
		{"preempted by the kubelet", stepPod(ended(137, "Error"), failed, statusReason("Preempting", "critical"), disrupted("TerminationByKubelet", "x")), "Failed: started finished terminal FAILED Preempted exit=137 critical"},
		{"node shutdown", stepPod(ended(143, "Error"), failed, statusReason("Terminated", "imminent node shutdown")), "Failed: started finished terminal FAILED Evicted exit=143 imminent node shutdown"},
		{"taint manager", stepPod(exit1, deleting, disrupted("DeletionByTaintManager", "NoExecute taint")), "Running: started finished deleting FAILED NodeLost exit=1 NoExecute taint"},
		{"device taint manager", stepPod(exit1, deleting, disrupted("DeletionByDeviceTaintManager", "")), "Running: started finished deleting FAILED Evicted exit=1 DeletionByDeviceTaintManager"},
		{"scheduler", stepPod(exit1, deleting, disrupted("PreemptionByScheduler", "higher priority")), "Running: started finished deleting FAILED Preempted exit=1 higher priority"},
		{"preempted by Kueue", stepPod(ended(143, "Error"), failed, deleting, kueues("WorkloadEvictedDueToPreempted", "Preempted to accommodate a workload (UID: x) due to prioritization in the ClusterQueue")),
			"Failed: started finished terminal deleting FAILED Preempted exit=143 Preempted to accommodate a workload (UID: x) due to prioritization in the ClusterQueue"},
		{"evicted by Kueue", stepPod(ended(143, "Error"), failed, deleting, kueues("WorkloadEvictedDueToClusterQueueStopped", "The ClusterQueue is stopped")),
			"Failed: started finished terminal deleting FAILED Evicted exit=143 The ClusterQueue is stopped"},
		{"exit 0 when Kueue preempts", stepPod(exit0, deleting, kueues("WorkloadEvictedDueToPreempted", "m")), "Running: started finished deleting FAILED Preempted exit=0 m"},
		{"preempted before the start", stepPod(phase(corev1.PodPending), deleting, disrupted("PreemptionByScheduler", "higher priority")), "Pending: deleting Preempted higher priority"},
		{"preempted by Kueue before the start", stepPod(phase(corev1.PodPending), deleting, kueues("WorkloadEvictedDueToPreempted", "m")), "Pending: deleting Preempted m"},
		{"Pod GC, main seen running last", stepPod(state("main", runs), failed, disrupted("DeletionByPodGC", "node is gone")), "Failed: terminal FAILED NodeLost node is gone"},
		{"node controller", stepPod(state("main", runs), deleting, statusReason("NodeLost", "unresponsive")), "Running: started running deleting"},
		{"an unknown reason after main ended", stepPod(exit1, failed, statusReason("Odd", "why")), "Failed: started finished terminal FAILED Error exit=1 Odd: why"},
		{"refused by the kubelet", stepPod(failed, statusReason("UnexpectedAdmissionError", "no device")), "Failed: terminal FAILED Evicted UnexpectedAdmissionError: no device"},

		// Ends without main.
		{"deadline before the start", stepPod(failed, statusReason("DeadlineExceeded", "m")), "Failed: terminal FAILED Timeout m"},
		{"init container out of memory", stepPod(failed, initState("prep", corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled"}})), "Failed: terminal FAILED OOMKilled init container prep was killed for using more memory than its limit"},
		{"deleted before the start", stepPod(failed, deleting), "Failed: terminal deleting FAILED Deleted its Pod was deleted"},
		{"no reason at all", stepPod(failed), "Failed: terminal FAILED Error its Pod ended with phase Failed before main did: the kubelet gave no reason"},
		{"succeeded without main", stepPod(succeeded), "Succeeded: terminal FAILED Error its Pod ended with phase Succeeded before main did: the kubelet gave no reason"},

		// Trouble.
		{"no trouble in creating", stepPod(waiting("ContainerCreating", "")), "Running:"},
		{"user without a number", stepPod(waiting("CreateContainerConfigError", `container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root`)), "Running: FINAL ConfigError image img has a user that is not a number, so Kubernetes cannot tell that it is not root: write podSettings: {securityContext: {runAsUser: 1000}}, build the image with a numeric USER, or choose security: baseline"},
		{"root under runAsNonRoot", stepPod(waiting("CreateContainerConfigError", `container has runAsNonRoot and image will run as root (pod: "x", container: main)`)), "Running: FINAL ConfigError image img runs as root, which runAsNonRoot (security: restricted) forbids: write podSettings: {securityContext: {runAsUser: 1000}}, build the image with a numeric USER, or choose security: baseline"},
		{"cannot be created", stepPod(waiting("CreateContainerError", "no command specified")), "Running: GRACE ConfigError main cannot be created: no command specified"},
		{"cannot be run", stepPod(waiting("RunContainerError", "")), "Running: GRACE StartFailed main cannot be started: RunContainerError"},
		{"creation broken off", stepPod(waiting("CreateContainerError", "context deadline exceeded")), "Running: WAITING main is not created yet: context deadline exceeded"},
		{"creation after one that was broken off", stepPod(waiting("CreateContainerError", `failed to reserve container name "main_x_0": name "main_x_0" is reserved for "abc"`)), "Running: WAITING main is not created yet: failed to reserve container name \"main_x_0\": name \"main_x_0\" is reserved for \"abc\""},
		{"start broken off, and tried again", stepPod(waiting("RunContainerError", "failed to create containerd task: context canceled: unknown")), "Running: WAITING main is not started yet: failed to create containerd task: context canceled: unknown"},
		{"a command of that name", stepPod(waiting("RunContainerError", `exec: "context canceled": executable file not found in $PATH: unknown`)), "Running: GRACE StartFailed main cannot be started: exec: \"context canceled\": executable file not found in $PATH: unknown"},
		{"init container's image", stepPod(initState("prep", corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "m"}}), waiting("PodInitializing", "")), "Running: GRACE ImagePull image init-img of init container prep cannot be pulled: m"},
		{"no trouble while being deleted", stepPod(waiting("ImagePullBackOff", "m"), deleting), "Running: deleting"},
		{"node chosen, not bound", stepPod(phase(corev1.PodPending), noNode("node-7")), "Pending: WAITING node node-7 is chosen for it, but its volumes or devices are not there yet"},
		{"node chosen by preemption", stepPod(phase(corev1.PodPending), noNode("node-7"), cond(corev1.PodScheduled, corev1.ConditionFalse, "Unschedulable", "m")), "Pending: WAITING no node takes it: m"},
		{"node chosen once, another bound", stepPod(phase(corev1.PodPending), noNode("node-7"), func(p *corev1.Pod) { p.Spec.NodeName = "node-1" }), "Pending:"},
		{"scheduler's own error", stepPod(cond(corev1.PodScheduled, corev1.ConditionFalse, "SchedulerError", "")), "Running: WAITING SchedulerError"},

		// Before main.
		{"init container runs", stepPod(initState("fetch", runs), initializing), "Running: preparing WAITING fetch:begun init container fetch has run since 2030-03-17T17:46:41Z"},
		{"the second init container runs", stepPod(initState("a", tookOneSecond), initState("b", runs), initializing),
			"Running: preparing prepared=1s WAITING a:ended b:begun init container b has run since 2030-03-17T17:46:41Z"},
		{"init containers have ended", stepPod(initState("a", tookOneSecond), initState("b", tookOneSecond), initializing), "Running: prepared=2s a:ended b:ended"},
		{"main's image after the init containers", stepPod(initState("a", tookOneSecond), waiting("ErrImagePull", "no")), "Running: prepared=1s GRACE REFUSED ImagePull a:ended image img of main cannot be pulled: no"},
		{"main has started", stepPod(initState("a", tookOneSecond), state("main", runs)), "Running: started running prepared=1s a:ended"},
		{"native side container without its startup", stepPod(sideState("db", runs), initializing), "Running: WAITING db:begun side container db has run since 2030-03-17T17:46:41Z and its startup probe has not succeeded"},
		{"native side container is up", stepPod(sideState("db", runs, isStarted), initializing), "Running: db:begun"},
		{"native side container crashes", stepPod(sideState("db", crashLoop, lastExit(3)), initializing),
			"Running: WAITING (db Error: side container db ended with exit code 3) side container db ends again and again, with exit code 3 the last time: back-off 10s restarting failed container=db"},
		{"native side container has crashed", stepPod(sideState("db", tookOneSecond), initializing), "Running: WAITING db:begun side container db ended with exit code 0 and is started again"},
		{"native side container crashes beside main", stepPod(sideState("db", crashLoop), state("main", runs)), "Running: started running"},
		{"init container behind a native side container", stepPod(sideState("db", crashLoop), initState("fetch", runs), initializing),
			"Running: preparing WAITING fetch:begun init container fetch has run since 2030-03-17T17:46:41Z"},
		{"image of a native side container", stepPod(sideState("db", corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ErrImagePull", Message: "no"}}), initializing),
			"Running: GRACE REFUSED ImagePull image init-img of side container db cannot be pulled: no"},

		// Side containers.
		{"side runs on", stepPod(exit0, state("side", runs)), "Running: started finished sides SUCCEEDED exit=0 side:begun"},
		{"side never started", stepPod(exit0, state("side", corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}})), "Running: started finished sides SUCCEEDED exit=0"},
		{"side has no status", stepPod(exit0, func(p *corev1.Pod) { p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "side"}) }), "Running: started finished sides SUCCEEDED exit=0"},
		{"native sidecar is the kubelet's to stop", stepPod(exit0, initState("proxy", runs)), "Running: started finished SUCCEEDED exit=0 proxy:begun"},
		{"main runs, side has ended", stepPod(state("main", runs), state("side", corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}})), "Running: started running"},

		// Whose it is.
		{"another run's label", stepPod(func(p *corev1.Pod) { p.Labels[v1alpha1.LabelRunUID] = "other" }), "not ours"},
		{"another owner", stepPod(func(p *corev1.Pod) { p.OwnerReferences[0].UID = types.UID("other") }), "not ours"},
		{"no owner", stepPod(func(p *corev1.Pod) { p.OwnerReferences = nil }), "not ours"},
		{"no step", stepPod(func(p *corev1.Pod) { delete(p.Labels, v1alpha1.LabelStep) }), "not ours"},
		{"attempt 0", stepPod(func(p *corev1.Pod) { p.Labels[v1alpha1.LabelAttempt] = "0" }), "not ours"},
		{"attempt x", stepPod(func(p *corev1.Pod) { p.Labels[v1alpha1.LabelAttempt] = "x" }), "not ours"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := "not ours"
			if _, ours := Observe(tt.pod, uid); ours {
				got = line(t, tt.pod)
			}
			if got != tt.want {
				t.Errorf("\ngot  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestObserveIdentity(t *testing.T) {
	pod := stepPod(state("main", runs), cond(corev1.PodScheduled, corev1.ConditionTrue, "", ""), func(p *corev1.Pod) { p.Labels[v1alpha1.LabelAttempt] = "3" })
	got, _ := Observe(pod, uid)
	want := run.Pod{
		Step: "load", Attempt: 3, Name: "run-load-1-abcde", UID: "pod-uid", Node: "node-1",
		Created: at(0).Time, Scheduled: at(1).Time, Started: at(1).Time, Running: true,
	}
	if !got.Equal(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestMessageIsOneShortLine(t *testing.T) {
	got, _ := Observe(stepPod(waiting("ImagePullBackOff", "a\nb\t"+strings.Repeat("é", 1000))), uid)
	if strings.ContainsAny(got.Message, "\n\t") || len(got.Message) > maxMessage+3 || !strings.HasSuffix(got.Message, "é...") {
		t.Errorf("got %q", got.Message)
	}
}

func TestOutput(t *testing.T) {
	const written = "{\"a\": 1}\n"
	policy := corev1.TerminationMessageFallbackToLogsOnError
	for _, tt := range []struct {
		name       string
		pod        *corev1.Pod
		output     string
		containers int
	}{
		{"a success", stepPod(says(0, "Completed", written, policy)), written, 1},
		{"with others beside main", stepPod(says(0, "Completed", written, policy), state("side", runs), initState("init", runs), func(p *corev1.Pod) {
			p.Spec.EphemeralContainers = append(p.Spec.EphemeralContainers, corev1.EphemeralContainer{})
		}), written, 4},
		{"nothing written", stepPod(says(0, "Completed", "", policy), state("side", runs)), "", 0},
		{"a failure's message is its message", stepPod(says(1, "Error", written, policy)), "", 0},
		{"main runs", stepPod(state("main", runs)), "", 0},
		{"another container's", stepPod(ended(0, "Completed"), state("side", corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Message: written}})), "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := Observe(tt.pod, uid)
			if got.Output != tt.output || got.Containers != tt.containers {
				t.Errorf("got %q of %d containers", got.Output, got.Containers)
			}
		})
	}
}
