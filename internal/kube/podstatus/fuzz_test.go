package podstatus

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/run"
)

// FuzzObserve holds what must be true of any Pod, however strange.
func FuzzObserve(f *testing.F) {
	files, _ := filepath.Glob("testdata/pods/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, doc := range bytes.Split(data, []byte("\n---\n")) {
			seed, err := yaml.YAMLToJSON(doc)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(seed)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		pod := &corev1.Pod{}
		if json.Unmarshal(data, pod) != nil {
			return
		}
		p, ours := Observe(pod, pod.Labels[v1alpha1.LabelRunUID])
		if !ours {
			return
		}
		for _, wrong := range []string{wrongEnd(pod, p), wrongLife(p), wrongDeletion(pod, p), wrongWords(p)} {
			if wrong != "" {
				t.Errorf("%s: %+v", wrong, p)
			}
		}
	})
}

// wrongEnd names what is wrong with what p says of main's end.
func wrongEnd(pod *corev1.Pod, p run.Pod) string {
	switch {
	case p.End == run.EndSucceeded && (p.ExitCode == nil || *p.ExitCode != 0 || p.Reason != "" || isDisturbed(pod)):
		return "a success that is none"
	case (p.End == run.EndUnclear || p.End == run.EndFailed) && p.Reason == "":
		return "an end without a reason"
	case p.End == run.EndUnclear && p.Terminal:
		return "a terminal phase leaves nothing unclear"
	case p.Terminal && p.End == run.EndNone:
		return "a terminal phase without an end"
	case p.ExitCode != nil && p.End == run.EndNone, (p.End == run.EndAwaitsSides) != (len(p.Awaited) > 0), len(p.SidesRunning) > 0 && (p.ExitCode == nil || p.Terminal):
		return "main has ended and has not"
	}
	return ""
}

// wrongLife names what is wrong with what p says of a Pod's life before main's end.
func wrongLife(p run.Pod) string {
	switch {
	case p.End != run.EndNone && (p.Running || p.Waiting != run.WaitingNone):
		return "ended and not ended"
	case p.Waiting != run.WaitingNone && (p.Running || p.Deleting):
		return "trouble that passes for nothing"
	case (p.Waiting == run.WaitingGrace || p.Waiting == run.WaitingFinal) != (p.Reason != "" && p.End == run.EndNone && !p.Deleting):
		return "a reason without trouble, or trouble that fails a step without a reason"
	case p.Attempt < 1 || p.Step == "":
		return "no attempt"
	case isEpoch(p.Started), isEpoch(p.Finished):
		return "a time that never was"
	}
	return ""
}

// isEpoch reports whether a time is none: what never happened is the zero time.
func isEpoch(t time.Time) bool { return !t.IsZero() && t.Unix() <= 0 }

// wrongDeletion names what is wrong with what p says of deletion and of the node.
func wrongDeletion(pod *corev1.Pod, p run.Pod) string {
	ready, _ := condition(pod, corev1.PodReady)
	switch {
	case p.Deleting != (pod.DeletionTimestamp != nil):
		return "deleted and not deleted"
	case p.Deleting && !p.DeleteBy.Equal(pod.DeletionTimestamp.Time), !p.Deleting && !p.DeleteBy.IsZero():
		return "a time of deletion that is not the Pod's"
	case p.NodeSilent && ready.Status != corev1.ConditionFalse:
		return "a silent node under a Pod that is ready"
	case p.NodeSilent && !p.Deleting && len(pod.Spec.ReadinessGates) > 0:
		return "a silent node because of a readiness gate"
	case p.NodeSilent && p.Deleting && pod.Status.ObservedGeneration == pod.Generation && !markedNotReady(pod):
		return "a silent node whose kubelet has seen the deletion"
	}
	return ""
}

// wrongWords reports whether a message is more than one short line.
func wrongWords(p run.Pod) string {
	if strings.ContainsAny(p.Message, "\n\r\t") || len(p.Message) > maxMessage+len("...") {
		return "a message that is not one short line"
	}
	return ""
}
