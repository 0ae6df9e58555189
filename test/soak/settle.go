package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/rig"
)

// settle waits until nothing of a run lives and its Job has ended, judges it, and removes it.
func (h *herd) settle(ctx context.Context, o order, err error, r *result) {
	if ctx.Err() != nil {
		r.problems = append(r.problems, context.Cause(ctx).Error())
		return
	}
	r.troubled(err)
	ctx, cancel := context.WithTimeoutCause(ctx, settleLimit, fmt.Errorf("%s after its verdict", settleLimit))
	defer cancel()
	if err == nil {
		r.troubled(rig.Insist(ctx, func(ctx context.Context) error { return h.quiet(ctx, o) }))
	}
	h.examine(ctx, o, r)
	r.problems, r.forgotten = judgeAll(o.variant, r.seen, h.harms.snapshot())
	proof, _ := parseProof(r.proof) // the judge has told what is wrong with it
	h.fates.tell(r.run, proof)
	h.tellLost(o.name, r.run)
	for _, p := range r.problems {
		h.ledger.say("WRONG %s (%s): %s", o.name, o.variant.name, p)
	}
	if len(r.problems) > 0 {
		h.writeTrouble(context.WithoutCancel(ctx), *r)
	}
	if len(r.problems) == 0 || !h.keep {
		h.remove(ctx, o.name)
	}
}

func (s *seen) troubled(err error) {
	if err != nil {
		s.trouble = append(s.trouble, err.Error())
	}
}

// quiet holds that nothing of a run lives and that its Job says the same as its verdict.
func (h *herd) quiet(ctx context.Context, o order) error {
	end, err := h.cluster.jobEnd(ctx, o.name)
	if err != nil {
		return err
	}
	want := batchv1.JobFailed
	if o.variant.phase == v1alpha1.RunSucceeded {
		want = batchv1.JobComplete
	}
	if end != want {
		return fmt.Errorf("its Job's end is %q, want %q", end, want)
	}
	names, err := h.cluster.notEnded(ctx, o.name)
	if err == nil && len(names) > 0 {
		err = fmt.Errorf("it has Pods that have not ended: %s", strings.Join(names, ", "))
	}
	return err
}

// examine looks at a run for the second time, so that a story that changes shows.
func (h *herd) examine(ctx context.Context, o order, r *result) {
	if ctx.Err() != nil { // its Pods did not end: as it stands
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
	}
	now, err := h.look(ctx, o.name)
	if err == nil {
		r.run = now
	}
	r.troubled(err)
	r.proof, err = h.proofText(o.name)
	r.troubled(err)
}

// tellLost writes down how long steps of lost nodes took to run elsewhere.
func (h *herd) tellLost(name string, r v1alpha1.Run) {
	h.mu.Lock()
	driverLost := h.cutOff[name]
	h.mu.Unlock()
	what := stepsOfNode
	if driverLost {
		what = drivenOfNode
	}
	for _, s := range lostSteps(r, h.harms.snapshot()) {
		h.ledger.does(what, fmt.Sprintf("%s of %s on %s", s.step, name, s.node))("each ran again", s.after)
	}
}

// remove deletes a run: 1000 ended Pods would be a burden for two kubelets.
func (h *herd) remove(ctx context.Context, run string) {
	err := rig.Insist(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, askLimit)
		defer cancel()
		got, err := h.launcher.Do(ctx, "", "delete", run)
		if err == nil && got.Code != 0 {
			err = fmt.Errorf("exit code %d: %s", got.Code, got.Text())
		}
		return err
	})
	if err != nil {
		h.ledger.say("launcher delete %s: %v", run, err)
	}
}
