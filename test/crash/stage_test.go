//go:build cluster

package crash

import (
	"context"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// stage is what the test's own watch has seen of one run, and how far the Pods' acts have come.
type stage struct {
	variant *variant

	mu   sync.Mutex
	news chan struct{} // closed, and made anew, when anything below changes
	// made are the UIDs of all Pods that ever were, by step and attempt.
	made map[string][]types.UID
	// memory are the limits of main, likewise.
	memory map[string]string
	marks  map[string]bool      // such as `a#1 runs`
	living map[types.UID]string // the Pods that exist
	busy   int                  // acts that go on and wait for no other
}

func newStage(v *variant) *stage {
	return &stage{
		variant: v, news: make(chan struct{}), made: map[string][]types.UID{}, memory: map[string]string{},
		marks: map[string]bool{}, living: map[types.UID]string{},
	}
}

// change lets f change the stage, and wakes who waits for something on it.
func (s *stage) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.news)
	s.news = make(chan struct{})
}

// await waits until holds, which is called under the lock; false if ctx ends first.
func (s *stage) await(ctx context.Context, holds func() bool) bool {
	for {
		s.mu.Lock()
		held, news := holds(), s.news
		s.mu.Unlock()
		if held {
			return true
		}
		select {
		case <-news:
		case <-ctx.Done():
			return false
		}
	}
}

// quiet waits until every act of a Pod that was seen has come as far as it can.
func (s *stage) quiet(ctx context.Context) bool {
	return s.await(ctx, func() bool { return s.busy == 0 })
}

func (s *stage) mark(pod, what string) {
	s.change(func() { s.marks[pod+" "+what] = true })
}

// enters notes a Pod, and reports whether it is a new one, whose act begins.
func (s *stage) enters(pod *corev1.Pod) bool {
	key, isNew := keyOf(pod), false
	s.change(func() {
		if _, known := s.living[pod.UID]; known {
			return
		}
		isNew = true
		s.living[pod.UID] = key
		s.made[key] = append(s.made[key], pod.UID)
		s.memory[key] = pod.Spec.Containers[0].Resources.Limits.Memory().String()
		s.busy++
	})
	return isNew
}

func (s *stage) leaves(pod *corev1.Pod) {
	s.change(func() { delete(s.living, pod.UID) })
}

// pauses lets an act wait for a mark; false if ctx ends first.
func (s *stage) pauses(ctx context.Context, mark string) bool {
	s.change(func() { s.busy-- })
	came := s.await(ctx, func() bool { return s.marks[mark] })
	s.change(func() { s.busy++ })
	return came
}

// keyOf is a Pod's step and attempt.
func keyOf(pod *corev1.Pod) string {
	return pod.Labels[v1alpha1.LabelStep] + "#" + pod.Labels[v1alpha1.LabelAttempt]
}
