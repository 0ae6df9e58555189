package main

import (
	"math"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// sight is an event of the watch at a number of seconds.
type sight struct {
	at   float64
	kind watch.EventType
	pod  *corev1.Pod
}

// pod is a step's Pod; code below 0 means that main has not ended.
func pod(step string, phase corev1.PodPhase, code int32) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name:   "run-" + step,
			Labels: map[string]string{v1alpha1.LabelStep: step, v1alpha1.LabelAttempt: "1"},
		},
		Spec:   corev1.PodSpec{Containers: []corev1.Container{{Name: v1alpha1.MainContainer}}},
		Status: corev1.PodStatus{Phase: phase},
	}
	if code >= 0 {
		p.Status.ContainerStatuses = []corev1.ContainerStatus{
			{Name: "side", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 9}}},
			{Name: v1alpha1.MainContainer, State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code}}},
		}
	}
	return p
}

func jobPod(phase corev1.PodPhase) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "run-x1"}, Status: corev1.PodStatus{Phase: phase}}
}

var pair = &v1alpha1.Pipeline{Steps: []v1alpha1.Step{{Name: "a"}, {Name: "b", Needs: []string{"a"}}}}

// good is a whole trial: the driver starts, a, b, all at their phases, the driver ends.
func good() []sight {
	return []sight{
		{0, watch.Added, jobPod(corev1.PodRunning)},
		{10, watch.Added, pod("a", corev1.PodPending, -1)},
		{11, watch.Modified, pod("a", corev1.PodRunning, 0)},
		{11.25, watch.Added, pod("b", corev1.PodPending, -1)},
		{12, watch.Modified, pod("a", corev1.PodSucceeded, 0)},
		{13, watch.Modified, pod("b", corev1.PodRunning, 0)},
		{14, watch.Modified, jobPod(corev1.PodSucceeded)},
		{15, watch.Modified, pod("b", corev1.PodSucceeded, 0)},
	}
}

func feed(t *testing.T, seen *tracker, sights []sight) error {
	t.Helper()
	epoch := time.Unix(1_000_000, 0)
	for i, s := range sights {
		if seen.finished() {
			t.Errorf("finished before sight %d", i)
		}
		if err := seen.see(epoch.Add(time.Duration(s.at*float64(time.Second))), s.kind, s.pod); err != nil {
			return err
		}
	}
	return nil
}

func TestTrackerTimes(t *testing.T) {
	seen := newTracker(pair)
	if err := feed(t, seen, good()); err != nil {
		t.Fatal(err)
	}
	if !seen.finished() {
		t.Fatal("not finished after everything ended")
	}
	got, err := seen.times()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name      string
		got, want float64
	}{
		{"makespan (first Pod seen to last main seen ended, not to a phase)", got.makespan, 3},
		{"hand-over", got.handOvers[0], 0.25},
		{"first Pod", got.podTimes[0], 1},
		{"second Pod", got.podTimes[1], 1.75},
	} {
		if math.Abs(tt.got-tt.want) > 1e-9 {
			t.Errorf("%s: got %g, want %g", tt.name, tt.got, tt.want)
		}
	}
	if got.steps != 2 || len(got.handOvers) != 1 || len(got.podTimes) != 2 {
		t.Errorf("got %d steps, %d hand-overs, %d Pods, want 2, 1, 2", got.steps, len(got.handOvers), len(got.podTimes))
	}
}

func TestTrackerGone(t *testing.T) {
	seen := newTracker(pair)
	if err := feed(t, seen, good()); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*corev1.Pod{pod("b", corev1.PodSucceeded, 0), jobPod(corev1.PodSucceeded), pod("a", corev1.PodSucceeded, 0)} {
		if seen.gone() {
			t.Errorf("gone before %s was deleted", p.Name)
		}
		if err := seen.see(time.Unix(2_000_000, 0), watch.Deleted, p); err != nil {
			t.Fatal(err)
		}
	}
	if !seen.gone() {
		t.Error("not gone after all were deleted")
	}
}

func TestTrackerRefusesATrialThatWentWrong(t *testing.T) {
	again := pod("a", corev1.PodPending, -1)
	again.Labels[v1alpha1.LabelAttempt] = "2"
	other := jobPod(corev1.PodRunning)
	other.Name = "run-x2"
	tests := []struct {
		name string
		last []sight // after the start of the driver
		want string
	}{
		{"main failed", []sight{{1, watch.Added, pod("a", corev1.PodRunning, 3)}}, "step a failed (phase Running, exit code 3)"},
		{"the Pod failed, main did not", []sight{{1, watch.Added, pod("a", corev1.PodFailed, 0)}}, "step a failed (phase Failed, exit code 0)"},
		{"a second attempt", []sight{{1, watch.Added, again}}, "step a was tried again (attempt 2)"},
		{"a second driver", []sight{{1, watch.Added, other}}, "pod run-x1 was replaced by run-x2"},
		{"the driver failed", []sight{{1, watch.Modified, jobPod(corev1.PodFailed)}}, "pod run-x1 ended in phase Failed"},
		{
			"a step is missing",
			[]sight{{1, watch.Added, pod("a", corev1.PodSucceeded, 0)}, {2, watch.Modified, jobPod(corev1.PodSucceeded)}},
			"step b did not run to its end",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seen := newTracker(pair)
			err := feed(t, seen, append([]sight{{0, watch.Added, jobPod(corev1.PodRunning)}}, tt.last...))
			if err == nil {
				_, err = seen.times()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}
