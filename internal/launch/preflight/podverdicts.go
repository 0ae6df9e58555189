package preflight

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/admission"
	"github.com/stepherd/stepherd/internal/launch/client"
)

// verdict is the result for tried Pods, without whose they are.
type verdict struct {
	finding
	// note: it stops no submit.
	note bool
}

// findings makes findings of the answers, and notes of what stops nothing: a quota that is used up now, because the driver
// waits until there is room.
func (t *dryRun) findings(ctx context.Context) []finding {
	verdicts := make([]*verdict, len(t.pods))
	sideBySide(len(t.pods), func(i int) { verdicts[i] = t.verdictOn(ctx, t.pods[i]) })
	var found []finding
	for _, same := range groups(verdicts, t.pods) {
		v, who := same.verdict, whose(same.pods)
		if v.note {
			t.c.Note("%s: %s", who, v.text)
			continue
		}
		f := v.finding
		if !f.alone {
			f.text = who + ": " + f.text
		}
		found = append(found, f)
	}
	return append(found, t.recordFindings()...)
}

// group is a verdict and the Pods that share it.
type group struct {
	verdict *verdict
	pods    []*dryRunPod
}

func groups(verdicts []*verdict, pods []*dryRunPod) []*group {
	var all []*group
	byText := map[verdict]*group{}
	for i, v := range verdicts {
		if v == nil {
			continue
		}
		g := byText[*v]
		if g == nil {
			g = &group{verdict: v}
			byText[*v] = g
			all = append(all, g)
		}
		g.pods = append(g.pods, pods[i])
	}
	return all
}

// verdictOn gives nil where all is well.
func (t *dryRun) verdictOn(ctx context.Context, x *dryRunPod) *verdict {
	webhook, inTheWay := client.WebhookTrouble(x.err)
	unasked, notTried := client.UnaskedWebhook(x.err)
	never := t.never(ctx, x)
	switch {
	case notTried:
		return &verdict{finding: finding{text: fmt.Sprintf("not tried, because the admission webhook %q takes no dry-run", unasked)}, note: true}
	case inTheWay:
		return &verdict{finding: finding{class: client.ClassCluster, text: "its Pod cannot be created: " + webhook +
			"; try again later, ask whoever runs that webhook, or submit with --no-check and the run waits for it"}}
	case client.IsRefused(x.err):
		return t.refusal(ctx, x)
	case errs.IsNotFound(x.err): // the namespace; checkNamespace reports it if it may
		return &verdict{finding: finding{alone: true, text: fmt.Sprintf("there is no namespace %q", t.c.Namespace)}}
	case len(never) > 0:
		return &verdict{finding: finding{class: client.ClassUser, text: neverText(x, never)}}
	case client.IsQuota(x.err):
		return &verdict{finding: finding{text: "its Pod would have to wait for room in a quota now: " + said(x.err)}, note: true}
	}
	return nil
}

// never is what the quotas can never have room for; where they are not known, as far as the refusal itself shows it.
func (t *dryRun) never(ctx context.Context, x *dryRunPod) []admission.Excess {
	var driver *corev1.Pod
	if !x.isDriver() {
		driver = t.pods[0].pod()
	}
	found := admission.NeverFits(t.quotas, x.pod(), driver)
	if len(found) > 0 || len(t.quotas) > 0 || !client.IsQuota(x.err) {
		return found
	}
	return slices.DeleteFunc(admission.NeverSaid(client.Message(x.err), driver), func(e admission.Excess) bool {
		return !e.Beside.IsZero() && !t.countsDriver(ctx, e)
	})
}

// countsDriver asks whether a quota that may not be read counts the driver's Pod: it does if it refuses one that asks for more
// than it has in all.
func (t *dryRun) countsDriver(ctx context.Context, e admission.Excess) bool {
	probe, ok := admission.Probe(t.pods[0].sent, e)
	if !ok {
		return false
	}
	_, _, err := t.server.TryPod(ctx, probe)
	return client.IsQuota(err) && e.Refuses(client.Message(err))
}

