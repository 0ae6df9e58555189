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
	lines int // of one that floods, known at its end
	goes  int
	pause time.Duration
	// flood: it goes on at one rate until the harm is done, on the node that rotates its logs.
	flood bool
}

// reserve is how many of its lines a step keeps back until the harm is done. While it waits it writes one of them now and
// then: streams are to break in every state, also in the middle of a whisper.
func (w writer) reserve() int { return w.lines/10 + 1 }

const (
	stepCount = 20
	// killedCount is the same of the run whose driver is killed. A kubelet takes an inotify instance for each reader of a log, of
	// which Linux has 128 for all kubelets of a machine.
	killedCount = 10
	// minLines keeps a share for everybody.
	minLines = 10_000
	// quietLines is what a step writes that is silent most of the time.
	quietLines = 100
)

// writers are so many steps of a run, of five kinds in turn. paced is how long they write without being told to stop.
func writers(count, lines int, paced time.Duration) []writer {
	goes := []int{5, int(paced/time.Second) + 1, int(paced/(200*time.Millisecond)) + 1, 2, int(paced/(3*time.Second)) + 1}
	words := []string{"burst", "steady", "hasty", "silent", "drip"}
	var out []writer
	quiet := count / len(goes) * 2 // of the last two kinds
	for i := range count {
		kind := i % len(goes)
		w := writer{step: fmt.Sprintf("%s-%d", words[kind], i/len(goes)+1), goes: goes[kind], pause: paced / time.Duration(goes[kind]), lines: quietLines}
		if kind < 3 {
			w.lines = (lines - quiet*quietLines) / (count - quiet)
		}
		out = append(out, w)
	}
	out[0].lines += (lines - quiet*quietLines) % (count - quiet)
	return out
}

const (
	floodCount = 3
	// floodLines every floodPause are 64 KiB in less time than it takes a kubelet to look again, and no burden.
	floodLines = 150
	floodPause = 250 * time.Millisecond
)

// floods are the steps of the run whose logs are rotated.
func floods() []writer {
	var out []writer
	for i := range floodCount {
		out = append(out, writer{step: fmt.Sprintf("flood-%d", i+1), flood: true, goes: 1, pause: floodPause})
	}
	return out
}

// program writes lines `step number seconds and-this-line-is-whole`. At its end it waits: a container's output gets 2 s
// after the container's end (containerd's runc shim, pkg/process/init.go), and on a busy machine the last burst takes longer.
// busybox's awk holds lines back until it has 4 KiB of
// them or is told to flush: they come at the runtime in pieces that know nothing of lines.
const program = `
function put(k) {
  for (; k > 0 && i < n; k--) printf "%s %07d %d %s\n", s, ++i, systime(), "` + lineEnd + `"
  fflush()
}
BEGIN {
  go = int((n - reserve) / goes) + 1
  if (flood) {
    for (n = 1e9; system("test -e ` + stormMount + `/end") != 0; system("sleep " pause)) put(flood)
    for (put(flood); last++ < 5; system("sleep 1")) put(1)
    print i > "` + stormMount + `/lines-of-" s
    exit
  }
  while (i < n - reserve) { put(go < n - reserve - i ? go : n - reserve - i); system("sleep " pause) }
  while (system("test -e ` + stormMount + `/end") != 0) { if (i < n - 1) put(1); system("sleep 2") }
  put(n)
  system("sleep 5")
}`

const (
	lineEnd    = "and-this-line-is-whole"
	stormMount = "/storm"
	// rotates is the label and the taint of the node that rotates its logs.
	rotates = "logstorm.example/rotates"
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
%s    volumes: [{name: storm, hostPath: {path: %s, type: Directory}}]
    containers: [{name: main, volumeMounts: [{name: storm, mountPath: ` + stormMount + `}]}]
steps:
`

// pipelineText is the file of a run. storm is the folder of this machine in which the end of the harm is told.
func pipelineText(writers []writer, storm string) string {
	var out strings.Builder
	where := ""
	if writers[0].flood {
		where = `    nodeSelector: {` + rotates + `: "true"}
    tolerations: [{key: ` + rotates + `, operator: Exists}]
`
	}
	fmt.Fprintf(&out, head, where, storm)
	for _, w := range writers {
		fmt.Fprintf(&out, "- {name: %s, command: [%s]}\n", w.step, strings.Join(w.command(), ", "))
	}
	return out.String()
}

// command is in words that YAML takes as they are.
func (w writer) command() []string {
	words := []string{"awk"}
	set := func(name string, value any) { words = append(words, "-v", fmt.Sprintf("%s=%v", name, value)) }
	set("s", w.step)
	set("n", w.lines)
	set("reserve", w.reserve())
	set("goes", w.goes)
	set("pause", w.pause.Seconds())
	if w.flood {
		set("flood", floodLines)
	}
	words = append(words, program)
	for i := range words {
		words[i] = strconv.Quote(words[i])
	}
	return words
}
