//go:build cluster

package crash

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
)

// patience is how long a run may take: many times what the slowest needs among fifteen others.
const patience = time.Minute

// trial is one run, with all its drivers.
type trial struct {
	*world
	variant  *variant
	pipeline *v1alpha1.Pipeline
	id       podspec.Identity
	plan     string // as a driver finds it in its Job
	stage    *stage
	lives    []*life
	raced    bool // two drivers worked at once
	problems []string
}

// try makes a run, lets script run its drivers, holds the run to what it should have come to, and removes it. It says
// what script said.
func (w *world) try(t *testing.T, r *reference, what string, script func(context.Context, *trial) (string, *victim)) string {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tr, err := w.newTrial(ctx, r)
	if err != nil {
		t.Errorf("%s %s: %v", r.variant.name, what, err)
		return ""
	}
	said, struck := script(ctx, tr)
	if len(tr.problems) == 0 { // else the rest follows from the first
		tr.check(ctx, r, struck)
	}
	tr.remove(ctx)
	if len(tr.problems) > 0 {
		t.Errorf("%s %s (run %s):\n- %s\n%s", r.variant.name, what, tr.id.Run, strings.Join(tr.problems, "\n- "), tr.story())
	}
	return said
}

func (w *world) newTrial(ctx context.Context, r *reference) (*trial, error) {
	tr := &trial{world: w, variant: r.variant, pipeline: r.pipeline, stage: newStage(r.variant)}
	job, err := podspec.DriverJob(r.pipeline, podspec.JobOptions{
		Run: w.name(r.variant), Namespace: w.namespace, DriverImage: "example.com/driver:none",
	})
	if err != nil {
		return nil, err
	}
	suspend := true // the drivers are ours to start
	job.Spec.Suspend = &suspend
	job, err = w.client.BatchV1().Jobs(w.namespace).Create(ctx, job, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	tr.id = podspec.Identity{Run: job.Name, RunUID: string(job.UID), Namespace: job.Namespace}
	tr.plan = planOf(job)
	w.enact(tr.id.RunUID, tr.stage)
	return tr, nil
}

func planOf(job *batchv1.Job) string { return job.Spec.Template.Annotations[v1alpha1.AnnotationPlan] }

// start starts a driver of the run, and the first of them the watch for the moment of the cancel.
func (tr *trial) start(ctx context.Context, f fate, at int) *life {
	if len(tr.lives) == 0 && len(tr.variant.cancelOn) > 0 {
		tr.player.acts.Go(func() { tr.cancelInTime(ctx) })
	}
	l, err := tr.world.start(tr.id, tr.plan, f, at)
	if err != nil {
		tr.problem("start a driver: %v", err)
		l = &life{mortal: newMortal(f, at), ended: make(chan struct{})}
		close(l.ended)
	}
	tr.lives = append(tr.lives, l)
	return l
}

// cancelInTime puts the cancel mark on the Job as soon as the Pods stand as the variant wants it, driver or none.
func (tr *trial) cancelInTime(ctx context.Context) {
	all := func() bool {
		for _, mark := range tr.variant.cancelOn {
			if !tr.stage.marks[mark] {
				return false
			}
		}
		return true
	}
	if !tr.stage.await(ctx, all) {
		return
	}
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.AnnotationCancel, time.Now().UTC().Format(time.RFC3339))
	_, err := tr.client.BatchV1().Jobs(tr.namespace).Patch(ctx, tr.id.Run, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil && ctx.Err() == nil {
		tr.player.fail(err)
	}
}

// ends waits for a driver's end, and wants one of the exit codes of it unless it died.
func (tr *trial) ends(ctx context.Context, l *life, codes ...int) {
	if !l.wait(ctx) {
		tr.problem("driver %d did not end within %s", len(tr.lives), patience)
		return
	}
	if l.dead() {
		return
	}
	for _, code := range codes {
		if l.code == code {
			return
		}
	}
	tr.problem("a driver's exit code is %d, want %v", l.code, codes)
}

func (tr *trial) problem(format string, args ...any) {
	tr.problems = append(tr.problems, fmt.Sprintf(format, args...))
}

// stories is how many runs that went wrong are told in full.
const stories = 3

// story is what the drivers said, for the first runs that went wrong.
func (tr *trial) story() string {
	var b strings.Builder
	if tr.told.Add(1) > stories {
		return ""
	}
	for i, l := range tr.lives {
		fmt.Fprintf(&b, "driver %d, %d calls", i+1, l.calls.Load())
		if l.dead() {
			fmt.Fprintf(&b, ", %s its call %d, %s", l.fate, l.at, l.call)
		}
		fmt.Fprintf(&b, ":\n%s", &l.transcript)
	}
	return b.String()
}

// remove removes the run: its Pods were seen to go by check, or go with it.
func (tr *trial) remove(ctx context.Context) {
	background := metav1.DeletePropagationBackground
	err := tr.client.BatchV1().Jobs(tr.namespace).Delete(ctx, tr.id.Run, metav1.DeleteOptions{PropagationPolicy: &background})
	if err != nil && ctx.Err() == nil {
		tr.problem("remove the run: %v", err)
	}
	tr.enact(tr.id.RunUID, nil)
}
