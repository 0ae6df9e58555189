//go:build cluster

package crash

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
)

// check holds a run that is over to its invariants. It takes the run's Pods away in doing so: by the news of their going
// all other news of them must have come.
func (tr *trial) check(ctx context.Context, r *reference, v *victim) {
	record, err := tr.record(ctx)
	if err != nil {
		tr.problem("%v", err)
		return
	}
	pods, err := tr.pods(ctx)
	if err != nil {
		tr.problem("%v", err)
		return
	}
	tr.checkSteps(record, v)
	tr.checkLogs(begun(record), v)
	if r.record != nil {
		got := timeless(record, tr.id)
		if len(tr.lives) > 1 {
			closeLogs(got)
		}
		tr.checkRecord(got, *r.record, v)
	}
	for i := range pods {
		if phase := pods[i].Status.Phase; phase != corev1.PodSucceeded && phase != corev1.PodFailed {
			tr.problem("pod %s lives on", pods[i].Name)
		}
	}
	if tr.clear(ctx) {
		tr.checkMade(v)
		tr.checkDeleted(pods, v)
	}
}

// checkSteps holds the record to what the variant says.
func (tr *trial) checkSteps(record record.Record, v *victim) {
	if got := end(string(record.Head.Phase), record.Head.Reason); got != tr.variant.verdict {
		tr.problem("the verdict is %s, want %s", got, tr.variant.verdict)
	}
	for _, w := range tr.variant.steps {
		s := statusOf(record, w.step)
		successes := 0
		for _, a := range s.Attempts {
			if a.Phase == v1alpha1.StepSucceeded {
				successes++
			}
		}
		if v != nil && v.step == w.step && v.proof != recorded {
			continue // checkRecord knows what may be said of it
		}
		wanted := 0
		if w.end == string(v1alpha1.StepSucceeded) {
			wanted = 1
		}
		if got := end(string(s.Phase), s.Reason); got != w.end || len(s.Attempts) != w.attempts || successes != wanted {
			tr.problem("step %s: %s with %d attempts, %d of them successful; want %s, %d, %d",
				w.step, got, len(s.Attempts), successes, w.end, w.attempts, wanted)
		}
	}
}

// begun returns the attempts whose main has started according to the record.
func begun(r record.Record) []string {
	var all []string
	for _, s := range r.Steps {
		for _, a := range s.Attempts {
			if a.StartedAt != nil {
				all = append(all, prefixOf(s.Name, a.Number))
			}
		}
	}
	return all
}

func end(phase string, reason v1alpha1.Reason) string {
	if reason == "" {
		return phase
	}
	return phase + "/" + string(reason)
}

// checkRecord compares the record with that of an undisturbed run.
func (tr *trial) checkRecord(got, want record.Record, v *victim) {
	if v != nil && v.proof == lost {
		got.Head.Message = want.Head.Message // it counts the steps that succeeded
		if p := got.Head.Provisional; p != nil && want.Head.Provisional != nil {
			got.Head.Provisional = &record.Verdict{Phase: p.Phase, Reason: p.Reason, Message: want.Head.Provisional.Message}
		}
	}
	if text(got.Head) != text(want.Head) {
		tr.problem("the record's head is\n    %s, want\n    %s", text(got.Head), text(want.Head))
	}
	for i, w := range want.Steps {
		g := statusOf(got, w.Name)
		if text(g) == text(want.Steps[i]) {
			continue
		}
		cause := ""
		if v != nil && v.step == w.Name {
			err := v.excuses(g, w)
			if err == nil {
				continue
			}
			cause = fmt.Sprintf("its Pod was deleted, but %v; ", err)
		}
		tr.problem("step %s: %sthe record says\n    %s, want\n    %s", w.Name, cause, text(g), text(w))
	}
}

