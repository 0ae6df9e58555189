package run

import "github.com/stepherd/stepherd/internal/api/v1alpha1"

// keeps reports whether the Pod of an attempt that ended so stays until the run is deleted.
func (p *Plan) keeps(phase v1alpha1.StepPhase) bool {
	switch p.keep {
	case v1alpha1.KeepFailed:
		return phase != v1alpha1.StepSucceeded
	case v1alpha1.KeepNone:
		return false
	default:
		return true
	}
}

// cleanUp asks once for the end of a Pod that is at its own end and is not to be kept. It is the proof of how
// the attempt ended, so that the record must have that first.
func (d *transition) cleanUp(i int) {
	a := d.latest(i)
	if a.cleanupAsked || a.lost || !a.end.known() || !a.pod.Terminal || a.pod.Deleting || a.pod.UID == "" || d.plan.keeps(a.end.phase) {
		return
	}
	d.updateAttempt(i, func(a *attempt) { a.cleanupAsked = true })
	d.do(cleanup(a.pod))
}

// cleanUpFormer does the same for the Pod of an attempt that others have followed, which a restarted driver finds.
func (d *transition) cleanUpFormer(i int, pod Pod) {
	k := pod.Attempt - 1
	a := &d.steps.at(i).attempts[k]
	if a.cleanupAsked || a.pod.Deleting || pod.Deleting || d.plan.keeps(a.end.phase) {
		return
	}
	d.update(i, func(st *step) {
		st.attempts = append([]attempt(nil), st.attempts...)
		st.attempts[k].cleanupAsked = true
	})
	d.do(cleanup(pod))
}

func cleanup(pod Pod) DeletePod {
	return DeletePod{Step: pod.Step, Attempt: pod.Attempt, Name: pod.Name, UID: pod.UID, AfterLogs: true, AfterRecord: true}
}