func neverText(x *dryRunPod, never []admission.Excess) string {
	var parts []string
	beside := false
	for _, e := range never {
		part := fmt.Sprintf("asks for %s=%s", e.Resource, e.Asked.String())
		if !e.Beside.IsZero() {
			beside = true
			part += fmt.Sprintf(" beside the driver's %s", e.Beside.String())
		}
		parts = append(parts, fmt.Sprintf("%s where quota %q allows %s in all", part, e.Quota, e.Hard.String()))
	}
	less := "ask for less in settings.resources, or "
	switch {
	case slices.ContainsFunc(never, admission.Excess.OfPods):
		less = ""
	case x.isDriver():
		less = "ask for less in driver.resources, or "
	case beside:
		less = "ask for less in settings.resources or driver.resources, or "
	}
	return fmt.Sprintf("its Pod can never be created: it %s; %shave the quota raised", strings.Join(parts, ", and "), less)
}

// forbidden is how the server begins, with a name that was made for the dry-run.
var forbidden = regexp.MustCompile(`^(?:(?:pods|configmaps) "[^"]*" is forbidden|(?:Pod|ConfigMap) "[^"]*" is invalid): `)

// said is the server's own words about an object, without its name.
func said(err error) string { return forbidden.ReplaceAllString(client.Message(err), "") }

// violated is what the PodSecurity admission says (pod-security-admission/admission/admission.go).
var violated = regexp.MustCompile(`violates PodSecurity "(restricted|baseline):[^"]*": (.*)`)

// noAccount is what the ServiceAccount admission says (plugin/pkg/admission/serviceaccount/admission.go).
var noAccount = regexp.MustCompile(`error looking up service account .* not found`)

func (t *dryRun) refusal(ctx context.Context, x *dryRunPod) *verdict {
	text := said(x.err)
	if m := violated.FindStringSubmatch(text); m != nil {
		return &verdict{finding: finding{class: client.ClassUser, text: t.violation(x, v1alpha1.Security(m[1]), m[2])}}
	}
	f := finding{class: client.ClassUser, text: "the cluster refuses its Pod: "}
	if x.isDriver() && noAccount.MatchString(text) {
		// The account's own check says the same, with the same remedy.
		f.text, f.remedy = f.text+text, install(t.c, t.job.Spec.Template.Spec.ServiceAccountName)
		return &verdict{finding: f}
	}
	refusals, advice := t.advise(ctx, x, text)
	f.text += strings.Join(refusals, "; and then: ") + advice
	return &verdict{finding: f}
}

func (t *dryRun) violation(x *dryRunPod, level v1alpha1.Security, why string) string {
	sentence := fmt.Sprintf("namespace %q enforces the Pod Security Standard %s, which its Pod violates (%s)", t.c.Namespace, level, why)
	if x.isDriver() {
		return sentence + "; change what driver.podSettings ask for"
	}
	if has := security(t.pipeline, x.steps[0]); has == level || has == v1alpha1.SecurityRestricted {
		return sentence + "; change what its podSettings ask for"
	}
	sentence += fmt.Sprintf("; add to the pipeline or to the step: settings: {security: %s}", level)
	if level == v1alpha1.SecurityRestricted {
		sentence += ", and, if the image runs as root, podSettings: {securityContext: {runAsUser: 1000}} beside it"
	}
	return sentence
}

func security(p *v1alpha1.Pipeline, step string) v1alpha1.Security {
	if one, known := p.FindStep(step); known {
		if s, err := v1alpha1.Effective(p, one); err == nil && s.Security != "" {
			return s.Security
		}
	}
	return v1alpha1.SecurityBaseline
}

// recordFindings: without a record the driver starts nothing.
func (t *dryRun) recordFindings() []finding {
	const what, remedy = "the driver could not make the run's record, a ConfigMap: ", "; delete finished runs or ConfigMaps of no use, or have the quota raised"
	webhook, inTheWay := client.WebhookTrouble(t.record)
	switch e, full := admission.Full(t.quotas, "configmaps", "count/configmaps"); {
	case client.IsQuota(t.record):
		return []finding{{class: client.ClassUser, text: what + said(t.record) + remedy}}
	case client.IsRefused(t.record):
		return []finding{{class: client.ClassUser, text: what + said(t.record)}}
	case inTheWay:
		return []finding{{class: client.ClassCluster, text: what + webhook + "; try again later, or ask whoever runs that webhook"}}
	case full:
		return []finding{{class: client.ClassUser, text: fmt.Sprintf("%squota %q allows %s %s, and all are used%s", what, e.Quota, e.Hard.String(), e.Resource, remedy)}}
	}
	return nil
}
