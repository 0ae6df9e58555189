package main

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// tracker makes a trial's times of what the observer sees of its Pods. It has no clock: the observer's time comes with
// every sight.
type tracker struct {
	pipeline *v1alpha1.Pipeline
	steps    map[string]*stepTimes
	driver   corev1.PodPhase     // of the Job's Pod, the driver's or the floor's
	job      string              // name of the Job's Pod
	exist    map[string]struct{} // all Pods that are not gone
}

// stepTimes is what was seen of one step.
type stepTimes struct {
	created time.Time // its Pod was first seen
	ended   time.Time // main was first seen ended
	phase   corev1.PodPhase
	shape   corev1.PodSpec // for comparison
}

func newTracker(p *v1alpha1.Pipeline) *tracker {
	return &tracker{pipeline: p, steps: map[string]*stepTimes{}, exist: map[string]struct{}{}}
}

// see takes one event of the watch. An error means that the trial is worth nothing.
func (t *tracker) see(at time.Time, kind watch.EventType, pod *corev1.Pod) error {
	if kind == watch.Deleted {
		delete(t.exist, pod.Name)
		return nil
	}
	t.exist[pod.Name] = struct{}{}
	step := pod.Labels[v1alpha1.LabelStep]
	if step == "" {
		return t.seeDriver(pod)
	}
	if attempt := pod.Labels[v1alpha1.LabelAttempt]; attempt != "1" {
		return fmt.Errorf("step %s was tried again (attempt %s)", step, attempt)
	}
	s := t.steps[step]
	if s == nil {
		s = &stepTimes{created: at, shape: shapeOf(pod)}
		t.steps[step] = s
	}
	s.phase = pod.Status.Phase
	code, ended := mainEnded(pod)
	if ended && s.ended.IsZero() {
		s.ended = at
	}
	if code != 0 || s.phase == corev1.PodFailed {
		return fmt.Errorf("step %s failed (phase %s, exit code %d)", step, s.phase, code)
	}
	return nil
}

func (t *tracker) seeDriver(pod *corev1.Pod) error {
	if t.job != "" && t.job != pod.Name {
		return fmt.Errorf("pod %s was replaced by %s", t.job, pod.Name)
	}
	t.job, t.driver = pod.Name, pod.Status.Phase
	return nil
}

func mainEnded(pod *corev1.Pod) (code int32, ended bool) {
	for i := range pod.Status.ContainerStatuses {
		c := &pod.Status.ContainerStatuses[i]
		if c.Name == v1alpha1.MainContainer && c.State.Terminated != nil {
			return c.State.Terminated.ExitCode, true
		}
	}
	return 0, false
}

// finished reports whether nothing of the trial runs any more: neither the Job's Pod nor, by its phase, any step's.
func (t *tracker) finished() bool {
	if t.driver != corev1.PodSucceeded && t.driver != corev1.PodFailed {
		return false
	}
	for _, s := range t.steps {
		if s.phase != corev1.PodSucceeded {
			return false
		}
	}
	return true
}

// gone reports whether no Pod is left.
func (t *tracker) gone() bool { return len(t.exist) == 0 }

// times are the trial's, or an error when a step is missing.
func (t *tracker) times() (trial, error) {
	if t.driver != corev1.PodSucceeded {
		return trial{}, fmt.Errorf("pod %s ended in phase %s", t.job, t.driver)
	}
	var out trial
	var first, last time.Time
	for _, step := range t.pipeline.Steps {
		s := t.steps[step.Name]
		if s == nil || s.ended.IsZero() {
			return trial{}, fmt.Errorf("pod %s ended with success, but step %s did not run to its end", t.job, step.Name)
		}
		if first.IsZero() || s.created.Before(first) {
			first = s.created
		}
		if s.ended.After(last) {
			last = s.ended
		}
		out.podTimes = append(out.podTimes, s.ended.Sub(s.created).Seconds())
		if len(step.Needs) > 0 {
			out.handOvers = append(out.handOvers, s.created.Sub(t.lastEnd(step.Needs)).Seconds())
		}
	}
	out.makespan = last.Sub(first).Seconds()
	out.steps = len(t.pipeline.Steps)
	return out, nil
}

// lastEnd is when the last of the steps was seen ended.
func (t *tracker) lastEnd(steps []string) time.Time {
	var last time.Time
	for _, step := range steps {
		if s := t.steps[step]; s != nil && s.ended.After(last) {
			last = s.ended
		}
	}
	return last
}
