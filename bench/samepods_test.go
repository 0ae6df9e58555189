package main

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/podspec"
)

// A driver and a floor run under names of their own, and a step Pod's variables name its run.
func TestSamePodsOfTwoRuns(t *testing.T) {
	p, err := pipelinefile.Decode("bench/pair", []byte(fmt.Sprintf(head, "pair")+step("a")+step("b", "a")))
	if err != nil {
		t.Fatal(err)
	}
	see := func(run string, change func(*corev1.Pod)) *tracker {
		seen := newTracker(p)
		for i := range p.Steps {
			pod, err := podspec.StepPod(p, p.Steps[i].Name, podspec.Attempt{Number: 1}, podspec.Identity{Run: run, RunUID: "uid-of-" + run, Namespace: "bench"})
			if err != nil {
				t.Fatal(err)
			}
			if p.Steps[i].Name == "b" {
				change(pod)
			}
			if err := seen.see(time.Unix(0, 0), "ADDED", pod); err != nil {
				t.Fatal(err)
			}
		}
		return seen
	}
	floor := see("pair-floor-1", func(*corev1.Pod) {})
	const differ = "the Pods of step b differ between driver and floor: "
	tests := []struct {
		name   string
		change func(*corev1.Pod)
		want   string
	}{
		{"the same", func(*corev1.Pod) {}, ""},
		{"another node", func(p *corev1.Pod) { p.Spec.NodeName = "node-2" }, ""},
		{
			"another command", func(p *corev1.Pod) { p.Spec.Containers[0].Command = []string{"false"} },
			differ + `containers[0].command[0] is "false" in the driver's and "true" in the floor's`,
		},
		{
			"one container more, and no restart policy", func(p *corev1.Pod) {
				p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "side"})
				p.Spec.RestartPolicy = ""
			},
			differ + `containers[1] is {"name":"side","resources":{}} in the driver's and null in the floor's; ` +
				`restartPolicy is null in the driver's and "Never" in the floor's`,
		},
		{
			"the variable names another run", func(p *corev1.Pod) { p.Spec.Containers[0].Env[0].Value = "other" },
			differ + `containers[0].env[0].value is "other" in the driver's and "that of the Pod's run" in the floor's`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := samePods(see("pair-driver-1", tt.change), floor); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
