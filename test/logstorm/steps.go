package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// writer is a step: so many lines, in so many goes, with a pause after each.
type writer struct {
	step  string
	lines int
	goes  int
	pause time.Duration
}

// reserve is how many of its lines a step keeps back until the harm is done. While it waits it writes one of them now and
// then: streams are to break in every state, also in the middle of a whisper.
func (w writer) reserve() int { return w.lines/10 + 1 }

const (
	stepCount = 20
	// minLines keeps a share for everybody.
	minLines = 2000
	// quietLines is what a step writes that is silent most of the time.
	quietLines = 100
)

// writers are the steps of a run: four of each kind. paced is how long they write without being told to stop.
func writers(lines int, paced time.Duration) []writer {
	goes := []int{5, int(paced/time.Second) + 1, int(paced/(200*time.Millisecond)) + 1, 2, int(paced/(3*time.Second)) + 1}
	words := []string{"burst", "steady", "hasty", "silent", "drip"}
	var out []writer
	for i := range stepCount {
		kind := i % len(goes)
		w := writer{step: fmt.Sprintf("%s-%d", words[kind], i/len(goes)+1), goes: goes[kind], pause: paced / time.Duration(goes[kind]), lines: quietLines}
		if kind < 3 {
			w.lines = (lines - 8*quietLines) / 12
		}
		out = append(out, w)
	}
	out[0].lines += (lines - 8*quietLines) % 12
	return out
}

// program writes lines `step number seconds and-this-line-is-whole`. busybox's awk holds lines back until it has 4 KiB of
// them or is told to flush: they come at the runtime in pieces that know nothing of lines.
const program = `
function put(k) {
  for (; k > 0 && i < n; k--) printf "%s %07d %d %s\n", s, ++i, systime(), "` + lineEnd + `"
  fflush()
}
BEGIN {
  go = int((n - reserve) / goes) + 1
  while (i < n - reserve) { put(go < n - reserve - i ? go : n - reserve - i); system("sleep " pause) }
  while (system("test -e ` + stormMount + `/end") != 0) { if (i < n - 1) put(1); system("sleep 2") }
  put(n)
}`

const (
	lineEnd    = "and-this-line-is-whole"
	stormMount = "/storm"
)

// head is what all pipelines have in common. The volume is a folder of this machine, which all nodes share.
const head = `apiVersion: stepherd.dev/v1alpha1
kind: Pipeline
metadata: {name: logstorm}
settings:
  image: docker.io/library/busybox:latest
  imagePullPolicy: IfNotPresent
  resources: {requests: {cpu: 1m, memory: 8Mi}}
  podSettings:
    volumes: [{name: storm, hostPath: {path: %s, type: Directory}}]
    containers: [{name: main, volumeMounts: [{name: storm, mountPath: ` + stormMount + `}]}]
steps:
`

// pipelineText is the file of a run. storm is the folder of this machine in which the end of the harm is told.
func pipelineText(writers []writer, storm string) string {
	var out strings.Builder
	fmt.Fprintf(&out, head, storm)
	for _, w := range writers {
		words := []string{"awk"}
		for _, v := range []string{
			"s=" + w.step, fmt.Sprintf("n=%d", w.lines), fmt.Sprintf("reserve=%d", w.reserve()), fmt.Sprintf("goes=%d", w.goes),
			fmt.Sprintf("pause=%.2f", w.pause.Seconds()),
		} {
			words = append(words, "-v", v)
		}
		words = append(words, program)
		for i := range words {
			words[i] = strconv.Quote(words[i])
		}
		fmt.Fprintf(&out, "- {name: %s, command: [%s]}\n", w.step, strings.Join(words, ", "))
	}
	return out.String()
}
