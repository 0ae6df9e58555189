package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	batchv1 "k8s.io/api/batch/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/podspec"
)

// The oldest Kubernetes supported.
const (
	oldestMajor = 1
	oldestMinor = 31
)

// check is one question to the cluster.
type check struct {
	// what is asked, for the note about checks that the user may not make.
	what string
	ask  func(context.Context) ([]finding, error)
}

// finding is something wrong.
type finding struct {
	class client.Class
	text  string
	// remedy follows the text. Of several findings with the same one, the first is told.
	remedy string
	// alone: whatever else was found is a consequence.
	alone bool
}

// Server answers what is asked before a submit. An error that names a missing right means that the user may not ask.
type Server interface {
	ServerVersion(ctx context.Context) (major, minor int, err error)
	NamespaceExists(ctx context.Context, namespace string) (bool, error)
	ServiceAccountExists(ctx context.Context, namespace, name string) (bool, error)
	// MissingRights are those of the rules that the service account does not have, each like `create pods`.
	MissingRights(ctx context.Context, namespace, serviceAccount string, rules []rbacv1.PolicyRule) ([]string, error)
}

// Checker asks the cluster before a submit what can be known then.
type Checker struct {
	Client *client.Client
	Server Server
	DryRun DryRunner
}

// Check asks everything side by side, so that it takes as long as the slowest answer. Questions that the user may not
// ask are named in one note; checks that failed are told after what was found.
func (c *Checker) Check(ctx context.Context, p *v1alpha1.Pipeline, job *batchv1.Job, remake Remake) error {
	t := &dryRun{c: c.Client, server: c.DryRun, pipeline: p, job: job, remake: remake}
	checks := c.checks(t)
	findings := make([][]finding, len(checks))
	failures := make([]error, len(checks))
	var wg sync.WaitGroup
	for i, one := range checks {
		wg.Go(func() { findings[i], failures[i] = one.ask(ctx) })
	}
	wg.Wait()
	all := slices.Concat(findings...)
	failed, unasked := sortFailures(checks, failures)
	if failed == nil {
		all = append(all, t.findings(ctx)...)
		t.warn()
	}
	switch {
	case len(all) > 0:
		return errs.Join(foundError(all), c.Client.Sentence(unlessAlone(all, failed)))
	case failed != nil:
		return c.Client.Sentence(failed)
	case len(unasked) > 0:
		c.Client.Note("not checked, because it takes more rights than yours: %s", strings.Join(unasked, ", "))
	}
	return nil
}

// sortFailures parts the checks that failed from those that the user may not make, which it names.
func sortFailures(checks []check, failures []error) (failed error, unasked []string) {
	var others []error
	for i, err := range failures {
		denied := false
		for _, one := range errs.All(err) {
			if _, missing := client.MissingRight(one); missing {
				denied = true
				continue
			}
			others = append(others, one)
		}
		if denied {
			unasked = append(unasked, checks[i].what)
		}
	}
	return errs.Join(others...), unasked
}

// unlessAlone drops failures where something was found that explains them.
func unlessAlone(all []finding, failed error) error {
	if slices.ContainsFunc(all, func(f finding) bool { return f.alone }) {
		return nil
	}
	return failed
}

// foundError is all that was found, or the one thing that explains the rest.
func foundError(all []finding) error {
	for _, f := range all {
		if f.alone {
			all = []finding{f}
			break
		}
	}
	e := &client.Error{Class: client.ClassUser}
	remedied := map[string]bool{}
	for _, f := range all {
		if remedied[f.remedy] {
			continue
		}
		remedied[f.remedy] = f.remedy != ""
		e.Lines = append(e.Lines, f.text+f.remedy)
		if f.class != client.ClassUser {
			e.Class = f.class
		}
	}
	return e
}

func (c *Checker) checks(t *dryRun) []check {
	account := t.job.Spec.Template.Spec.ServiceAccountName
	return []check{
		{"the namespace", c.checkNamespace},
		{"the server's version", c.checkVersion},
		{"the driver's service account", func(ctx context.Context) ([]finding, error) { return c.checkAccount(ctx, account) }},
		{"the driver's rights", func(ctx context.Context) ([]finding, error) { return c.checkRights(ctx, account) }},
		{"the driver's and the step Pods (create pods)", t.tryPods},
		{"the quotas (list resourcequotas)", t.listQuotas},
		{"the run's record", t.tryRecord},
	}
}

func (c *Checker) checkNamespace(ctx context.Context) ([]finding, error) {
	exists, err := c.Server.NamespaceExists(ctx, c.Client.Namespace)
	if err != nil || exists {
		return nil, err
	}
	return []finding{{alone: true, text: c.Client.NoSuchNamespace().Error()}}, nil
}

func (c *Checker) checkVersion(ctx context.Context) ([]finding, error) {
	major, minor, err := c.Server.ServerVersion(ctx)
	if err != nil || major > oldestMajor || major == oldestMajor && minor >= oldestMinor {
		return nil, err
	}
	return []finding{{text: fmt.Sprintf("the cluster runs Kubernetes %d.%d; %d.%d or later is needed", major, minor, oldestMajor, oldestMinor)}}, nil
}

func (c *Checker) checkAccount(ctx context.Context, account string) ([]finding, error) {
	exists, err := c.Server.ServiceAccountExists(ctx, c.Client.Namespace, account)
	if err != nil || exists {
		return nil, err
	}
	return []finding{{
		text:   fmt.Sprintf("there is no service account %q in namespace %q for the driver", account, c.Client.Namespace),
		remedy: install(c.Client, account),
	}}, nil
}

func (c *Checker) checkRights(ctx context.Context, account string) ([]finding, error) {
	missing, err := c.Server.MissingRights(ctx, c.Client.Namespace, account, podspec.DriverRole(c.Client.Namespace).Rules)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	named := strings.Join(missing[:min(maxRights, len(missing))], ", ")
	if n := len(missing) - maxRights; n > 0 {
		named += fmt.Sprintf(" and %d more", n)
	}
	return []finding{{
		text:   fmt.Sprintf("the driver's service account %q in namespace %q may not %s", account, c.Client.Namespace, named),
		remedy: install(c.Client, account),
	}}, nil
}

// maxRights is how many missing rights are named.
const maxRights = 4

// install says how a service account comes to be what the driver needs.
func install(c *client.Client, account string) string {
	rbac := c.Hints.Bare("rbac", "-n", c.Namespace)
	if account == podspec.DefaultServiceAccount {
		return "; install it: " + rbac + " | kubectl apply -f -"
	}
	return fmt.Sprintf("; make it and bind the Role %s to it, or leave the driver to %s (%s | kubectl apply -f -)",
		podspec.DriverRoleName, podspec.DefaultServiceAccount, rbac)
}
