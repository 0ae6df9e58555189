//go:build cluster

package crash

import "github.com/stepherd/stepherd/internal/podspec"

// branches is a run in which results go from step to step and decide which branch is taken. Its Pods are deleted when they have
// ended, so that the record alone knows the results.
func branches() *variant {
	return &variant{
		name: "branches",
		file: `keepPods: none
steps:
- {name: plan, results: [{name: best, type: integer}, {name: go, type: boolean}]}
- {name: a, needs: [plan], args: ["${{ steps.plan.results.best }}"], results: [{name: text}]}
- {name: taken, needs: [plan], when: steps.plan.results.go}
- {name: not-taken, needs: [plan], when: "!steps.plan.results.go"}
- {name: behind-it, needs: [not-taken]}
- {name: e, needs: [a, taken]}
- {name: join, needs: [taken, not-taken], when: "!failed()"}
- {name: uses, needs: [join, a], args: ["${{ steps.a.results.text }} ${{ steps.plan.results.best }}"]}
- {name: g, needs: [uses, e]}
- {name: h, needs: [g], when: steps.a.results.text == "t"}
finally:
- {name: tidy, args: ["${{ run.phase }} ${{ steps.plan.results.best }}"]}
- {name: sweep, needs: [tidy]}
`,
		acts: map[string]act{ // a second attempt follows one whose end was lost with its Pod
			"plan#1": {output: `{"best": 3, "go": true}`}, "plan#2": {output: `{"best": 3, "go": true}`}, "a#1": {output: "t\n"}, "a#2": {output: "t\n"},
		},
		unkept: true,
		code:   podspec.ExitSucceeded, verdict: "Succeeded",
		steps: []want{
			{"plan", "Succeeded", 1}, {"a", "Succeeded", 1}, {"taken", "Succeeded", 1},
			{"not-taken", "Skipped/ConditionFalse", 0}, {"behind-it", "Skipped/ConditionFalse", 0},
			{"e", "Succeeded", 1}, {"join", "Succeeded", 1}, {"uses", "Succeeded", 1}, {"g", "Succeeded", 1}, {"h", "Succeeded", 1},
			{"tidy", "Succeeded", 1}, {"sweep", "Succeeded", 1},
		},
	}
}

// notifier is a run that a failed step stops, with steps that run because of that, and with a step under finally that fails, too.
func notifier() *variant {
	return &variant{
		name: "notifier",
		file: `steps:
- {name: a}
- {name: b, needs: [a]}
- {name: fails, needs: [b]}
- {name: runs-on, needs: [b]}
- {name: stopped, needs: [runs-on]}
- {name: behind-it, needs: [fails]}
- {name: notify, needs: [fails], when: failed()}
- {name: anyhow, needs: [notify, runs-on], when: always()}
- {name: not-failed, needs: [a, runs-on], when: failed()}
finally:
- {name: tidy, when: failed()}
- {name: fails-late}
- {name: sweep, needs: [tidy]}
`,
		acts: map[string]act{
			"fails#1":      {exit: 3, awaits: "runs-on#1 runs"},
			"runs-on#1":    {awaits: "fails#1 ended"},
			"fails-late#1": {exit: 1},
		},
		code: podspec.ExitFailed, verdict: "Failed/StepFailed",
		steps: []want{
			{"a", "Succeeded", 1}, {"b", "Succeeded", 1}, {"fails", "Failed/Error", 1}, {"runs-on", "Succeeded", 1},
			{"stopped", "Skipped/Stopped", 0}, {"behind-it", "Skipped/UpstreamFailed", 0},
			{"notify", "Succeeded", 1}, {"anyhow", "Succeeded", 1}, {"not-failed", "Skipped/ConditionFalse", 0},
			{"tidy", "Succeeded", 1}, {"fails-late", "Failed/Error", 1}, {"sweep", "Succeeded", 1},
		},
	}
}

// cancelledFinally is a run that is cancelled, and that runs its steps under finally nevertheless.
func cancelledFinally() *variant {
	return &variant{
		name: "cancelled-finally",
		file: `steps:
- {name: a, results: [{name: size, type: integer}]}
- {name: b, needs: [a]}
- {name: c-runs, needs: [b]}
- {name: d-waits, needs: [b]}
- {name: e, needs: [c-runs]}
- {name: f-never, needs: [c-runs], when: always()}
- {name: g, needs: [d-waits, a]}
finally:
- {name: tidy, args: ["${{ steps.a.results.size }} ${{ run.phase }}"]}
- {name: if-failed, when: failed()}
- {name: sweep, needs: [tidy], results: [{name: swept}]}
- {name: last, needs: [sweep], args: ["${{ steps.sweep.results.swept }}"]}
- {name: flaky, settings: {retry: {limit: 1}}}
`,
		acts: map[string]act{
			"a#1": {output: `{"size": 7}`}, "a#2": {output: `{"size": 7}`}, "c-runs#1": {runs: true}, "d-waits#1": {waits: true},
			"sweep#1": {output: "all"}, "sweep#2": {output: "all"}, "flaky#1": {exit: 1},
		},
		cancelOn: []string{"c-runs#1 runs", "d-waits#1 waits"},
		code:     podspec.ExitCancelled, verdict: "Cancelled/Cancelled",
		steps: []want{
			{"a", "Succeeded", 1}, {"b", "Succeeded", 1}, {"c-runs", "Cancelled/Cancelled", 1}, {"d-waits", "Cancelled/Cancelled", 1},
			{"e", "Skipped/Cancelled", 0}, {"f-never", "Skipped/Cancelled", 0}, {"g", "Skipped/Cancelled", 0},
			{"tidy", "Succeeded", 1}, {"if-failed", "Skipped/ConditionFalse", 0}, {"sweep", "Succeeded", 1}, {"last", "Succeeded", 1},
			{"flaky", "Succeeded", 2},
		},
	}
}
