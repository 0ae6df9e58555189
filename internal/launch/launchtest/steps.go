package launchtest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Pod sets the first attempt of a step.
func (b *Bench) Pod(step string, phase v1alpha1.StepPhase) {
	a := v1alpha1.AttemptStatus{Number: 1, Pod: "pod-" + step, Phase: phase, CreatedAt: Now()}
	if phase != v1alpha1.StepPending {
		a.StartedAt = Now()
	}
	if phase.Ended() {
		a.FinishedAt = Now()
	}
	b.Cluster.Change(func() {
		steps := slices.DeleteFunc(slices.Clone(b.Cluster.StepPodsOf[UID]), func(s v1alpha1.StepStatus) bool { return s.Name == step })
		b.Cluster.StepPodsOf[UID] = append(steps, v1alpha1.StepStatus{Name: step, Attempts: []v1alpha1.AttemptStatus{a}})
	})
}

// Step sets all attempts of a step, as its Pods show them.
func (b *Bench) Step(name string, attempts ...v1alpha1.AttemptStatus) {
	b.Cluster.Change(func() {
		var kept []v1alpha1.StepStatus
		for _, s := range b.Cluster.StepPodsOf[UID] {
			if s.Name != name {
				kept = append(kept, s)
			}
		}
		b.Cluster.StepPodsOf[UID] = append(kept, v1alpha1.StepStatus{Name: name, Attempts: attempts})
	})
}

// Attempts sets the attempts of the one step that has Pods.
func (b *Bench) Attempts(step string, attempts ...v1alpha1.AttemptStatus) {
	b.Cluster.Change(func() {
		b.Cluster.StepPodsOf[UID] = []v1alpha1.StepStatus{{Name: step, Attempts: attempts}}
	})
}

// Recorded sets the steps of the record, besides the chain's a, b, c.
func (b *Bench) Recorded(steps ...v1alpha1.StepStatus) {
	b.Cluster.Change(func() {
		record := *b.Cluster.RecordOf[UID]
		record.Steps = steps
		b.Cluster.RecordOf[UID] = &record
	})
}

// Pending sets an attempt that has not started.
func (b *Bench) Pending(step string, change func(*v1alpha1.AttemptStatus)) {
	a := v1alpha1.AttemptStatus{Number: 1, Pod: "pod-" + step, Phase: v1alpha1.StepPending, CreatedAt: Now()}
	change(&a)
	b.Cluster.Change(func() {
		steps := slices.DeleteFunc(slices.Clone(b.Cluster.StepPodsOf[UID]), func(s v1alpha1.StepStatus) bool { return s.Name == step })
		b.Cluster.StepPodsOf[UID] = append(steps, v1alpha1.StepStatus{Name: step, Attempts: []v1alpha1.AttemptStatus{a}})
	})
}

// Says sets why an attempt waits, as its Pod's status has it.
func Says(reason v1alpha1.Reason, message string) func(*v1alpha1.AttemptStatus) {
	return func(a *v1alpha1.AttemptStatus) { a.Reason, a.Message = reason, message }
}

// OnNode is an attempt whose Pod has a node and says nothing.
func OnNode(a *v1alpha1.AttemptStatus) { a.ScheduledAt = Now() }

// Counting counts the questions for events.
type Counting struct {
	News
	delay time.Duration
	mu    sync.Mutex
	pods  map[string]int
}

// CountEvents has the questions for a Pod's events counted, and their answers come after a delay.
func (b *Bench) CountEvents(delay time.Duration) *Counting {
	c := &Counting{News: b.Cluster.News(), delay: delay, pods: map[string]int{}}
	b.News = c
	return c
}

// Asked is how often, by Pod.
func (c *Counting) Asked() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.pods)
}

// PodEvents counts, waits, and answers.
func (c *Counting) PodEvents(ctx context.Context, namespace, pod string) ([]corev1.Event, error) {
	c.mu.Lock()
	c.pods[pod]++
	c.mu.Unlock()
	<-time.After(c.delay)
	return c.News.PodEvents(ctx, namespace, pod)
}
