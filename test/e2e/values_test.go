//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

// dollars are values that the kubelet would expand if they reached it as they are.
var dollars = map[string]string{"one": "$(S)", "two": "$$(S)", "three": "$$$(S)", "dollar": "$", "rest": "(S)"}

// TestDollarsOfExpressions: what an expression gives arrives as text, in command, args and env, also where two expressions together
// would name a variable.
func TestDollarsOfExpressions(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	var parameters strings.Builder
	for name, v := range dollars {
		fmt.Fprintf(&parameters, "  - {name: %s, default: %q}\n", name, v)
	}
	got := ns.Follow(t, harness.Pipeline("dollars", harness.Busybox+"parameters:\n"+parameters.String()+`
steps:
  - name: show
    command: [printf, "%s\n", "${{ parameters.one }}", "a${{ parameters.two }}"]
    args: ["${{ parameters.three }}", "${{ parameters.dollar }}${{ parameters.rest }}", "$(S)"]
    settings: {env: [{name: S, value: secret}]}
  - name: env
    needs: [show]
    command: [sh, -c, 'printf "%s\n" "$A" "$B" "$C" "$D"']
    settings:
      env:
        - {name: S, value: secret}
        - {name: A, value: "${{ parameters.one }}"}
        - {name: B, value: "${{ parameters.two }}"}
        - {name: C, value: "${{ parameters.three }}"}
        - {name: D, value: "${{ parameters.dollar }}${{ parameters.rest }}"}
`), 0)
	const want = "show | $(S)\nshow | a$$(S)\nshow | $$$(S)\nshow | $(S)\nshow | secret\nenv | $(S)\nenv | $$(S)\nenv | $$$(S)\nenv | $(S)\n"
	if got.Stdout != want {
		t.Errorf("got\n%s\nwant\n%s", got.Stdout, want)
	}
}

// TestScriptByteForByte: no dollar of a script is the kubelet's.
func TestScriptByteForByte(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	got := ns.Follow(t, harness.Pipeline("script", harness.Busybox+`
steps:
  - name: show
    shell: [printf, "%s"]
    script: |
      echo $$ $(date) '$(HOME)' $(STEPHERD_RUN) $$$$
  - name: fails
    needs: [show]
    script: |
      echo before $((1 + 1))
      false
      echo after
`), 1)
	const want = "show | echo $$ $(date) '$(HOME)' $(STEPHERD_RUN) $$$$\nfails | before 2\n"
	if got.Stdout != want {
		t.Errorf("got\n%s\nwant\n%s", got.Stdout, want)
	}
}

// TestResults: results go from step to step, decide conditions, and are shown; those of a retried step are its last attempt's.
func TestResults(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	got := ns.Follow(t, harness.Pipeline("results", harness.Busybox+`
steps:
  - name: plan
    results: [{name: best, type: integer}, {name: parts, type: array}]
    settings: {retry: {limit: 1, backoff: {duration: 1ms}}}
    script: |
      echo "{\"best\": $STEPHERD_ATTEMPT, \"parts\": [\"x\", \"y\"]}" > $STEPHERD_RESULTS
      [ $STEPHERD_ATTEMPT = 2 ]
  - name: path
    results: [{name: text}]
    script: echo /data > $STEPHERD_RESULTS
  - name: use
    needs: [plan, path]
    command: [echo, "${{ steps.plan.results.best }}", "${{ steps.plan.results.parts }}", "${{ steps.path.results.text }}"]
  - {name: not, needs: [plan], when: steps.plan.results.best > 2, command: ["false"]}
  - {name: join, needs: [use, not], when: "!failed()", command: [echo, joined]}
`), 0)
	harness.MustContain(t, "stdout", got.Stdout, "use | 2 [\"x\",\"y\"] /data\n", "join | joined\n")
	r := ns.Get(t, ns.OnlyRun(t))
	if s := harness.Step(t, r, "plan"); string(s.Results["best"]) != "2" || len(s.Attempts) != 2 {
		t.Errorf("plan is %+v", s)
	}
	if s := harness.Step(t, r, "not"); s.Reason != v1alpha1.ReasonConditionFalse {
		t.Errorf("not is %+v", s)
	}
}

