package preflight

import (
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/sync/errgroup"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/podspec"
)

// tryWorkers is how many Pods are tried at once.
const tryWorkers = 16

// DryRunner asks the API server whether it would take what a run creates.
type DryRunner interface {
	MayCreatePods(ctx context.Context, namespace string) (bool, error)
	// TryPod is a create by server-side dry-run. It gives the Pod as the server would keep it, and the server's warnings.
	TryPod(ctx context.Context, pod *corev1.Pod) (answer *corev1.Pod, warnings []string, err error)
	// TryRecord is the create of the run's record by server-side dry-run.
	TryRecord(ctx context.Context, namespace, run string) error
	// Quotas are the ResourceQuotas of a namespace.
	Quotas(ctx context.Context, namespace string) ([]corev1.ResourceQuota, error)
}

// Remake makes the run's Job of the pipeline with other resources.
type Remake = func(*v1alpha1.Pipeline) (*batchv1.Job, error)

// dryRun asks what the cluster would make of the run's Pods. Its questions are independent of each other; what the answers mean
// is decided when all are there.
type dryRun struct {
	c        *client.Client
	server   DryRunner
	pipeline *v1alpha1.Pipeline
	job      *batchv1.Job
	remake   Remake

	// pods are the driver's and one for each kind of step Pod.
	pods []*dryRunPod
	// quotas are known unless the user may not list them.
	quotas []corev1.ResourceQuota
	// record is the answer to the attempt to make the run's record.
	record error
}

// dryRunPod is a Pod, whose it is, and the answer to it.
type dryRunPod struct {
	sent *corev1.Pod
	// steps are those whose Pods differ from it in nothing that the API server looks at; none where it is the driver's.
	steps []string

	answer   *corev1.Pod // nil if the server did not take it
	warnings []string
	err      error
}

func (x *dryRunPod) isDriver() bool { return len(x.steps) == 0 }

// pod is what is known best of the Pod: with what admission has filled in, or as it was sent.
func (x *dryRunPod) pod() *corev1.Pod {
	if x.answer != nil {
		return x.answer
	}
	return x.sent
}

// tryPods asks the server whether it would take the driver's Pod and each distinct step Pod.
func (t *dryRun) tryPods(ctx context.Context) ([]finding, error) {
	kinds, err := kindsOfPods(t.pipeline, podspec.Identity{Run: t.job.Name, RunUID: podspec.UnknownUID, Namespace: t.c.Namespace})
	if err != nil {
		return nil, client.InvalidPipeline(err)
	}
	t.pods = append([]*dryRunPod{{sent: podspec.DriverPod(t.job, podspec.UnknownUID)}}, kinds...)
	may, err := t.server.MayCreatePods(ctx, t.c.Namespace)
	if err != nil {
		return nil, err
	}
	if !may {
		return nil, notAsked{client.Right{Verb: "create", Resource: "pods", Namespace: t.c.Namespace}}
	}
	sideBySide(len(t.pods), func(i int) {
		x := t.pods[i]
		x.answer, x.warnings, x.err = t.server.TryPod(ctx, x.sent)
	})
	var unanswered []error
	for _, x := range t.pods {
		if isUnanswered(x.err) {
			unanswered = append(unanswered, x.err)
		}
	}
	return nil, errs.Join(unanswered...)
}

// isUnanswered reports whether an error says nothing about the Pod.
func isUnanswered(err error) bool {
	_, inTheWay := client.WebhookTrouble(err)
	_, notTried := client.UnaskedWebhook(err)
	return err != nil && !inTheWay && !notTried && !client.IsExists(err) && !client.IsQuota(err) && !client.IsRefused(err) && !errs.IsNotFound(err)
}

// sideBySide calls do with the numbers below n, at most tryWorkers at once.
func sideBySide(n int, do func(i int)) {
	var workers errgroup.Group
	workers.SetLimit(tryWorkers)
	for i := range n {
		workers.Go(func() error {
			do(i)
			return nil
		})
	}
	_ = workers.Wait() // none fails
}

// listQuotas asks what the namespace's quotas allow.
func (t *dryRun) listQuotas(ctx context.Context) ([]finding, error) {
	quotas, err := t.server.Quotas(ctx, t.c.Namespace)
	t.quotas = quotas
	return nil, err
}

// tryRecord asks whether the driver's record could be made. A user who may not ask learns it from the quotas, if at all.
func (t *dryRun) tryRecord(ctx context.Context) ([]finding, error) {
	t.record = t.server.TryRecord(ctx, t.c.Namespace, t.job.Name)
	if _, missing := client.MissingRight(t.record); missing {
		t.record = nil
	}
	if isUnanswered(t.record) {
		return nil, t.record
	}
	return nil, nil
}

// notAsked is a question that was not asked for want of a right.
type notAsked struct{ right client.Right }

func (e notAsked) Error() string { return "you may not " + e.right.Verb + " " + e.right.Resource }

// MissingRight makes it such an error as a port gives.
func (e notAsked) MissingRight() (verb, resource, namespace string, ok bool) {
	return e.right.Verb, e.right.Resource, e.right.Namespace, true
}

// kindsOfPods sorts the steps by their own settings: the Pods of steps with the same settings differ in name, command and
// args alone, which the server does not judge. Its error names every step whose Pod cannot be made.
func kindsOfPods(p *v1alpha1.Pipeline, id podspec.Identity) ([]*dryRunPod, error) {
	var kinds []*dryRunPod
	var failed []error
	index := map[string]int{}
	for _, s := range p.EachStep() {
		step := s.Name
		key, err := json.Marshal(s.Settings)
		if err != nil {
			failed = append(failed, fmt.Errorf("compare the settings of step %q: %w", step, err))
			continue
		}
		at, known := index[string(key)]
		if !known {
			pod, err := podspec.StepPod(p, step, podspec.Attempt{Number: 1}, id)
			if err != nil {
				failed = append(failed, err)
				continue
			}
			at = len(kinds)
			index[string(key)] = at
			kinds = append(kinds, &dryRunPod{sent: pod})
		}
		kinds[at].steps = append(kinds[at].steps, step)
	}
	return kinds, errs.Join(failed...)
}
