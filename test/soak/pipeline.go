package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// node is a step of the pipeline that all runs have in common.
type node struct {
	name  string
	needs []string
}

// graph is 20 steps: a fan-out and a join, a chain beside another, a fan-out and a join again, and a chain.
func graph() []node {
	return []node{
		{"load", nil},
		{"w1", []string{"load"}}, {"w2", []string{"load"}}, {"w3", []string{"load"}}, {"w4", []string{"load"}}, {"w5", []string{"load"}},
		{"merge", []string{"w1", "w2", "w3", "w4", "w5"}},
		{"clean1", []string{"merge"}}, {"clean2", []string{"clean1"}}, {"clean3", []string{"clean2"}},
		{"left1", []string{"merge"}}, {"left2", []string{"left1"}},
		{"e1", []string{"clean3"}}, {"e2", []string{"clean3"}}, {"e3", []string{"clean3"}}, {"e4", []string{"clean3"}},
		{"gather", []string{"e1", "e2", "e3", "e4", "left2"}},
		{"check", []string{"gather"}}, {"report", []string{"check"}}, {"publish", []string{"report"}},
	}
}

// proofMount is where steps find the volume on which they write what they do.
const proofMount = "/proof"

// head is what all pipelines have in common. The volume is a folder of this machine, which all nodes share. No number of
// disturbances may use up the budget that pays for them: what is shown is that the run goes on.
const head = `apiVersion: stepherd.dev/v1alpha1
kind: Pipeline
metadata: {name: soak}
failurePolicy: %s
keepPods: %s
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
  podSettings:
    volumes: [{name: proof, hostPath: {path: %s, type: Directory}}]
    containers: [{name: main, volumeMounts: [{name: proof, mountPath: ` + proofMount + `}]}]
steps:
`

// script is what a step does: it writes down what it does, takes its time, and ends at once when it is told to.
const script = `say() { echo "$1 $STEP $ATTEMPT $POD $POD_UID $NODE $(date +%%s)" >>` + proofMount + `/$RUN; }
trap 'say term; exit 143' TERM
say start
sleep %d & wait $!
%ssay end
`

// What a step does between its work and its end, where it does more than nothing.
const (
	fails     = "say fail; exit 3\n"
	failsOnce = "if [ $ATTEMPT = 1 ]; then say fail; exit 3; fi\n"
	// lasts is for a run that has to be cancelled: it must not end by itself.
	lasts = "sleep 1800 & wait $!\n"
)

// pipelineText is the file of a run. proof is the folder of this machine. How long each step takes is drawn from r.
func pipelineText(v variant, keep, proof string, r *rand.Rand) string {
	var out strings.Builder
	fmt.Fprintf(&out, head, v.policy, keep, proof)
	for _, n := range graph() {
		fmt.Fprintf(&out, "- name: %s\n  needs: [%s]\n", n.name, strings.Join(n.needs, ", "))
		fmt.Fprintf(&out, "  command: [sh, -c, %s]\n", strconv.Quote(fmt.Sprintf(script, 1+r.IntN(5), v.does[n.name])))
		if v.does[n.name] == failsOnce {
			out.WriteString("  settings: {retry: {limit: 1}}\n")
		}
	}
	return out.String()
}
