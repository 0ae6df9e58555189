package launch

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/podspec"
)

// The oldest Kubernetes supported.
const (
	oldestMajor = 1
	oldestMinor = 31
)

// check is one question to the cluster.
type check struct {
	// what is asked, for the note that says that the user may not ask.
	what string
	ask  func(context.Context) ([]finding, error)
}

// finding is something wrong.
type finding struct {
	class Class
	text  string
	// remedy follows the text. Of several findings with the same one, the first is told.
	remedy string
	// alone: whatever else was found is a consequence.
	alone bool
}

// preflight asks everything side by side, so that it takes as long as the slowest answer. Questions that the user may not
// ask are named in one note; a cluster that cannot be asked is an error.
func (l *Launcher) preflight(ctx context.Context, s Submission, job *batchv1.Job) error {
	t := &trial{l: l, s: s, job: job}
	checks := l.checks(t)
	findings := make([][]finding, len(checks))
	errs := make([]error, len(checks))
	var wg sync.WaitGroup
	for i, c := range checks {
		wg.Go(func() { findings[i], errs[i] = c.ask(ctx) })
	}
	wg.Wait()
	var all []finding
	var unasked []string
	var failed error
	for i, err := range errs {
		if _, missing := missingRight(err); missing {
			unasked = append(unasked, checks[i].what)
			continue
		}
		failed = cmp.Or(failed, err)
		all = append(all, findings[i]...)
	}
	if failed == nil {
		all = append(all, t.findings(ctx)...)
		t.warn()
	}
	if len(all) > 0 {
		return foundError(all)
	}
	if failed != nil {
		return l.sentence(failed)
	}
	if len(unasked) > 0 {
		l.note("not checked, because it takes more rights than yours: %s", strings.Join(unasked, ", "))
	}
	return nil
}

// foundError is all that was found, or the one thing that explains the rest.
func foundError(all []finding) error {
	for _, f := range all {
		if f.alone {
			all = []finding{f}
			break
		}
	}
	e := &Error{Class: ClassUser}
	remedied := map[string]bool{}
	for _, f := range all {
		if remedied[f.remedy] {
			continue
		}
		remedied[f.remedy] = f.remedy != ""
		e.Lines = append(e.Lines, f.text+f.remedy)
		if f.class != ClassUser {
			e.Class = f.class
		}
	}
	return e
}

func (l *Launcher) checks(t *trial) []check {
	account := t.job.Spec.Template.Spec.ServiceAccountName
	return []check{
		{"the namespace", l.checkNamespace},
		{"the server's version", l.checkVersion},
		{"the driver's service account", func(ctx context.Context) ([]finding, error) { return l.checkAccount(ctx, account) }},
		{"the driver's rights", func(ctx context.Context) ([]finding, error) { return l.checkRights(ctx, account) }},
		{"the driver's and the step Pods (create pods)", t.tryPods},
		{"the quotas (list resourcequotas)", t.listQuotas},
		{"the run's record", t.tryRecord},
	}
}

func (l *Launcher) checkNamespace(ctx context.Context) ([]finding, error) {
	exists, err := l.Cluster.NamespaceExists(ctx, l.Namespace)
	if err != nil || exists {
		return nil, err
	}
	return []finding{{alone: true, text: l.noSuchNamespace().Error()}}, nil
}

func (l *Launcher) checkVersion(ctx context.Context) ([]finding, error) {
	major, minor, err := l.Cluster.ServerVersion(ctx)
	if err != nil || major > oldestMajor || major == oldestMajor && minor >= oldestMinor {
		return nil, err
	}
	return []finding{{text: fmt.Sprintf("the cluster runs Kubernetes %d.%d; %d.%d or later is needed", major, minor, oldestMajor, oldestMinor)}}, nil
}

func (l *Launcher) checkAccount(ctx context.Context, account string) ([]finding, error) {
	exists, err := l.Cluster.ServiceAccountExists(ctx, l.Namespace, account)
	if err != nil || exists {
		return nil, err
	}
	return []finding{{
		text:   fmt.Sprintf("there is no service account %q in namespace %q for the driver", account, l.Namespace),
		remedy: l.install(account),
	}}, nil
}

func (l *Launcher) checkRights(ctx context.Context, account string) ([]finding, error) {
	missing, err := l.Cluster.MissingRights(ctx, l.Namespace, account, podspec.DriverRole(l.Namespace).Rules)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	named := strings.Join(missing[:min(maxRights, len(missing))], ", ")
	if n := len(missing) - maxRights; n > 0 {
		named += fmt.Sprintf(" and %d more", n)
	}
	return []finding{{
		text:   fmt.Sprintf("the driver's service account %q in namespace %q may not %s", account, l.Namespace, named),
		remedy: l.install(account),
	}}, nil
}

// maxRights is how many missing rights are named.
const maxRights = 4

// install says how a service account comes to be what the driver needs.
func (l *Launcher) install(account string) string {
	rbac := l.Hints.Bare("rbac", "-n", l.Namespace)
	if account == podspec.DefaultServiceAccount {
		return "; install it: " + rbac + " | kubectl apply -f -"
	}
	return fmt.Sprintf("; make it and bind the Role %s to it, or leave the driver to %s (%s | kubectl apply -f -)",
		podspec.DriverRoleName, podspec.DefaultServiceAccount, rbac)
}
