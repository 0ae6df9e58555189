package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// sidesEnd is when side containers that still run after main's end will have had their time. Kubernetes would leave
// such a Pod, and what it holds, running for ever. An end that is unclear settles first: the deletion would become its reason.
func (t *template) sidesEnd(a *attempt) time.Time {
	if a.deleted || a.pod.End == EndNone || len(a.pod.SidesRunning) == 0 {
		return time.Time{}
	}
	end := a.mainEnded.Add(t.SideGrace)
	if settles := a.settles(); settles.After(end) {
		return settles
	}
	return end
}

// awaited is the outcome of an attempt whose main has ended with 0 and whose success waits for side containers; zero while
// they have time.
func (d *txn) awaited(i int, a *attempt) outcome {
	switch {
	case a.lost, a.stage != released && a.pod.NodeSilent && passed(d.template(i).sidesEnd(a), d.now):
		return nodeLost(a.pod)
	case a.stage == released:
		return vanished(a.pod)
	case !passed(d.template(i).sidesEnd(a), d.now):
		return outcome{}
	}
	return failure(v1alpha1.ReasonTimeout, fmt.Sprintf("main ended with exit code 0, but %s had not ended %s later (sideContainers.grace)",
		sidesNamed(a.pod.Awaited), v1alpha1.Duration(d.template(i).SideGrace)))
}

// AwaitsSides is how a Pod gets on whose main has ended with 0 and whose success waits for side containers.
func AwaitsSides(p Pod) string { return "main has ended; waiting for " + sidesNamed(p.Awaited) }

func sidesNamed(names []string) string {
	if len(names) == 1 {
		return "side container " + names[0]
	}
	return "side containers " + strings.Join(names, ", ")
}

// learnEnds notes what is told of containers. The first that was told of one stands. What comes after the Pod's deletion was
// asked for is the answer to that.
func (a *attempt) learnEnds(look Pod) {
	if a.deleted || look.Deleting {
		return
	}
	for _, end := range look.Ends {
		a.tell(end)
	}
}

// cutOff notes the side containers that are ended with the Pod because their time is over.
func (a *attempt) cutOff(grace time.Duration) {
	for _, name := range a.pod.SidesRunning {
		a.tell(v1alpha1.ContainerEnd{
			Name: name, Reason: v1alpha1.ReasonTimeout,
			Message: fmt.Sprintf("side container %s had not ended %s after main, and was ended with its Pod (sideContainers.grace)", name, v1alpha1.Duration(grace)),
		})
	}
}

func (a *attempt) tell(end v1alpha1.ContainerEnd) {
	if !slices.ContainsFunc(a.told, func(t v1alpha1.ContainerEnd) bool { return t.Name == end.Name }) {
		a.told = append(slices.Clip(a.told), end)
	}
}
