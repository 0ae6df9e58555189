//go:build cluster

package crash

import (
	"testing"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
)

// variant is a pipeline of 12 steps, what its Pods do, and how its run ends. It ends so however the Pods' ends and the
// driver's deaths lie to each other: where that would matter, acts wait for each other.
type variant struct {
	name string
	file string // without what all have in common
	// acts are what the Pods do that do not just run and succeed, by step and attempt (`a#1`).
	acts map[string]act
	// cancelOn are the marks at which the run is cancelled; none for a run that is not.
	cancelOn []string
	// spent are steps that have no infraLimit left: their lost success would be their end.
	spent []string
	// unkept reports whether the driver deletes the Pods that have ended.
	unkept bool
	// memory are limits that the Pods must have, by step and attempt.
	memory map[string]string

	code    int    // the driver's exit code
	verdict string // phase and reason of the run
	steps   []want // in the order of the file, those under finally last
}

// want is how a step ends: its phase with its reason, and how many Pods it had.
type want struct {
	step, end string
	attempts  int
}

// head is what all variants have in common. The Pods are not scheduled, so that no kubelet takes them.
const head = `apiVersion: stepherd.dev/v1alpha1
kind: Pipeline
metadata: {name: crash}
settings:
  image: example.com/none:1
  resources: {memory: 16Mi}
  podSettings: {schedulerName: nobody}
  retry: {backoff: {duration: 1ms, factor: 1, jitter: 0}}
`

func (v *variant) pipeline(t *testing.T) *v1alpha1.Pipeline {
	t.Helper()
	p, err := pipelinefile.Decode(v.name, []byte(head+v.file))
	if err != nil {
		t.Fatal(err)
	}
	if p.StepCount() != 12 || len(v.steps) != 12 {
		t.Fatalf("variant %s has %d steps and says of %d how they end, want 12", v.name, p.StepCount(), len(v.steps))
	}
	return p
}

// variants are all of them.
func variants() []*variant {
	return []*variant{fanOut(), retry(), failure(), skip(), cancel(), unkept(), branches(), notifier(), cancelledFinally()}
}

// fanOut is ten steps side by side, six at once, between one and another.
func fanOut() *variant {
	return &variant{
		name: "fan-out",
		file: `parallelism: 6
steps:
- {name: first}
- {name: w0, needs: [first]}
- {name: w1, needs: [first]}
- {name: w2, needs: [first]}
- {name: w3, needs: [first]}
- {name: w4, needs: [first]}
- {name: w5, needs: [first]}
- {name: w6, needs: [first]}
- {name: w7, needs: [first]}
- {name: w8, needs: [first]}
- {name: w9, needs: [first]}
- {name: last, needs: [w0, w1, w2, w3, w4, w5, w6, w7, w8, w9]}
`,
		code: podspec.ExitSucceeded, verdict: "Succeeded",
		steps: []want{
			{"first", "Succeeded", 1},
			{"w0", "Succeeded", 1}, {"w1", "Succeeded", 1}, {"w2", "Succeeded", 1}, {"w3", "Succeeded", 1}, {"w4", "Succeeded", 1},
			{"w5", "Succeeded", 1}, {"w6", "Succeeded", 1}, {"w7", "Succeeded", 1}, {"w8", "Succeeded", 1}, {"w9", "Succeeded", 1},
			{"last", "Succeeded", 1},
		},
	}
}

