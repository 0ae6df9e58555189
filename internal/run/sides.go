package run

import "time"

// sidesEnd is when side containers that still run after main's end will have had their time. Kubernetes would leave
// such a Pod, and what it holds, running for ever.
func (a *attempt) sidesEnd() time.Time {
	if a.deleted || a.pod.End == EndNone || !a.pod.SidesRunning {
		return time.Time{}
	}
	return a.mainEnded.Add(SideGrace)
}
