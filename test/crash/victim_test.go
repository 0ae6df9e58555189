//go:build cluster

package crash

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// proof is what is left of a step's success when its Pod is gone.
type proof int

const (
	// recorded: the record has it.
	recorded proof = iota
	// proven: a Pod of a step that needs it exists, or did as the record knows.
	proven
	// lost: neither. It is the one window that there is (docs/RELIABILITY.md): the step may run once more.
	lost
)

func (p proof) String() string { return [...]string{"recorded", "proven", "lost"}[p] }

// victim is a step whose Pod succeeded and was deleted while no driver lived.
type victim struct {
	step  string
	proof proof
}

// strike deletes a Pod that has succeeded, another for each k; nil if there is none. No driver may live.
func (tr *trial) strike(ctx context.Context, k int) *victim {
	if !tr.stage.quiet(ctx) {
		return nil
	}
	record, err := tr.record(ctx)
	if err != nil {
		tr.problem("%v", err)
		return nil
	}
	pods, err := tr.pods(ctx)
	if err != nil {
		tr.problem("%v", err)
		return nil
	}
	type candidate struct {
		victim
		pod *corev1.Pod
	}
	var all []candidate
	for i := range pods {
		step := pods[i].Labels[v1alpha1.LabelStep]
		p := tr.proofOf(step, record, pods)
		if pods[i].Status.Phase == corev1.PodSucceeded && !(p == lost && slices.Contains(tr.variant.spent, step)) {
			all = append(all, candidate{victim{step, p}, &pods[i]})
		}
	}
	if len(all) == 0 {
		return nil
	}
	v, pod := &all[k%len(all)].victim, all[k%len(all)].pod
	none := int64(0)
	err = tr.client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{
		GracePeriodSeconds: &none, Preconditions: &metav1.Preconditions{UID: &pod.UID},
	})
	if err != nil {
		tr.problem("delete a finished pod: %v", err)
		return nil
	}
	return v
}

// proofOf returns what proves a step's success beside its own Pod.
func (tr *trial) proofOf(step string, record record.Record, pods []corev1.Pod) proof {
	if statusOf(record, step).Phase == v1alpha1.StepSucceeded {
		return recorded
	}
	for _, s := range tr.pipeline.EachStep() {
		if !slices.Contains(s.Needs, step) {
			continue
		}
		known := len(statusOf(record, s.Name).Attempts) > 0
		exists := slices.ContainsFunc(pods, func(p corev1.Pod) bool { return p.Labels[v1alpha1.LabelStep] == s.Name })
		if known || exists {
			return proven
		}
	}
	return lost
}

func statusOf(r record.Record, step string) v1alpha1.StepStatus {
	for _, s := range r.Steps {
		if s.Name == step {
			return s
		}
	}
	return v1alpha1.StepStatus{}
}

// excuses returns an error unless the record may have got for the victim where the undisturbed run's has want.
func (v *victim) excuses(got, want v1alpha1.StepStatus) error {
	switch {
	case v.proof == recorded:
		return fmt.Errorf("the record had its success")
	case v.proof == lost:
		// It ran once more, or the run had come to its end by then and it did not. What the record says of it depends on
		// how much of it the dead driver had written.
		return nil
	case got.Phase != v1alpha1.StepSucceeded || !strings.HasPrefix(got.Message, "its end was not seen; the Pod of step "):
		return fmt.Errorf("a Pod of a step that needs it proved its success")
	}
	for k, a := range got.Attempts {
		if k >= len(want.Attempts) || a.Number != want.Attempts[k].Number || a.Phase != want.Attempts[k].Phase {
			return fmt.Errorf("its attempts are not those that it had")
		}
	}
	return nil
}

// mayMake is how many Pods more than in an undisturbed run the step may have had.
func (v *victim) mayMake(step string) int {
	if v != nil && v.step == step && v.proof == lost {
		return 1
	}
	return 0
}