// retry has steps that fail of themselves, of memory and of their surroundings before they succeed.
func retry() *variant {
	return &variant{
		name: "retry",
		file: `steps:
- {name: load}
- {name: flaky, needs: [load], settings: {retry: {limit: 2}}}
- {name: hungry, needs: [load], settings: {retry: {limit: 2, onOOM: {memoryFactor: 2}}}}
- {name: evicted, needs: [load], settings: {retry: {infraLimit: 2}}}
- {name: steady, needs: [load]}
- {name: join, needs: [flaky, hungry, evicted, steady]}
- {name: late, needs: [join], settings: {retry: {limit: 1}}}
- {name: left, needs: [late]}
- {name: middle, needs: [late], settings: {retry: {limit: 1, infraLimit: 1}}}
- {name: right, needs: [late]}
- {name: merge, needs: [left, middle, right]}
- {name: report, needs: [merge], settings: {retry: {limit: 1}}}
`,
		acts: map[string]act{
			"flaky#1": {exit: 1}, "flaky#2": {exit: 2},
			"hungry#1": {exit: 137, oom: true}, "hungry#2": {exit: 137, oom: true},
			"evicted#1": {evicted: true}, "evicted#2": {evicted: true},
			"late#1":   {exit: 1},
			"middle#1": {evicted: true}, "middle#2": {exit: 3},
			"report#1": {exit: 1},
		},
		spent:  []string{"evicted", "middle"},
		memory: map[string]string{"hungry#1": "16Mi", "hungry#2": "32Mi", "hungry#3": "64Mi", "flaky#3": "16Mi"},
		code:   podspec.ExitSucceeded, verdict: "Succeeded",
		steps: []want{
			{"load", "Succeeded", 1},
			{"flaky", "Succeeded", 3}, {"hungry", "Succeeded", 3}, {"evicted", "Succeeded", 3}, {"steady", "Succeeded", 1},
			{"join", "Succeeded", 1}, {"late", "Succeeded", 2},
			{"left", "Succeeded", 1}, {"middle", "Succeeded", 3}, {"right", "Succeeded", 1},
			{"merge", "Succeeded", 1}, {"report", "Succeeded", 2},
		},
	}
}

// failure is a run that a failed step stops while another runs on to its end.
func failure() *variant {
	return &variant{
		name: "failure",
		file: `steps:
- {name: a}
- {name: b, needs: [a]}
- {name: c, needs: [a]}
- {name: d, needs: [a]}
- {name: fails, needs: [b, c, d]}
- {name: runs-on, needs: [b, c]}
- {name: g, needs: [runs-on]}
- {name: h, needs: [fails]}
- {name: i, needs: [h]}
- {name: j, needs: [fails, runs-on]}
- {name: k, needs: [g]}
- {name: l, needs: [d, runs-on]}
`,
		acts: map[string]act{
			"fails#1":   {exit: 3, awaits: "runs-on#1 runs"},
			"runs-on#1": {awaits: "fails#1 ended"},
		},
		code: podspec.ExitFailed, verdict: "Failed/StepFailed",
		steps: []want{
			{"a", "Succeeded", 1}, {"b", "Succeeded", 1}, {"c", "Succeeded", 1}, {"d", "Succeeded", 1},
			{"fails", "Failed/Error", 1}, {"runs-on", "Succeeded", 1},
			{"g", "Skipped/Stopped", 0}, {"h", "Skipped/UpstreamFailed", 0}, {"i", "Skipped/UpstreamFailed", 0},
			{"j", "Skipped/UpstreamFailed", 0}, {"k", "Skipped/Stopped", 0}, {"l", "Skipped/Stopped", 0},
		},
	}
}

// skip is a run in which all goes on that does not need the two steps that fail.
func skip() *variant {
	return &variant{
		name: "skip",
		file: `failurePolicy: ContinueOnFailure
steps:
- {name: a}
- {name: b-fails, needs: [a]}
- {name: c, needs: [b-fails]}
- {name: d, needs: [c]}
- {name: e, needs: [a]}
- {name: f, needs: [e]}
- {name: g, needs: [e]}
- {name: h, needs: [f, c]}
- {name: i, needs: [f, g]}
- {name: j-fails, needs: [g]}
- {name: k, needs: [j-fails]}
- {name: l, needs: [i]}
`,
		acts: map[string]act{"b-fails#1": {exit: 1}, "j-fails#1": {exit: 137}},
		code: podspec.ExitFailed, verdict: "Failed/StepFailed",
		steps: []want{
			{"a", "Succeeded", 1}, {"b-fails", "Failed/Error", 1},
			{"c", "Skipped/UpstreamFailed", 0}, {"d", "Skipped/UpstreamFailed", 0},
			{"e", "Succeeded", 1}, {"f", "Succeeded", 1}, {"g", "Succeeded", 1},
			{"h", "Skipped/UpstreamFailed", 0}, {"i", "Succeeded", 1},
			{"j-fails", "Failed/Error", 1}, {"k", "Skipped/UpstreamFailed", 0}, {"l", "Succeeded", 1},
		},
	}
}

