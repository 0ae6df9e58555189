package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

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
	if a.killAsked || look.Deleting {
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