// checkMade counts all Pods that ever were.
func (tr *trial) checkMade(v *victim) {
	made := map[string]int{}
	for key, uids := range tr.stage.made {
		step, _, _ := strings.Cut(key, "#")
		made[step] += len(uids)
		if n := len(uids); n > 1+v.mayMake(step) {
			tr.problem("%s was created %d times", key, n)
		}
	}
	for _, w := range tr.variant.steps {
		if n := made[w.step]; n < w.attempts || n > w.attempts+v.mayMake(w.step) {
			tr.problem("step %s had %d Pods, want %d", w.step, n, w.attempts)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(tr.variant.memory)) {
		if got := tr.stage.memory[key]; got != tr.variant.memory[key] {
			tr.problem("%s had %s of memory, want %s", key, got, tr.variant.memory[key])
		}
	}
}

// checkDeleted holds that the drivers deleted what was to be cancelled and what was not to be kept, and nothing else.
func (tr *trial) checkDeleted(left []corev1.Pod, v *victim) {
	for key := range tr.stage.made {
		step, _, _ := strings.Cut(key, "#")
		there := slices.ContainsFunc(left, func(p corev1.Pod) bool { return keyOf(&p) == key })
		cancelled := slices.ContainsFunc(tr.variant.steps, func(w want) bool {
			return w.step == step && strings.HasPrefix(w.end, string(v1alpha1.StepCancelled))
		})
		switch {
		case v != nil && v.step == step: // deleted by us
		case tr.variant.unkept && len(tr.lives) > 1: // a driver that dies after the verdict leaves what it has not deleted
		case there == (cancelled || tr.variant.unkept):
			tr.problem("the Pod of %s is there: %v, want %v", key, there, !there)
		}
	}
}

// clear deletes the run's Pods, and waits for the news that all that were ever seen are gone.
func (tr *trial) clear(ctx context.Context) bool {
	none := int64(0)
	err := tr.client.CoreV1().Pods(tr.namespace).DeleteCollection(ctx, metav1.DeleteOptions{GracePeriodSeconds: &none}, tr.ours())
	if err != nil {
		tr.problem("delete the pods: %v", err)
		return false
	}
	if !tr.stage.await(ctx, func() bool { return len(tr.stage.living) == 0 }) {
		tr.problem("the news of the pods' deletion did not come")
		return false
	}
	return true
}

func (tr *trial) ours() metav1.ListOptions {
	return metav1.ListOptions{LabelSelector: v1alpha1.LabelRunUID + "=" + tr.id.RunUID}
}

func (tr *trial) pods(ctx context.Context) ([]corev1.Pod, error) {
	list, err := tr.client.CoreV1().Pods(tr.namespace).List(ctx, tr.ours())
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// record reads the record; there may be none yet.
func (tr *trial) record(ctx context.Context) (record.Record, error) {
	var r record.Record
	cm, err := tr.client.CoreV1().ConfigMaps(tr.namespace).Get(ctx, record.Name(tr.id.Run, 0), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if r.Head, err = record.DecodeHead([]byte(cm.Data[record.HeadKey])); err != nil {
		return r, err
	}
	if piece := cm.BinaryData[record.StepsKey]; piece != nil {
		if r.Steps, err = record.DecodePiece(piece); err != nil {
			return r, err
		}
	}
	return r, tr.readResults(ctx, r.Steps)
}

// readResults gives the steps their results, which are few enough for one piece.
func (tr *trial) readResults(ctx context.Context, steps []v1alpha1.StepStatus) error {
	cm, err := tr.client.CoreV1().ConfigMaps(tr.namespace).Get(ctx, record.ResultsName(tr.id.Run, 0), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	results, err := record.DecodeResults([]string{cm.Data[record.ResultsKey]})
	if err == nil {
		results.Fill(steps)
	}
	return err
}

// timeless is a record without its times and without what is a run's own: its holder, and the names of its Pods where they
// are what they should be.
func timeless(r record.Record, id podspec.Identity) record.Record {
	r.Head.Holder, r.Head.StartedAt, r.Head.FinishedAt, r.Head.CancelledAt, r.Head.FinallyStartedAt = "", nil, nil, nil, nil
	for i := range r.Steps {
		for k := range r.Steps[i].Attempts {
			a := &r.Steps[i].Attempts[k]
			a.Node, a.CreatedAt, a.ScheduledAt, a.StartedAt, a.FinishedAt = "", nil, nil, nil, nil
			if a.Pod == podspec.StepPodName(id, r.Steps[i].Name, a.Number) {
				a.Pod = "as it should be"
			}
		}
	}
	return r
}

// closeLogs forgets that logs were not printed to their ends: a driver that dies between the verdict and their ends leaves that
// in the record, which is not written any more.
func closeLogs(r record.Record) {
	for _, s := range r.Steps {
		for k := range s.Attempts {
			if log := s.Attempts[k].Log; log != nil {
				log.Open, log.At = false, nil
				if log.Tail == "" {
					s.Attempts[k].Log = nil
				}
			}
		}
	}
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
