package run

import (
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// troubleOutcome says whether a Pod that does not get on has failed its step. The Pod itself still lives: it is
// deleted then, and holds its slot until it is gone.
func (d *txn) troubleOutcome(i int, a *attempt) outcome {
	if a.deleted || a.pod.Trouble != TroubleFinal && !passed(d.template(i).troubleEnds(a), d.now) {
		return outcome{}
	}
	o := failure(a.pod.Reason, a.pod.Message)
	o.transient = o.reason == v1alpha1.ReasonImagePull && a.pod.Pull == PullUnanswered
	return o
}

// troubleEnds is when the trouble will have lasted too long. Its grace counts from when it was first seen; another
// reason starts it again.
func (t *template) troubleEnds(a *attempt) time.Time {
	switch {
	case a.end.known() || a.deleted || a.pod.Trouble != TroubleGrace:
		return time.Time{}
	case a.pod.Reason == v1alpha1.ReasonImagePull:
		return a.troubled.Add(t.ImagePullGrace)
	}
	return a.troubled.Add(ConfigGrace)
}
