package weather

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
)

// kubelet plays every Pod that appears: it starts after a second, runs for five and succeeds; its phase follows a second
// later. A Pod that is being deleted ends at once.
type kubelet struct {
	server *kubetest.Server
	made   map[string]int // by step: how many Pods there were
	known  map[string]bool
}

// work looks at the Pods ten times a second until done is closed. It writes in the server itself: no weather for it.
func (k *kubelet) work(done <-chan struct{}) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			for _, name := range k.server.Names("pods", "ns") {
				k.look(name)
			}
		}
	}
}

func (k *kubelet) look(name string) {
	pod := k.server.Get("pods", "ns", name)
	meta := pod["metadata"].(map[string]any)
	if uid := meta["uid"].(string); !k.known[uid] {
		k.known[uid] = true
		k.made[meta["labels"].(map[string]any)[v1alpha1.LabelStep].(string)]++
	}
	born, err := time.Parse(time.RFC3339, meta["creationTimestamp"].(string))
	if err != nil {
		panic(err)
	}
	age := time.Since(born)
	switch status := pod["status"].(map[string]any); {
	case meta["deletionTimestamp"] != nil:
		k.server.Remove("pods", "ns", name)
	case status["phase"] == "Succeeded":
	case age >= 7*time.Second:
		k.set(name, "Succeeded", born, map[string]any{"terminated": ended(born)})
	case age >= 6*time.Second && !terminated(status):
		k.set(name, "Running", born, map[string]any{"terminated": ended(born)})
	case age >= time.Second && status["phase"] == "Pending":
		k.set(name, "Running", born, map[string]any{"running": map[string]any{"startedAt": stamp(born.Add(time.Second))}})
	}
}

func terminated(status map[string]any) bool {
	all, _ := status["containerStatuses"].([]any)
	return len(all) > 0 && all[0].(map[string]any)["state"].(map[string]any)["terminated"] != nil
}

func ended(born time.Time) map[string]any {
	return map[string]any{
		"exitCode": 0, "reason": "Completed", "startedAt": stamp(born.Add(time.Second)), "finishedAt": stamp(born.Add(6 * time.Second)),
	}
}

func stamp(t time.Time) string { return metav1.NewTime(t).UTC().Format(time.RFC3339) }

func (k *kubelet) set(name, phase string, born time.Time, state map[string]any) {
	k.server.Set("pods", "ns", name, func(pod map[string]any) {
		pod["spec"].(map[string]any)["nodeName"] = "node-1"
		pod["status"] = map[string]any{
			"phase":      phase,
			"conditions": []any{map[string]any{"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp(born)}},
			"containerStatuses": []any{
				map[string]any{"name": v1alpha1.MainContainer, "state": state},
			},
		}
	})
}
