package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// node is a step of the pipeline that all runs have in common.
type node struct {
	name    string
	needs   []string
	when    string // its condition; empty: none
	results string // what it declares; empty: nothing
	env     string // a variable of its own; empty: none
	// does is what the step does beside its work in every variant.
	does string
	// finally reports whether it stands under finally.
	finally bool
}

// The conditions.
const (
	ifFailed     = "failed()"
	unlessFailed = "!failed()"
	ifNothing    = `steps.merge.results.text == "nothing"` // it is never that
)

// graph is 22 steps and one under finally: a fan-out and a join, a chain beside another with a branch that is never taken, a fan-out and
// a join again, and a chain beside a step for failures. The steps behind merge are given its result.
func graph() []node {
	merge := node{name: "merge", needs: []string{"w1", "w2", "w3", "w4", "w5"}, results: "[{name: text}]", does: gives}
	clean1 := node{name: "clean1", needs: []string{"merge"}, env: `{GIVEN: "${{ steps.merge.results.text }}"}`, does: takes}
	left1 := clean1
	left1.name = "left1"
	return []node{
		step("load"),
		step("w1", "load"), step("w2", "load"), step("w3", "load"), step("w4", "load"), step("w5", "load"),
		merge,
		clean1, step("clean2", "clean1"), step("clean3", "clean2"),
		left1, step("detour", "merge").onlyIf(ifNothing), step("left2", "left1", "detour").onlyIf(unlessFailed),
		step("e1", "clean3"), step("e2", "clean3"), step("e3", "clean3"), step("e4", "clean3"),
		step("gather", "e1", "e2", "e3", "e4", "left2"),
		step("salvage", "gather").onlyIf(ifFailed),
		step("check", "gather"), step("report", "check"), step("publish", "report"),
		{name: "tidy", env: `{OUTCOME: "${{ run.phase }}"}`, does: tells, finally: true},
	}
}

func step(name string, needs ...string) node { return node{name: name, needs: needs} }

func (n node) onlyIf(when string) node {
	n.when = when
	return n
}

// waitsForRecord reports whether a step depends on what no Pod proves, so that the record has the ends of its needs before its Pod
// is created.
func (n node) waitsForRecord() bool { return n.when != "" || n.env != "" }

// riddle is what merge gives, with the UID of its Pod behind it. Whoever reads it as a text of Kubernetes', of YAML, of JSON or of a
// shell makes something else of it: HOME is a variable of all steps.
const riddle = `"$(HOME)" isn't '$$(HOME)', \n $$ nor ${HOME}:`

// quoted is a text as one word of a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// What steps do between their work and their end in every variant.
var (
	gives = "printf '%s %s' " + quoted(riddle) + ` "$POD_UID" >"$STEPHERD_RESULTS"` + "\n"
	// takes writes down whose result it was given, or, in base64, what it was given instead.
	takes = `if [ "${GIVEN% *}" != ` + quoted(riddle) + ` ]; then say garbled "$(printf %s "$GIVEN" | base64 | tr -d '\n')"; exit 4; fi` + "\n" +
		`say given "${GIVEN##* }"` + "\n"
	tells = `say outcome "$OUTCOME"` + "\n"
)

// proofMount is where steps find the volume on which they write what they do.
const proofMount = "/proof"

// head is what all pipelines have in common. The volume is a folder of this machine, which all nodes share. No number of
// disturbances may use up the budget that pays for them, nor the time of finally: what is shown is that the run goes on.
const head = `apiVersion: stepherd.dev/v1alpha1
kind: Pipeline
metadata: {name: soak}
failurePolicy: %s
keepPods: %s
finallyTimeout: 1h
settings:
  image: docker.io/library/busybox:latest
  imagePullPolicy: IfNotPresent
  resources: {cpu: 1m, memory: 16Mi}
  retry: {infraLimit: 100, backoff: {duration: 1s, max: 5s}}
  env:
  - {name: RUN, valueFrom: {fieldRef: {fieldPath: "metadata.labels['stepherd.dev/run']"}}}
  - {name: STEP, valueFrom: {fieldRef: {fieldPath: "metadata.labels['stepherd.dev/step']"}}}
  - {name: ATTEMPT, valueFrom: {fieldRef: {fieldPath: "metadata.labels['stepherd.dev/attempt']"}}}
  - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
  - {name: POD_UID, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}
  - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
  - {name: HOME, value: /nowhere}
  podSettings:
    volumes: [{name: proof, hostPath: {path: %s, type: Directory}}]
    containers: [{name: main, volumeMounts: [{name: proof, mountPath: ` + proofMount + `}]}]
`

// script is what a step does: it writes down what it does, takes its time, and ends at once when it is told to.
const script = `say() { echo "$1 $STEP $ATTEMPT $POD $POD_UID $NODE $(date +%%s) $2" >>` + proofMount + `/$RUN; }
trap 'say term; exit 143' TERM
say start
sleep %d & wait $!
%ssay end
`

// What a step does between its work and its end in some variants.
const (
	fails     = "say fail; exit 3\n"
	failsOnce = "if [ $ATTEMPT = 1 ]; then say fail; exit 3; fi\n"
	// lasts is for a run that has to be cancelled: it must not end by itself.
	lasts = "sleep 1800 & wait $!\n"
)

// pipelineText is the file of a run. proof is the folder of this machine. How long each step takes is drawn from r.
func pipelineText(v variant, keep, proof string, r *rand.Rand) string {
	lists := map[bool]*strings.Builder{false: {}, true: {}}
	for _, n := range graph() {
		writeStep(lists[n.finally], n, v.does[n.name], 1+r.IntN(5))
	}
	return fmt.Sprintf(head, v.policy, keep, proof) + "steps:\n" + lists[false].String() + "finally:\n" + lists[true].String()
}

// writeStep writes a step that works for so many seconds and then does what its variant says.
func writeStep(out *strings.Builder, n node, does string, seconds int) {
	fmt.Fprintf(out, "- name: %s\n  needs: [%s]\n", n.name, strings.Join(n.needs, ", "))
	fmt.Fprintf(out, "  script: %s\n", strconv.Quote(fmt.Sprintf(script, seconds, n.does+does)))
	if n.when != "" {
		fmt.Fprintf(out, "  when: %s\n", strconv.Quote(n.when))
	}
	if n.results != "" {
		fmt.Fprintf(out, "  results: %s\n", n.results)
	}
	switch {
	case n.env != "":
		fmt.Fprintf(out, "  settings: {env: %s}\n", n.env)
	case does == failsOnce:
		out.WriteString("  settings: {retry: {limit: 1}}\n")
	}
}