// cancel is a run that is cancelled when three steps run, one waits for a node and others have ended. A step that needs it
// runs for each that has succeeded: so the driver knows of it, and does not take it for one to be cancelled.
func cancel() *variant {
	return &variant{
		name: "cancel",
		file: `steps:
- {name: a}
- {name: b, needs: [a]}
- {name: c, needs: [a]}
- {name: d-runs, needs: [b]}
- {name: e-runs, needs: [b, c]}
- {name: f-waits, needs: [c]}
- {name: g, needs: [c]}
- {name: h-runs, needs: [g]}
- {name: i, needs: [d-runs, e-runs]}
- {name: j, needs: [f-waits, g]}
- {name: k, needs: [h-runs, i]}
- {name: l, needs: [j]}
`,
		acts: map[string]act{
			"d-runs#1": {runs: true}, "e-runs#1": {runs: true}, "f-waits#1": {waits: true}, "h-runs#1": {runs: true},
		},
		cancelOn: []string{"d-runs#1 runs", "e-runs#1 runs", "f-waits#1 waits", "h-runs#1 runs"},
		code:     podspec.ExitCancelled, verdict: "Cancelled/Cancelled",
		steps: []want{
			{"a", "Succeeded", 1}, {"b", "Succeeded", 1}, {"c", "Succeeded", 1},
			{"d-runs", "Cancelled/Cancelled", 1}, {"e-runs", "Cancelled/Cancelled", 1}, {"f-waits", "Cancelled/Cancelled", 1},
			{"g", "Succeeded", 1}, {"h-runs", "Cancelled/Cancelled", 1},
			{"i", "Skipped/Cancelled", 0}, {"j", "Skipped/Cancelled", 0}, {"k", "Skipped/Cancelled", 0}, {"l", "Skipped/Cancelled", 0},
		},
	}
}

// unkept is a run that only the record can tell about in the end: its driver deletes each Pod when that has ended.
func unkept() *variant {
	return &variant{
		name: "unkept",
		file: `keepPods: none
failurePolicy: ContinueOnFailure
steps:
- {name: a}
- {name: flaky, needs: [a], settings: {retry: {limit: 1}}}
- {name: evicted, needs: [a], settings: {retry: {infraLimit: 1}}}
- {name: fails, needs: [a]}
- {name: e, needs: [flaky]}
- {name: f, needs: [evicted]}
- {name: g, needs: [e, f]}
- {name: h, needs: [fails]}
- {name: i, needs: [g]}
- {name: j, needs: [g]}
- {name: k, needs: [h, j]}
- {name: l, needs: [i, j]}
`,
		acts:   map[string]act{"flaky#1": {exit: 1}, "evicted#1": {evicted: true}, "fails#1": {exit: 2}},
		spent:  []string{"evicted"},
		unkept: true,
		code:   podspec.ExitFailed, verdict: "Failed/StepFailed",
		steps: []want{
			{"a", "Succeeded", 1}, {"flaky", "Succeeded", 2}, {"evicted", "Succeeded", 2}, {"fails", "Failed/Error", 1},
			{"e", "Succeeded", 1}, {"f", "Succeeded", 1}, {"g", "Succeeded", 1}, {"h", "Skipped/UpstreamFailed", 0},
			{"i", "Succeeded", 1}, {"j", "Succeeded", 1}, {"k", "Skipped/UpstreamFailed", 0}, {"l", "Succeeded", 1},
		},
	}
}
