package kube

import (
	"maps"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube/podstatus"
	"github.com/stepherd/stepherd/internal/run"
)

// tracker makes events of what a list-and-watch says. It keeps of each Pod only what Observe gives.
type tracker struct {
	uid    string
	born   *expectations
	listed func([]run.Pod)
	event  func(run.Event)

	known map[string]run.Pod // by UID
	begun bool               // listed was called
	// inList is set while a list is being read; fresh are the UIDs in it so far.
	inList bool
	fresh  map[string]bool
	order  []run.Pod // of the first list
}

func (t *tracker) listBegins() {
	t.inList, t.fresh, t.order = true, map[string]bool{}, nil
}

func (t *tracker) seen(pod *corev1.Pod) {
	now, ours := podstatus.Observe(pod, t.uid)
	if !ours {
		return
	}
	if t.inList {
		t.fresh[now.UID] = true
	}
	before, known := t.known[now.UID]
	t.known[now.UID] = now
	switch {
	case !t.begun:
		t.order = append(t.order, now)
	case !known || !before.Equal(now):
		t.event(run.PodSeen{Now: time.Now(), Pod: now})
	}
}

// listEnds reports the Pods that went while there was no watch.
func (t *tracker) listEnds() {
	t.inList = false
	for _, uid := range slices.Sorted(maps.Keys(t.known)) {
		if t.fresh[uid] {
			continue
		}
		pod := t.known[uid]
		delete(t.known, uid)
		if t.begun {
			t.event(run.PodGone{Now: time.Now(), Pod: pod})
		}
	}
	if !t.begun {
		t.begun = true
		t.listed(t.order)
	}
	t.fresh, t.order = nil, nil
}

func (t *tracker) gone(pod *corev1.Pod) {
	last, ours := podstatus.Observe(pod, t.uid)
	if !ours {
		return
	}
	delete(t.known, last.UID)
	t.event(run.PodGone{Now: time.Now(), Pod: last})
}

// reached reports the Pods that went while there was no watch and that only a create had returned: the watch would know them.
func (t *tracker) reached(version string) {
	for _, pod := range t.born.upTo(version) {
		if _, known := t.known[pod.UID]; !known {
			t.event(run.PodGone{Now: time.Now(), Pod: pod})
		}
	}
}

// attemptOf reads the labels of a Pod that we made.
func attemptOf(pod *corev1.Pod) (step string, attempt int) {
	attempt, _ = strconv.Atoi(pod.Labels[v1alpha1.LabelAttempt])
	return pod.Labels[v1alpha1.LabelStep], attempt
}
