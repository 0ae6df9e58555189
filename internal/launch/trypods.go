package launch

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
)

// UnknownUID stands for the UID that the server will give to the run.
const UnknownUID = "00000000-0000-0000-0000-000000000000"

// tryWorkers is how many step Pods are tried at once.
const tryWorkers = 16

// kindOfPod is a step Pod and the steps whose Pods differ from it in nothing that the API server looks at.
type kindOfPod struct {
	pod   *corev1.Pod
	steps []string
}

// checkStepPods asks the server whether it would take each distinct step Pod.
func (l *Launcher) checkStepPods(ctx context.Context, p *v1alpha1.Pipeline, run string) ([]finding, error) {
	kinds, err := kindsOfPods(p, podspec.Identity{Run: run, RunUID: UnknownUID, Namespace: l.Namespace})
	if err != nil {
		return nil, &Error{Class: ClassUser, Lines: []string{err.Error()}, err: err}
	}
	may, err := l.Cluster.MayCreatePods(ctx, l.Namespace)
	if err != nil {
		return nil, err
	}
	if !may {
		return nil, notAsked{right{"create", "pods", l.Namespace}}
	}
	answers := make([]error, len(kinds))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(tryWorkers, len(kinds)) {
		wg.Go(func() {
			for i := range next {
				answers[i] = l.Cluster.TryPod(ctx, kinds[i].pod)
			}
		})
	}
	for i := range kinds {
		next <- i
	}
	close(next)
	wg.Wait()
	return l.refusals(p, kinds, answers)
}

// notAsked is a question that was not asked for want of a right.
type notAsked struct{ right right }

func (e notAsked) Error() string { return "you may not " + e.right.verb + " " + e.right.resource }

// MissingRight makes it such an error as a port gives.
func (e notAsked) MissingRight() (verb, resource, namespace string, ok bool) {
	return e.right.verb, e.right.resource, e.right.namespace, true
}

// refusals makes findings of the answers. A quota that is used up now is worth a note only: the driver waits until there is
// room.
func (l *Launcher) refusals(p *v1alpha1.Pipeline, kinds []kindOfPod, answers []error) ([]finding, error) {
	var found []finding
	for i, err := range answers {
		webhook, inTheWay := webhookTrouble(err)
		unasked, notTried := unaskedWebhook(err)
		switch {
		case err == nil, isExists(err):
		case isQuota(err):
			l.note("%s would have to wait for room in a quota now: %s", stepList(kinds[i].steps), message(err))
		case isRefused(err):
			found = append(found, finding{class: ClassUser, text: l.refusal(p, kinds[i], message(err))})
		case notTried:
			l.note("%s: not tried, because the admission webhook %q takes no dry-run", stepList(kinds[i].steps), unasked)
		case inTheWay:
			found = append(found, finding{class: ClassCluster, text: fmt.Sprintf("%s: its Pod cannot be created: %s", stepList(kinds[i].steps), webhook),
				remedy: "; try again later, ask whoever runs that webhook, or submit with --no-check and the run waits for it"})
		case isNotFound(err): // the namespace; checkNamespace says so where it may
			found = append(found, finding{alone: true, text: fmt.Sprintf("there is no namespace %q", l.Namespace)})
		default:
			return nil, err
		}
	}
	return found, nil
}

// violated is what the PodSecurity admission says (pod-security-admission/admission/admission.go).
var violated = regexp.MustCompile(`violates PodSecurity "(restricted|baseline):[^"]*": (.*)`)

func (l *Launcher) refusal(p *v1alpha1.Pipeline, k kindOfPod, text string) string {
	m := violated.FindStringSubmatch(text)
	if m == nil {
		return fmt.Sprintf("%s: the cluster refuses its Pod: %s", stepList(k.steps), text)
	}
	level, why := m[1], m[2]
	sentence := fmt.Sprintf("%s: namespace %q enforces the Pod Security Standard %s, which its Pod violates (%s)", stepList(k.steps), l.Namespace, level, why)
	if security(p, k.steps[0]) == v1alpha1.Security(level) || security(p, k.steps[0]) == v1alpha1.SecurityRestricted {
		return sentence + "; change what its podSettings ask for"
	}
	return sentence + fmt.Sprintf("; add to the pipeline or to the step: settings: {security: %s}", level)
}

func security(p *v1alpha1.Pipeline, step string) v1alpha1.Security {
	for i := range p.Steps {
		if p.Steps[i].Name == step {
			if s, err := v1alpha1.Effective(p, &p.Steps[i]); err == nil && s.Security != "" {
				return s.Security
			}
		}
	}
	return v1alpha1.SecurityBaseline
}

// stepList is `step "a"`, or `step "a" and 3 others`.
func stepList(steps []string) string {
	head := fmt.Sprintf("step %q", steps[0])
	switch n := len(steps) - 1; n {
	case 0:
		return head
	case 1:
		return head + " and 1 other"
	default:
		return fmt.Sprintf("%s and %d others", head, n)
	}
}

// kindsOfPods sorts the steps by their own settings: the Pods of steps with the same settings differ in name, command and
// args alone, which the server does not judge.
func kindsOfPods(p *v1alpha1.Pipeline, id podspec.Identity) ([]kindOfPod, error) {
	var kinds []kindOfPod
	index := map[string]int{}
	for i := range p.Steps {
		step := p.Steps[i].Name
		key, err := json.Marshal(p.Steps[i].Settings)
		if err != nil {
			return nil, fmt.Errorf("compare the settings of step %q: %w", step, err)
		}
		at, known := index[string(key)]
		if !known {
			pod, err := podspec.StepPod(p, step, 1, 0, id)
			if err != nil {
				return nil, err
			}
			at = len(kinds)
			index[string(key)] = at
			kinds = append(kinds, kindOfPod{pod: pod})
		}
		kinds[at].steps = append(kinds[at].steps, step)
	}
	return kinds, nil
}
