package v1alpha1

import (
	"slices"
	"time"
)

// SideContainers is about the regular containers beside main. Native side containers (init containers with restartPolicy Always)
// are ended by the kubelet.
type SideContainers struct {
	// Grace is how long they may go on after the end of main; then the Pod is deleted. 0s ends them with it.
	//
	// +default=10s
	// +example=5m
	Grace *Duration `json:"grace,omitempty"`
	// MustSucceed has the names of those that must end with exit code 0 within the grace for the step to succeed.
	//
	// +example=[upload]
	MustSucceed []string `json:"mustSucceed,omitempty"`
}

const defaultSideGrace = Duration(10 * time.Second)

// MergeSideContainers lays the step's over the pipeline's, field by field; a list that is written empty wins, too.
func MergeSideContainers(pipeline, step *SideContainers) *SideContainers {
	if pipeline == nil || step == nil {
		return firstSet(step, pipeline)
	}
	out := &SideContainers{Grace: firstSet(step.Grace, pipeline.Grace), MustSucceed: pipeline.MustSucceed}
	if step.MustSucceed != nil {
		out.MustSucceed = step.MustSucceed
	}
	return out
}

// MustSucceed are the side containers of effective settings that must succeed, sorted, each once.
func (s *Settings) MustSucceed() []string {
	if s.SideContainers == nil {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(s.SideContainers.MustSucceed)))
}

// defaultQuit are where the proxies of Istio and Linkerd listen for the wish that they should end.
var defaultQuit = []string{
	"http://127.0.0.1:15020/quitquitquit", // https://istio.io/latest/docs/reference/commands/pilot-agent/
	"http://127.0.0.1:4191/shutdown",      // https://linkerd.io/2/tasks/graceful-shutdown/
}

// Quits is quit with its default. The list must not be changed.
func (d *Driver) Quits() []string {
	if d.Quit == nil {
		return defaultQuit
	}
	return d.Quit
}
