package kube

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube/podstatus"
	"github.com/stepherd/stepherd/internal/run"
)

// RunRef names a run: its Job.
type RunRef struct {
	Namespace, Name, UID string
}

// StepPods are the Pods of one run. All calls ask the server once: what to do about an error is the caller's to say.
type StepPods struct {
	// core is the raw client of core/v1, because a typed one repeats calls that the server answers with Retry-After.
	core rest.Interface
	run  RunRef
	born expectations
}

// NewStepPods gives the Pods of a run; core is a client's CoreV1().RESTClient().
func NewStepPods(core rest.Interface, run RunRef) *StepPods { return &StepPods{core: core, run: run} }

// Create sends a Pod and gives what came of it: a PodSeen made of the server's answer, or a CreateFailed. A Pod of ours
// that exists already is a PodSeen, too: an answer to an earlier create was lost.
func (p *StepPods) Create(ctx context.Context, pod *corev1.Pod) run.Event {
	created, err := p.send(ctx, pod)
	if KindOf(err) == KindExists {
		return p.nameTaken(ctx, pod)
	}
	if err != nil {
		return createFailed(pod, err)
	}
	if seen, ours := podstatus.Observe(created, p.run.UID); ours {
		return p.told(seen, created)
	}
	return rejected(pod, "the API server, or an admission webhook, took from pod %s the labels or the owner by which the run knows it: look at the cluster's admission webhooks", pod.Name)
}

// told notes a Pod that a create has returned, so that Watch reports when it goes.
func (p *StepPods) told(seen run.Pod, pod *corev1.Pod) run.Event {
	p.born.add(seen, pod.ResourceVersion)
	return run.PodSeen{Now: time.Now(), Pod: seen}
}

func (p *StepPods) send(ctx context.Context, pod *corev1.Pod) (*corev1.Pod, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	out := &corev1.Pod{}
	err := p.core.Post().Namespace(p.run.Namespace).Resource("pods").MaxRetries(0).Body(pod).Do(ctx).Into(out)
	return out, Failed(err, "create pod %s", pod.Name)
}

// nameTaken answers a create whose name is taken, by who has it.
func (p *StepPods) nameTaken(ctx context.Context, wanted *corev1.Pod) run.Event {
	pod, err := p.get(ctx, wanted.Name)
	if err != nil {
		return createFailed(wanted, err) // gone meanwhile, or weather: the next create shows
	}
	if seen, ours := podstatus.Observe(pod, p.run.UID); ours && sameAttempt(pod, wanted) {
		return p.told(seen, pod)
	}
	if pod.DeletionTimestamp != nil {
		return failed(wanted, run.CreateBlocked, "the name %s is taken by a pod of %s that is on its way out", wanted.Name, ownerOf(pod))
	}
	return rejected(wanted, "the name %s is taken by a pod of %s: delete that pod, or submit under another name", wanted.Name, ownerOf(pod))
}

func sameAttempt(a, b *corev1.Pod) bool {
	return a.Labels[v1alpha1.LabelStep] == b.Labels[v1alpha1.LabelStep] &&
		a.Labels[v1alpha1.LabelIndex] == b.Labels[v1alpha1.LabelIndex] &&
		a.Labels[v1alpha1.LabelAttempt] == b.Labels[v1alpha1.LabelAttempt]
}

// ownerOf says whose a Pod is.
func ownerOf(o metav1.Object) string {
	refs := o.GetOwnerReferences()
	if len(refs) == 0 {
		return "nobody"
	}
	return fmt.Sprintf("%s %s (UID %s)", refs[0].Kind, refs[0].Name, refs[0].UID)
}

func (p *StepPods) get(ctx context.Context, name string) (*corev1.Pod, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	out := &corev1.Pod{}
	err := p.core.Get().Namespace(p.run.Namespace).Resource("pods").Name(name).MaxRetries(0).Do(ctx).Into(out)
	return out, Failed(err, "get pod %s", name)
}

// createFailed classifies an error of a create.
//
// A missing right is the installation's fault, not the step's: it is weather that somebody has to change, said in the
// message each time, and the run goes on as soon as the right is given. So is a namespace that is being deleted, which
// takes the driver along.
//
// Webhooks are asked before anything is written, so that one which cannot decide leaves no Pod behind.
func createFailed(pod *corev1.Pod, err error) run.Event {
	if webhook, why, is := webhookOf(err); is {
		e := failed(pod, run.CreateBlocked, "create pod %s: admission webhook %q cannot be asked for now, and is asked again: %s", pod.Name, webhook, why)
		e.RetryAfter = wishOf(err)
		return e
	}
	class := run.CreateTransient
	switch KindOf(err) {
	case KindQuota:
		class = run.CreateQuota
	case KindRefused:
		class = run.CreateRejected
	case KindNone, KindTransient, KindDone, KindNotFound, KindExists, KindConflict, KindExpired, KindNoRight, KindNamespaceEnds:
	}
	e := failed(pod, class, "%s", err.Error())
	e.RetryAfter = wishOf(err)
	return e
}

