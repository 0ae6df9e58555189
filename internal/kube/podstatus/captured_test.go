package podstatus

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/run"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestObserveCaptured reads what a real kubelet said of Pods, state by state, and compares what Observe makes of it with
// a line for each.
func TestObserveCaptured(t *testing.T) {
	files, err := filepath.Glob("testdata/pods/*.yaml")
	if err != nil || len(files) < 70 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			var got strings.Builder
			for _, pod := range readPods(t, file) {
				fmt.Fprintln(&got, line(t, pod))
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("got\n%swant\n%s", got.String(), want)
			}
		})
	}
}

func readPods(t *testing.T, file string) []*corev1.Pod {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var pods []*corev1.Pod
	for _, doc := range bytes.Split(data, []byte("\n---\n")) {
		pod := &corev1.Pod{}
		if err := yaml.UnmarshalStrict(doc, pod); err != nil {
			t.Fatal(err)
		}
		pods = append(pods, pod)
	}
	return pods
}

// line is what Observe says of a Pod, as one line.
func line(t *testing.T, pod *corev1.Pod) string {
	t.Helper()
	p, ours := Observe(pod, pod.Labels[v1alpha1.LabelRunUID])
	if !ours {
		return "not ours"
	}
	var b strings.Builder
	say := func(words string, is bool) {
		if is {
			b.WriteString(words + " ")
		}
	}
	fmt.Fprintf(&b, "%s: ", pod.Status.Phase)
	say("scheduled", !p.Scheduled.IsZero())
	say("started", !p.Started.IsZero())
	say("running", p.Running)
	say("finished", !p.Finished.IsZero())
	say("terminal", p.Terminal)
	say("deleting", p.Deleting)
	say("preparing", !p.Init.Since.IsZero())
	say("prepared="+p.Init.Ran.String(), p.Init.Ran != 0)
	say("queued", p.Queued)
	say("silent", p.NodeSilent)
	say("sides", len(p.SidesRunning) > 0)
	say([]string{"", "SUCCEEDED", "UNCLEAR", "FAILED", "AWAITS SIDES"}[p.End], p.End != run.EndNone)
	say([]string{"", "WAITING", "GRACE", "FINAL"}[p.Waiting], p.Waiting != run.WaitingNone)
	say([]string{"", "UNANSWERED", "REFUSED"}[p.Pull], p.Pull != run.PullUntold)
	say(string(p.Reason), p.Reason != "")
	if p.ExitCode != nil {
		fmt.Fprintf(&b, "exit=%d ", *p.ExitCode)
	}
	for _, c := range p.Ends {
		fmt.Fprintf(&b, "(%s %s: %s) ", c.Name, c.Reason, c.Message)
	}
	for _, c := range p.Others {
		fmt.Fprintf(&b, "%s:%s ", c.Name, map[bool]string{false: "begun", true: "ended"}[c.Ended])
	}
	return strings.TrimSpace(b.String() + p.Message)
}

// TestNoSuccessOfDisturbed checks for every captured state what would be if main had ended with 0: no success if the Pod
// has a mark of a disturbance, and no success in a captured success either when it is given such a mark.
func TestNoSuccessOfDisturbed(t *testing.T) {
	marks := map[string]func(*corev1.Pod){
		"deleted": deleting, "past its deadline": statusReason("DeadlineExceeded", ""), "evicted": disrupted("EvictionByEvictionAPI", ""),
		"marked by the kubelet": disrupted("TerminationByKubelet", ""), "marked by Kueue": kueues("WorkloadEvictedDueToPreempted", ""),
	}
	files, _ := filepath.Glob("testdata/pods/*.yaml")
	disturbed, succeeded := 0, 0
	for _, file := range files {
		for i, pod := range readPods(t, file) {
			if end := exitZero(pod); end != run.EndSucceeded && isDisturbed(pod) {
				disturbed++
			} else if end == run.EndSucceeded && isDisturbed(pod) {
				t.Errorf("%s, state %d: a success", file, i)
			}
			if p, _ := Observe(pod, pod.Labels[v1alpha1.LabelRunUID]); p.End != run.EndSucceeded {
				continue
			}
			succeeded++
			for name, mark := range marks {
				marked := pod.DeepCopy()
				mark(marked)
				if p, _ := Observe(marked, pod.Labels[v1alpha1.LabelRunUID]); p.End == run.EndSucceeded {
					t.Errorf("%s, state %d, %s: a success", file, i, name)
				}
			}
		}
	}
	if disturbed < 50 || succeeded < 10 {
		t.Errorf("only %d disturbed states and %d successes", disturbed, succeeded)
	}
}

// exitZero is what Observe would make of the Pod's main if it had ended with 0.
func exitZero(pod *corev1.Pod) run.End {
	pod = pod.DeepCopy()
	for i := range pod.Status.ContainerStatuses {
		if s := &pod.Status.ContainerStatuses[i]; s.Name == v1alpha1.MainContainer {
			s.State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: at(1), FinishedAt: at(2)}}
		}
	}
	p, _ := Observe(pod, pod.Labels[v1alpha1.LabelRunUID])
	return p.End
}

// isDisturbed is the opposite of Observe's rule for an early success: a Pod that somebody deletes, evicts or replaces must not succeed early.
func isDisturbed(pod *corev1.Pod) bool {
	c, _ := condition(pod, corev1.DisruptionTarget)
	k, _ := condition(pod, terminationTarget)
	return pod.DeletionTimestamp != nil || pod.Status.Reason != "" || c.Status == corev1.ConditionTrue || k.Status == corev1.ConditionTrue
}
