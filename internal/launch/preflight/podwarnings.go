package preflight

import (
	"fmt"
	"strings"

	"github.com/stepherd/stepherd/internal/launch/admission"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/phrase"
	"github.com/stepherd/stepherd/internal/podspec"
)

// warn reports the server's warnings about the Pods that it accepts, and what it removes from them or adds to them; the same of many
// Pods once.
func (t *dryRun) warn() {
	var texts []string
	of := map[string][]*dryRunPod{}
	for _, x := range t.pods {
		for _, text := range t.warnings(x) {
			if of[text] == nil {
				texts = append(texts, text)
			}
			of[text] = append(of[text], x)
		}
	}
	for _, text := range texts {
		t.c.Warning(whose(of[text]), text)
	}
}

func (t *dryRun) warnings(x *dryRunPod) []string {
	var texts []string
	told := map[string]bool{}
	for _, text := range x.warnings {
		if text = phrase.OneLine(text); !told[text] {
			told[text] = true
			texts = append(texts, text)
		}
	}
	if x.answer == nil {
		return texts
	}
	if x.isDriver() {
		texts = append(texts, injected(x)...)
	}
	dropped, err := admission.Dropped(x.sent, x.answer)
	if err == nil && len(dropped) > 0 {
		texts = append(texts, fmt.Sprintf("the cluster leaves %s out of its Pod without a word: this server does not know it, or has it switched off", strings.Join(dropped, ", ")))
	}
	return texts
}

// injected names the containers that the cluster adds to the driver's Pod and whose end the run's Job waits for, with the line
// that keeps them out.
func injected(x *dryRunPod) []string {
	var texts []string
	for _, c := range podspec.InjectedContainers(x.sent, x.answer) {
		if !c.Holds {
			continue
		}
		text := fmt.Sprintf("the cluster adds container %q", c.Name)
		if c.By != "" {
			text += " (" + c.By + ")"
		}
		text += " to its Pod, and the run's Job does not end before that container has"
		switch {
		case c.OptOut != "":
			text += "; to keep it out, add to the pipeline: " + c.OptOut
		case c.By != "":
			text += "; the Pod opts out already, so ask whoever runs " + c.By + " there"
		default:
			text += "; ask whoever runs the cluster's webhooks by which label or annotation a Pod is left out, and set it under driver"
		}
		texts = append(texts, text)
	}
	return texts
}

// whose is `the driver`, `step "a" and 3 others`, or both.
func whose(pods []*dryRunPod) string {
	var driver bool
	var steps []string
	for _, x := range pods {
		driver = driver || x.isDriver()
		steps = append(steps, x.steps...)
	}
	switch {
	case !driver:
		return status.StepList(steps)
	case len(steps) == 0:
		return "the driver"
	}
	return "the driver, " + status.StepList(steps)
}
