package podspec

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Deadlines are the cluster's own, for when no driver is alive to keep the timeouts: they leave a driver that is alive the
// time to be first.
const (
	// stepBackstop ends a step Pod that no driver looks after any more, if a phase of its life has no bound.
	stepBackstop = 7 * 24 * time.Hour
	// afterStepTimeout is what a step Pod has beyond its timeouts and its grace.
	afterStepTimeout = time.Minute
	// afterRunTimeout is what a driver has beyond the run's timeout and the grace of the step Pods that it then deletes.
	afterRunTimeout = 5 * time.Minute
	// defaultGraceSeconds is Kubernetes' default of terminationGracePeriodSeconds.
	defaultGraceSeconds = 30
	// usualSideGrace is what side containers have by default.
	usualSideGrace = 10 * time.Second
	// maxGraceSeconds bounds what a grace adds to a deadline: 365 days, as long as any timeout may be.
	maxGraceSeconds = 365 * 24 * 60 * 60
)

// stepDeadline is a step Pod's activeDeadlineSeconds. It counts from when the Pod came to its node, so that the wait for a
// node is not in it; every phase that may follow is: what Kubernetes does there, init containers, main, and the grace in which
// containers end. A phase without a bound leaves the backstop alone.
func stepDeadline(policy v1alpha1.Policy, spec *corev1.PodSpec) int64 {
	if policy.Timeout == 0 || policy.InitTimeout == 0 && runsInit(spec) {
		return seconds(stepBackstop)
	}
	return seconds(policy.StartTimeout+policy.InitTimeout+policy.Timeout+afterStepTimeout+longSides(policy)) + graceOf(spec)
}

// runsInit reports whether a Pod has init containers that run to their end before main starts. Native side containers do not,
// and startTimeout is theirs, too.
func runsInit(spec *corev1.PodSpec) bool {
	return slices.ContainsFunc(spec.InitContainers, func(c corev1.Container) bool {
		return c.RestartPolicy == nil || *c.RestartPolicy != corev1.ContainerRestartPolicyAlways
	})
}

// graceOf is what a Pod's termination grace adds to its deadline, in seconds.
func graceOf(spec *corev1.PodSpec) int64 {
	if spec.TerminationGracePeriodSeconds == nil {
		return defaultGraceSeconds
	}
	return min(max(*spec.TerminationGracePeriodSeconds, 0), maxGraceSeconds)
}

// longSides is what side containers have after main's end beyond what afterStepTimeout and afterRunTimeout allow them.
func longSides(policy v1alpha1.Policy) time.Duration { return max(0, policy.SideGrace-usualSideGrace) }

// runDeadline is the Job's activeDeadlineSeconds; nil for a run without timeout. It errs when podSettings do not merge. Steps under
// finally begin when the Pods that the run's timeout ends are gone, and their own Pods have a grace after finallyTimeout.
func runDeadline(p *v1alpha1.Pipeline) (*int64, error) {
	if p.Timeout == nil {
		return nil, nil
	}
	grace, err := longestGrace(p)
	if err != nil {
		return nil, err
	}
	deadline := seconds(time.Duration(*p.Timeout)+afterRunTimeout) + grace
	if limit, has := p.FinallyLimit(); has {
		deadline += seconds(time.Duration(limit)) + grace
	}
	return &deadline, nil
}

// longestGrace is the longest that a step's Pod may take to end, in seconds: its termination grace, and that of its side containers.
func longestGrace(p *v1alpha1.Pipeline) (int64, error) {
	longest, sides, known := int64(0), time.Duration(0), map[string]bool{}
	for _, step := range p.EachStep() {
		sides = max(sides, longSides(v1alpha1.EffectivePolicy(p, step)))
		own := string(step.Settings.PodSettings)
		if known[own] {
			continue
		}
		known[own] = true
		grace, err := stepGrace(p, step)
		if err != nil {
			return 0, fmt.Errorf("step %s: %w", step.Name, err)
		}
		longest = max(longest, grace)
	}
	return min(min(longest, maxGraceSeconds)+seconds(sides), maxGraceSeconds), nil
}

func stepGrace(p *v1alpha1.Pipeline, step *v1alpha1.Step) (int64, error) {
	settings, err := v1alpha1.Effective(p, step)
	if err != nil {
		return 0, err
	}
	pod := struct {
		TerminationGracePeriodSeconds *int64 `json:"terminationGracePeriodSeconds"`
	}{}
	if len(settings.PodSettings) > 0 {
		if err := json.Unmarshal(settings.PodSettings, &pod); err != nil {
			return 0, fmt.Errorf("podSettings do not fit a PodSpec: %w", err)
		}
	}
	if pod.TerminationGracePeriodSeconds == nil {
		return defaultGraceSeconds, nil
	}
	return *pod.TerminationGracePeriodSeconds, nil
}

// seconds rounds up: a deadline is never short of what was asked for.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