// TestInvalidResults are told with what is wrong, and never tried again.
func TestInvalidResults(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	ns.Follow(t, harness.Pipeline("invalid", "failurePolicy: ContinueOnFailure\n"+harness.Busybox+`
steps:
  - {name: large, results: [{name: a}], script: "head -c 5000 /dev/zero | tr '\\0' x > $STEPHERD_RESULTS"}
  - {name: text, results: [{name: a, type: number}], script: "echo hello > $STEPHERD_RESULTS"}
  - {name: missing, results: [{name: a, type: number}], script: "true", settings: {retry: {limit: 3}}}
  - {name: type, results: [{name: a, type: number}], script: "echo '{\"a\": \"1\"}' > $STEPHERD_RESULTS"}
`), 1)
	r := ns.Get(t, ns.OnlyRun(t))
	for name, want := range map[string]string{
		"large": "the results have at least 4096 bytes", "text": "the results are no JSON: ", "missing": "wrote no results", "type": `the result "a" is the string "1", not a number`,
	} {
		s := harness.Step(t, r, name)
		if s.Reason != v1alpha1.ReasonInvalidResult || !strings.Contains(s.Message, want) || len(s.Attempts) != 1 {
			t.Errorf("%s is %+v", name, s)
		}
	}
}

// TestFinally runs whatever happened, and knows what did.
func TestFinally(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		head, command string
		code          int
		phase         string
	}{
		"success": {"", `["true"]`, 0, "Succeeded"},
		"failure": {"", `["false"]`, 1, "Failed"},
		"timeout": {"timeout: 5s\n", `[sleep, "600"]`, 1, "Failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := harness.NewNamespace(t)
			got := ns.Follow(t, harness.Pipeline("finally", tt.head+harness.Busybox+`
steps:
  - {name: work, command: `+tt.command+`, settings: {podSettings: {terminationGracePeriodSeconds: 1}}}
finally:
  - {name: tidy, command: [echo, "${{ run.phase }}", "${{ steps.work.phase }}"]}
`), tt.code)
			harness.MustContain(t, "stdout", got.Stdout, "tidy | "+tt.phase+" ")
		})
	}
}

// TestFinallyAfterCancel: the first cancel lets the steps under finally run, the second stops them.
func TestFinallyAfterCancel(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	run := ns.Submit(t, harness.Pipeline("cancelled", harness.Busybox+`
steps:
  - {name: work, command: [sleep, "600"], settings: {podSettings: {terminationGracePeriodSeconds: 1}}}
finally:
  - {name: tidy, command: [sleep, "600"], settings: {podSettings: {terminationGracePeriodSeconds: 1}}}
`))
	runs := func(step string) func() bool {
		return func() bool { return harness.Step(t, ns.Get(t, run), step).Phase == v1alpha1.StepRunning }
	}
	harness.Eventually(t, "work runs", runs("work"))
	if got := ns.Launcher(t, "cancel", run); got.Code != 0 {
		t.Fatalf("cancel: exit code %d\n%s", got.Code, got.Stderr)
	}
	harness.Eventually(t, "tidy runs", runs("tidy"))
	got := ns.Launcher(t, "cancel", run)
	harness.MustContain(t, "what the second cancel says", got.Stderr, "this cancel stops them")
	if got := ns.Wait(t, run); got.Code != 4 {
		t.Errorf("wait: exit code %d, want 4\n%s", got.Code, got.Stderr)
	}
	if s := harness.Step(t, ns.Get(t, run), "tidy"); s.Phase != v1alpha1.StepCancelled || !s.Finally {
		t.Errorf("tidy is %+v", s)
	}
}