// webhookOf names the admission webhook that cannot decide for now, and why.
func webhookOf(err error) (webhook, why string, is bool) {
	var e *Error
	if !errors.As(err, &e) {
		return "", "", false
	}
	if webhook, why, is = e.WebhookAway(); is {
		return webhook, why, is
	}
	return e.WebhookBusy()
}

func rejected(pod *corev1.Pod, format string, args ...any) run.Event {
	return failed(pod, run.CreateRejected, format, args...)
}

func failed(pod *corev1.Pod, class run.CreateClass, format string, args ...any) run.CreateFailed {
	step, attempt := attemptOf(pod)
	return run.CreateFailed{
		Now: time.Now(), Step: step, Attempt: attempt, Class: class,
		Message: podstatus.OneLine(fmt.Sprintf(format, args...)),
	}
}

// Delete asks for the end of a Pod by its UID, within grace (whole seconds, rounded up; nil is the Pod's own). No grace
// is a second: with none at all the Pod would be gone from the API before it has ended on its node, and its last lines
// with it. A Pod that does not exist any more, or whose name is another's now, is a success. Errors are *Error.
func (p *StepPods) Delete(ctx context.Context, name, uid string, grace *time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	background := metav1.DeletePropagationBackground
	precondition := types.UID(uid)
	err := p.core.Delete().Namespace(p.run.Namespace).Resource("pods").Name(name).MaxRetries(0).
		Body(&metav1.DeleteOptions{
			Preconditions:      &metav1.Preconditions{UID: &precondition},
			PropagationPolicy:  &background,
			GracePeriodSeconds: graceSeconds(grace),
		}).Do(ctx).Error()
	err = Failed(err, "delete pod %s", name)
	if KindOf(err) == KindNotFound || IsAnotherUID(err) {
		return nil
	}
	return err
}

func graceSeconds(grace *time.Duration) *int64 {
	if grace == nil {
		return nil
	}
	seconds := max(1, int64(math.Ceil(grace.Seconds())))
	return &seconds
}

// IsAnotherUID reports whether a precondition on the UID failed (apiserver/pkg/registry/rest/delete.go, BeforeDelete, and
// apiserver/pkg/storage/interfaces.go, Preconditions.Check, v1.35).
func IsAnotherUID(err error) bool {
	return KindOf(err) == KindConflict && strings.Contains(err.Error(), "precondition")
}

// List gives the run's Pods that exist now.
func (p *StepPods) List(ctx context.Context) ([]run.Pod, error) {
	var all []run.Pod
	opts := metav1.ListOptions{LabelSelector: p.selector(), Limit: ListPage}
	for {
		page, err := p.list(ctx, opts)
		if err != nil {
			return nil, Failed(err, "list the pods of run %s", p.run.Name)
		}
		for i := range page.Items {
			if seen, ours := podstatus.Observe(&page.Items[i], p.run.UID); ours {
				all = append(all, seen)
			}
		}
		if page.Continue == "" {
			return all, nil
		}
		opts.Continue = page.Continue
	}
}

// Watch keeps its caller up to date with the run's Pods until ctx is done, whose cause it gives. First listed is called,
// once, with all that exist, then event with a PodSeen for each that has changed in what Observe tells and a PodGone for
// each that has vanished, also in a gap of the watch, and if Create alone has told of it. trouble tells of breaks.
func (p *StepPods) Watch(ctx context.Context, listed func([]run.Pod), event func(run.Event), trouble func(error, time.Duration)) error {
	t := &tracker{uid: p.run.UID, born: &p.born, known: map[string]run.Pod{}, listed: listed, event: event}
	lw := ListWatch{
		LabelSelector: p.selector(),
		List:          func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return p.list(ctx, o) },
		Watch:         p.watch,
	}
	return Run(ctx, lw, Handler[*corev1.Pod]{
		ListBegins: t.listBegins, Seen: t.seen, ListEnds: t.listEnds, Gone: t.gone, Reached: t.reached, Trouble: trouble,
	})
}

func (p *StepPods) selector() string { return v1alpha1.LabelRunUID + "=" + p.run.UID }

func (p *StepPods) list(ctx context.Context, opts metav1.ListOptions) (*corev1.PodList, error) {
	out := &corev1.PodList{}
	err := p.core.Get().Namespace(p.run.Namespace).Resource("pods").MaxRetries(0).
		VersionedParams(&opts, scheme.ParameterCodec).Do(ctx).Into(out)
	return out, err
}

func (p *StepPods) watch(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
	opts.Watch = true
	return p.core.Get().Namespace(p.run.Namespace).Resource("pods").MaxRetries(0).
		VersionedParams(&opts, scheme.ParameterCodec).Watch(ctx)
}
