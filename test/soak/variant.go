package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// The launcher's exit codes that are verdicts.
const (
	codeSucceeded = 0
	codeFailed    = 1
	codeCancelled = 4
	codeTimeout   = 5
)

// variant is what is special about a run, and how it ends.
type variant struct {
	name   string
	policy v1alpha1.FailurePolicy
	// does is what steps do besides their work.
	does map[string]string
	// cancelAt is the step at whose start `launcher cancel` is called; empty for a run that is not canceled.
	cancelAt string

	code   int // of `launcher wait`
	phase  v1alpha1.RunPhase
	reason v1alpha1.Reason
	// ends are the steps that do not succeed. In a cancelled run any other may be cancelled, too: where the cancel meets it is not
	// foreseen. Those under finally succeed in every run.
	ends map[string]end
}

// end is how a step ends.
type end struct {
	phase  v1alpha1.StepPhase
	reason v1alpha1.Reason
}

var (
	notTaken = end{v1alpha1.StepSkipped, v1alpha1.ReasonConditionFalse}
	upstream = end{v1alpha1.StepSkipped, v1alpha1.ReasonUpstreamFailed}
)

func succeeds() variant {
	return variant{
		name: "succeeds", policy: v1alpha1.StopOnFailure, code: codeSucceeded, phase: v1alpha1.RunSucceeded,
		ends: map[string]end{"detour": notTaken, "salvage": notTaken},
	}
}

// heals has two steps that fail on their first attempt and are allowed a second one.
func heals() variant {
	v := succeeds()
	v.name, v.does = "heals", map[string]string{"w2": failsOnce, "e3": failsOnce}
	return v
}

// failsLate fails when nothing else of it runs, so that it does not depend on the disturbances what else is stopped. The step for
// failures runs then.
func failsLate() variant {
	return variant{
		name: "fails", policy: v1alpha1.StopOnFailure, does: map[string]string{"gather": fails},
		code: codeFailed, phase: v1alpha1.RunFailed, reason: v1alpha1.ReasonStepFailed,
		ends: map[string]end{
			"detour": notTaken,
			"gather": {v1alpha1.StepFailed, v1alpha1.ReasonError},
			"check":  upstream, "report": upstream, "publish": upstream,
		},
	}
}

// failsAside goes on with all that does not need the step that fails.
func failsAside() variant {
	v := failsLate()
	v.name, v.policy, v.does = "fails, and goes on", v1alpha1.ContinueOnFailure, map[string]string{"e2": fails}
	v.ends["e2"], v.ends["gather"] = v.ends["gather"], v.ends["check"]
	return v
}

func isCancelled() variant {
	return variant{
		name: "is cancelled", policy: v1alpha1.StopOnFailure, does: map[string]string{"publish": lasts}, cancelAt: "clean2",
		code: codeCancelled, phase: v1alpha1.RunCancelled, reason: v1alpha1.ReasonCancelled, ends: succeeds().ends,
	}
}

// variants are all that there are, in the order of the report.
func variants() []variant {
	return []variant{succeeds(), heals(), failsLate(), failsAside(), isCancelled()}
}

func variantCalled(name string) (variant, bool) {
	for _, v := range variants() {
		if v.name == name {
			return v, true
		}
	}
	return variant{}, false
}

// order is a run that is to be made.
type order struct {
	name    string
	variant variant
	file    string
}

// makeOrders draws the runs from the seed: of each ten, five succeed, two heal, two fail, one is cancelled. Two runs are
// one that heals and one that fails.
func makeOrders(seed uint64, runs int, proof string) []order {
	r := rand.New(rand.NewPCG(seed, 4))
	of := []func() variant{heals, failsLate}
	if runs > len(of) {
		of = append(of, succeeds, isCancelled, succeeds, failsAside, succeeds, heals, succeeds, succeeds)
		r.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
	}
	keeps := []v1alpha1.KeepPods{v1alpha1.KeepAll, v1alpha1.KeepFailed, v1alpha1.KeepNone}
	out := make([]order, 0, runs)
	for i := range runs {
		v := of[i%len(of)]()
		out = append(out, order{
			name:    fmt.Sprintf("soak-%02d", i+1),
			variant: v,
			file:    pipelineText(v, string(keeps[i%len(keeps)]), proof, r),
		})
	}
	return out
}
