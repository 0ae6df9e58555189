package runs

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/run"
)

// StepPods are the step Pods that exist, as attempts of their steps, in the order in which steps are first met.
func (r *Client) StepPods(ctx context.Context, namespace, uid string) ([]v1alpha1.StepStatus, error) {
	pods, err := r.stepPods(namespace, uid).List(ctx)
	if err != nil {
		return nil, err
	}
	var steps []v1alpha1.StepStatus
	index := map[string]int{}
	for _, p := range pods {
		i, known := index[p.Step]
		if !known {
			i = len(steps)
			index[p.Step] = i
			steps = append(steps, v1alpha1.StepStatus{Name: p.Step})
		}
		steps[i].Attempts = append(steps[i].Attempts, Attempt(p, time.Now()))
	}
	return steps, nil
}

// WatchStepPods tells of step Pods as attempts.
func (r *Client) WatchStepPods(ctx context.Context, namespace, uid string, seen func(step string, a v1alpha1.AttemptStatus, gone bool), trouble func(error)) error {
	tell := func(p run.Pod, gone bool) { seen(p.Step, Attempt(p, time.Now()), gone) }
	ctx, ifDenied := kube.UntilDenied(ctx, trouble)
	return r.stepPods(namespace, uid).Watch(ctx, func(pods []run.Pod) {
		for _, p := range pods {
			tell(p, false)
		}
	}, func(e run.Event) {
		switch e := e.(type) {
		case run.PodSeen:
			tell(e.Pod, false)
		case run.PodGone:
			tell(e.Pod, true)
		}
	}, ifDenied)
}

// StopStepPods asks for the end of every step Pod that has not ended, within grace (nil is the Pod's own), and gives how
// many of them may still end, those included whose end was asked for before; lost are those that are to go and whose node
// does not answer. Of a Pod that is on its way out already, grace can only shorten the time that it has.
func (r *Client) StopStepPods(ctx context.Context, namespace, uid string, grace *time.Duration) (live, lost int, err error) {
	steps := r.stepPods(namespace, uid)
	pods, err := steps.List(ctx)
	if err != nil {
		return 0, 0, err
	}
	for _, p := range pods {
		switch {
		case p.Terminal:
			continue
		case p.Deleting && p.NodeSilent:
			lost++
			continue
		}
		live++
		if p.Deleting && !outlasts(p, grace, time.Now()) {
			continue
		}
		if err := steps.Delete(ctx, p.Name, p.UID, grace); err != nil {
			return live, lost, err
		}
	}
	return live, lost, nil
}

// outlasts reports whether a Pod on its way out has more time than grace would give it.
func outlasts(p run.Pod, grace *time.Duration, now time.Time) bool {
	return grace != nil && p.DeleteBy.Sub(now) > *grace+time.Second
}

func (r *Client) stepPods(namespace, uid string) *kube.StepPods {
	return kube.NewStepPods(r.client.CoreV1().RESTClient(), kube.RunRef{Namespace: namespace, UID: uid})
}

// Attempt is a step Pod as a reader of the run sees it. An end that stays unclear for longer than the driver would wait is
// taken for what it seems to be.
func Attempt(p run.Pod, now time.Time) v1alpha1.AttemptStatus {
	message := p.Message
	if p.End == run.EndAwaitsSides {
		message = run.AwaitsSides(p)
	}
	return v1alpha1.AttemptStatus{
		Number: p.Attempt, Pod: p.Name, Node: p.Node,
		Phase: attemptPhase(p, now), Reason: p.Reason, Message: message, ExitCode: p.ExitCode,
		CreatedAt: moment(p.Created), ScheduledAt: moment(p.Scheduled), StartedAt: moment(p.Started), FinishedAt: moment(p.Finished),
		Containers: p.Ends, Others: others(p.Others), Queued: p.Queued,
	}
}

func others(containers []run.Container) []v1alpha1.OtherContainer {
	var out []v1alpha1.OtherContainer
	for _, c := range containers {
		out = append(out, v1alpha1.OtherContainer{Name: c.Name, StartedAt: moment(c.Started), Ended: c.Ended})
	}
	return out
}

func attemptPhase(p run.Pod, now time.Time) v1alpha1.StepPhase {
	switch p.End {
	case run.EndSucceeded:
		return v1alpha1.StepSucceeded
	case run.EndFailed:
		return v1alpha1.StepFailed
	case run.EndAwaitsSides:
		return v1alpha1.StepRunning
	case run.EndUnclear:
		if now.Sub(p.Finished) > run.SettleTime {
			return v1alpha1.StepFailed
		}
		return v1alpha1.StepRunning
	case run.EndNone:
	}
	if p.Running {
		return v1alpha1.StepRunning
	}
	return v1alpha1.StepPending
}

func moment(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	m := metav1.NewTime(t)
	return &m
}

// Events are those about the object of that UID.
func (r *Client) Events(ctx context.Context, namespace, uid string) ([]corev1.Event, error) {
	return r.events(ctx, namespace, fields.Set{"involvedObject.uid": uid})
}

// PodEvents are those about the Pod of that name.
func (r *Client) PodEvents(ctx context.Context, namespace, pod string) ([]corev1.Event, error) {
	return r.events(ctx, namespace, fields.Set{"involvedObject.kind": "Pod", "involvedObject.name": pod})
}

// QueueEvents are those about Workloads, by which Kueue queues Pods.
func (r *Client) QueueEvents(ctx context.Context, namespace string) ([]corev1.Event, error) {
	return r.events(ctx, namespace, fields.Set{"involvedObject.kind": "Workload"})
}

func (r *Client) events(ctx context.Context, namespace string, about fields.Set) ([]corev1.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	list, err := r.client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: about.AsSelector().String()})
	if err != nil {
		return nil, kube.Failed(err, "list events")
	}
	return list.Items, nil
}
