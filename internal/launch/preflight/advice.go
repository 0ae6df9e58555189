package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/admission"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/podspec"
)

// adviceTries is how many refusals one after the other advice is found for: a quota and a LimitRange each name their own.
const adviceTries = 5

// advise finds out what to ask for so that the server takes the Pod, and tries it. It gives all that the server refuses on the
// way, and the lines to add; empty where they would not help.
func (t *dryRun) advise(ctx context.Context, x *dryRunPod, text string) (refusals []string, advice string) {
	refusals = []string{text}
	a := &amendment{t: t, x: x, pod: x.sent, others: map[string]corev1.ResourceRequirements{}}
	for range adviceTries {
		if !a.amend(text) {
			return refusals, ""
		}
		_, _, err := t.server.TryPod(ctx, a.pod)
		if client.IsQuota(err) && len(admission.NeverSaid(client.Message(err), nil)) > 0 {
			return append(refusals, said(err)), a.lines()
		}
		if err == nil || client.IsQuota(err) || client.IsExists(err) {
			return refusals, a.lines()
		}
		if !client.IsRefused(err) {
			return refusals, ""
		}
		text = said(err)
		refusals = append(refusals, text)
	}
	return refusals, ""
}

// amendment is what is to be written so that a Pod is taken.
type amendment struct {
	t   *dryRun
	x   *dryRunPod
	pod *corev1.Pod // as it would be then
	// resources are for the first container, which the pipeline's own `resources` are about; nil as long as nothing is.
	resources *v1alpha1.Resources
	// others are the amended containers of podSettings, in the order of names.
	names  []string
	others map[string]corev1.ResourceRequirements
}

// amend does what one refusal asks for, and reports whether that was anything.
func (a *amendment) amend(refusal string) bool {
	changed := false
	main := &a.pod.Spec.Containers[0]
	if after, ok := admission.Amend(refusal, main.Name, main.Resources); ok {
		a.resources = admission.Additions(a.x.sent.Spec.Containers[0].Resources, after, a.t.own(a.x))
		changed = true
	}
	for _, c := range containers(a.pod)[1:] {
		if after, ok := admission.Amend(refusal, c.Name, c.Resources); ok {
			if _, known := a.others[c.Name]; !known {
				a.names = append(a.names, c.Name)
			}
			a.others[c.Name] = after
			changed = true
		}
	}
	return changed && a.rebuild()
}

// rebuild makes the Pod of the amended pipeline.
func (a *amendment) rebuild() bool {
	pod := a.x.sent.DeepCopy()
	if a.resources != nil {
		var err error
		if pod, err = a.t.rebuilt(a.x, admission.With(a.t.own(a.x), a.resources)); err != nil {
			return false
		}
	}
	for _, c := range containers(pod) {
		if r, ok := a.others[c.Name]; ok {
			c.Resources = r
		}
	}
	a.pod = pod
	return true
}

// containers are those of a Pod, its first one first.
func containers(pod *corev1.Pod) []*corev1.Container {
	var all []*corev1.Container
	for _, list := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	return all
}

// lines are what to write into the pipeline.
func (a *amendment) lines() string {
	where, key := "; add to the pipeline or to the step: ", "settings"
	if a.x.isDriver() {
		where, key = "; add to the pipeline: ", "driver"
	}
	var parts []string
	if a.resources != nil {
		parts = append(parts, "resources: "+admission.YAML(a.resources))
	}
	if inPodSettings := a.podSettings(); inPodSettings != "" {
		parts = append(parts, inPodSettings)
	}
	return fmt.Sprintf("%s%s: {%s}", where, key, strings.Join(parts, ", "))
}

func (a *amendment) podSettings() string {
	lists := map[string][]string{}
	for _, name := range a.names {
		list := "containers"
		before := corev1.ResourceRequirements{}
		for i := range a.x.sent.Spec.InitContainers {
			if a.x.sent.Spec.InitContainers[i].Name == name {
				list = "initContainers"
			}
		}
		for _, c := range containers(a.x.sent) {
			if c.Name == name {
				before = c.Resources
			}
		}
		more := admission.LongForm(before, a.others[name])
		lists[list] = append(lists[list], fmt.Sprintf("{name: %s, resources: %s}", name, admission.YAML(more)))
	}
	var parts []string
	for _, list := range []string{"containers", "initContainers"} {
		if len(lists[list]) > 0 {
			parts = append(parts, fmt.Sprintf("%s: [%s]", list, strings.Join(lists[list], ", ")))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("podSettings: {%s}", strings.Join(parts, ", "))
}

// errNoStep cannot come to pass: the steps of a kind are those of the pipeline.
var errNoStep = errors.New("the pipeline has no such step")

// rebuilt returns a tried Pod as it would be if its own resources were these.
func (t *dryRun) rebuilt(x *dryRunPod, r *v1alpha1.Resources) (*corev1.Pod, error) {
	p := *t.pipeline
	if x.isDriver() {
		p.Driver.Resources = r
		job, err := t.remake(&p)
		if err != nil {
			return nil, err
		}
		return podspec.DriverPod(job, podspec.UnknownUID), nil
	}
	p.Steps, p.Finally = slices.Clone(p.Steps), slices.Clone(p.Finally)
	step, known := p.FindStep(x.steps[0])
	if !known {
		return nil, errNoStep
	}
	step.Settings.Resources = r
	return podspec.StepPod(&p, step.Name, podspec.Attempt{Number: 1}, podspec.Identity{Run: t.job.Name, RunUID: podspec.UnknownUID, Namespace: t.c.Namespace})
}

// own are the resources that the pipeline gives for a tried Pod itself: the driver's, or the step's.
func (t *dryRun) own(x *dryRunPod) *v1alpha1.Resources {
	if x.isDriver() {
		return t.pipeline.Driver.Resources
	}
	if step, known := t.pipeline.FindStep(x.steps[0]); known {
		return step.Settings.Resources
	}
	return nil
}
