package follow

import (
	"context"
	"regexp"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/status"
)

const (
	// dueTold is how long a step must have been due before the record is asked why it has no Pod: the driver writes a
	// refusal down within a second, and tries again after one.
	dueTold = 2 * time.Second
	// dueEvery is how often the record is read then; perStep is what each step of the pipeline adds, so that a record of
	// megabytes is not read every two seconds.
	dueEvery   = 2 * time.Second
	duePerStep = 3 * time.Millisecond
)

// unscheduled find steps that have no Pod because the cluster refuses it, for a full quota mostly. Nothing but the record
// tells of them. It is read only while the Pods leave open why a step that could run does not.
type unscheduled struct {
	plan *v1alpha1.Pipeline // nil if this build cannot read it: then nothing is told
	// pods are the attempts that were seen; settled are steps that have ended by what the record said last, true for
	// those that succeeded.
	pods    map[status.AttemptKey]v1alpha1.StepPhase
	settled map[string]bool

	since  time.Time // a step is due; zero while none is
	askAt  time.Time
	asking bool // a reading is under way
}

func newUnscheduled(job *batchv1.Job) unscheduled {
	return unscheduled{plan: status.Plan(job), pods: map[status.AttemptKey]v1alpha1.StepPhase{}, settled: map[string]bool{}}
}

// saw records an attempt as it is now. One that is gone before its end has to be made again.
func (r *unscheduled) saw(key status.AttemptKey, phase v1alpha1.StepPhase, gone bool) {
	if gone && !phase.Ended() {
		delete(r.pods, key)
		return
	}
	r.pods[key] = phase
}

// isDue reports whether a step could run, as far as the Pods and the record that was read last show, and has no Pod.
func (r *unscheduled) isDue() bool {
	if r.plan == nil {
		return false
	}
	live, succeeded := map[string]bool{}, map[string]bool{}
	for key, phase := range r.pods {
		live[key.Step] = live[key.Step] || !phase.Ended()
		succeeded[key.Step] = succeeded[key.Step] || phase == v1alpha1.StepSucceeded
	}
	for step, well := range r.settled {
		succeeded[step] = succeeded[step] || well
	}
	busy := int32(0)
	for _, is := range live {
		if is {
			busy++
		}
	}
	if most := r.plan.Parallelism; most > 0 && busy >= most {
		return false
	}
	for i := range r.plan.Steps {
		s := &r.plan.Steps[i]
		if _, settled := r.settled[s.Name]; !settled && !live[s.Name] && !succeeded[s.Name] && allIn(s.Needs, succeeded) {
			return true
		}
	}
	return false
}

func allIn(names []string, set map[string]bool) bool {
	for _, n := range names {
		if !set[n] {
			return false
		}
	}
	return true
}

// lookForRefusals reads the record when a step has been due for a while.
func (w *pendingSteps) lookForRefusals(ctx context.Context, l *Loop) {
	r, now := &w.refused, w.client.Now()
	switch {
	case !r.isDue():
		r.since = time.Time{}
		return
	case r.since.IsZero():
		r.since, r.askAt = now, now.Add(dueTold)
	}
	if !l.working || r.asking || now.Before(r.askAt) {
		return
	}
	r.asking = true
	uid := string(l.job.UID)
	l.Start(func() {
		record, err := w.reader.Runs.Record(ctx, w.client.Namespace, l.name, uid)
		l.Post(ctx, func(ctx context.Context) {
			r.asking, r.askAt = false, w.client.Now().Add(dueEvery+l.RecordPause())
			if err == nil && record != nil && !l.ended {
				w.recorded(record.Steps)
				w.tell()
				if l.observer != nil {
					l.observer.Recorded(ctx, l, record.Steps)
				}
			}
		})
	})
}

// RecordPause is how much longer than a moment a pause between two readings of the record lasts, for the size of it.
func (l *Loop) RecordPause() time.Duration {
	if plan := l.pending.refused.plan; plan != nil {
		return time.Duration(len(plan.Steps)) * duePerStep
	}
	return 0
}

// recorded compares with the steps in the record.
func (w *pendingSteps) recorded(steps []v1alpha1.StepStatus) {
	clear(w.refused.settled)
	refused := map[status.AttemptKey]bool{}
	for i := range steps {
		s := &steps[i]
		if s.Phase.Ended() {
			w.refused.settled[s.Name] = s.Phase == v1alpha1.StepSucceeded
		}
		key := status.AttemptKey{Step: s.Name, Number: len(s.Attempts) + 1}
		_, hasPod := w.refused.pods[key]
		if isRefusal(s) && !hasPod && (w.only == "" || w.only == s.Name) {
			refused[key] = true
			w.isRefused(key, s.Message)
		}
	}
	for key, x := range w.steps {
		if x.pod == "" && !refused[key] {
			delete(w.steps, key)
		}
	}
}

// isRefusal: a step that waits for its needs has no message, and one that waits for its next attempt has the reason of the last failure.
func isRefusal(s *v1alpha1.StepStatus) bool {
	return s.Phase == v1alpha1.StepWaiting && s.Reason == "" && s.Message != ""
}

// isRefused sets why an attempt has no Pod. How much of a quota is used differs at every try and is no news.
func (w *pendingSteps) isRefused(key status.AttemptKey, message string) {
	x := w.steps[key]
	if x == nil {
		x = w.add(key, "")
	}
	text := ownPod.ReplaceAllString(message, "its Pod cannot be created: ")
	if quotaUsed.ReplaceAllString(text, "") != quotaUsed.ReplaceAllString(x.text, "") {
		x.learn(text, w.client.Now(), true, false)
	}
}

var (
	// ownPod is the beginning of a refusal, which names the Pod twice; all others with the same reason are told with it.
	ownPod    = regexp.MustCompile(`^create pod \S+: (pods "[^"]*" is forbidden: )?`)
	quotaUsed = regexp.MustCompile(`, used: .*?, limited: `)
)
