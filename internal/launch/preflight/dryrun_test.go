package preflight_test

import (
	"fmt"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

func isDriver(pod *corev1.Pod) bool {
	return pod.Labels[v1alpha1.LabelComponent] == v1alpha1.ComponentDriver
}

// limitsDemanded is a quota that wants limits.cpu of every container.
func limitsDemanded(pod *corev1.Pod) error {
	if c := pod.Spec.Containers[0]; c.Resources.Limits.Cpu().IsZero() {
		return &launchtest.Error{Kind: launchtest.Refused, Text: fmt.Sprintf(`pods "%s" is forbidden: failed quota: q: must specify limits.cpu for: %s`, pod.Name, c.Name)}
	}
	return nil
}

// sideDemanded is a quota that wants limits.cpu of the side container, too.
func sideDemanded(pod *corev1.Pod) error {
	for i := range pod.Spec.Containers {
		if c := &pod.Spec.Containers[i]; c.Name == "side" && c.Resources.Limits.Cpu().IsZero() {
			return &launchtest.Error{Kind: launchtest.Refused, Text: fmt.Sprintf(`pods "%s" is forbidden: failed quota: q: must specify limits.cpu for: side`, pod.Name)}
		}
	}
	return nil
}

// leastMemory is a LimitRange.
func leastMemory(pod *corev1.Pod) error {
	if m := pod.Spec.Containers[0].Resources.Requests.Memory(); m.Cmp(resource.MustParse("256Mi")) < 0 {
		return &launchtest.Error{Kind: launchtest.Refused, Text: fmt.Sprintf(`pods "%s" is forbidden: minimum memory usage per Container is 256Mi, but request is %s`, pod.Name, m)}
	}
	return nil
}

// TestDriverPodIsTried: what the cluster would refuse of the driver's Pod is told at submit, with the line to add, and that line
// was tried.
func TestDriverPodIsTried(t *testing.T) {
	only := func(which func(*corev1.Pod) bool, refuse ...func(*corev1.Pod) error) func(*corev1.Pod) error {
		return func(pod *corev1.Pod) error {
			for _, r := range refuse {
				if err := r(pod); err != nil && which(pod) {
					return err
				}
			}
			return nil
		}
	}
	steps := func(pod *corev1.Pod) bool { return !isDriver(pod) }
	deny := func(*corev1.Pod) error {
		return &launchtest.Error{Kind: launchtest.Refused, Text: `admission webhook "w" denied the request: no`}
	}
	account := func(*corev1.Pod) error {
		return &launchtest.Error{Kind: launchtest.Refused, Text: `pods "r-00000" is forbidden: error looking up service account ml/stepherd-driver: serviceaccount "stepherd-driver" not found`}
	}
	for _, tc := range []struct {
		name   string
		refuse func(*corev1.Pod) error
		driver *v1alpha1.Resources
		want   []string
	}{
		{"a quota that wants limits.cpu", only(isDriver, limitsDemanded), nil, []string{
			"the driver: the cluster refuses its Pod: failed quota: q: must specify limits.cpu for: driver; add to the pipeline: driver: {resources: {limits: {cpu: 100m}}}"}},
		{"a LimitRange", only(isDriver, leastMemory), nil, []string{
			"the driver: the cluster refuses its Pod: minimum memory usage per Container is 256Mi, but request is 128Mi; add to the pipeline: driver: {resources: {memory: 256Mi}}"}},
		{"both, one after the other", only(isDriver, limitsDemanded, leastMemory), nil, []string{
			"the driver: the cluster refuses its Pod: failed quota: q: must specify limits.cpu for: driver; and then: minimum memory usage per Container is 256Mi, but request is 128Mi; " +
				"add to the pipeline: driver: {resources: {memory: 256Mi, limits: {cpu: 100m}}}"}},
		{"of steps", only(steps, limitsDemanded), nil, []string{
			`step "a" and 1 other: the cluster refuses its Pod: failed quota: q: must specify limits.cpu for: main; add to the pipeline or to the step: settings: {resources: {limits: {cpu: 1}}}`,
			`step "c": the cluster refuses its Pod: failed quota: q: must specify limits.cpu for: main; add to the pipeline or to the step: settings: {resources: {limits: {cpu: 2}}}`}},
		{"of a side container", only(steps, sideDemanded), nil, []string{
			`step "c": the cluster refuses its Pod: failed quota: q: must specify limits.cpu for: side; add to the pipeline or to the step: settings: {podSettings: {containers: [{name: side, resources: {limits: {cpu: 1}}}]}}`}},
		{"what no line mends", only(isDriver, limitsDemanded, deny), nil, []string{
			`the driver: the cluster refuses its Pod: failed quota: q: must specify limits.cpu for: driver; and then: admission webhook "w" denied the request: no`}},
		{"a webhook", only(isDriver, deny), nil, []string{`the driver: the cluster refuses its Pod: admission webhook "w" denied the request: no`}},
		{"the driver's account", only(isDriver, account), nil, []string{
			`the driver: the cluster refuses its Pod: error looking up service account ml/stepherd-driver: serviceaccount "stepherd-driver" not found; install it: launcher rbac -n ml | kubectl apply -f -`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := launchtest.NewBench()
			b.Cluster.Refuse = tc.refuse
			s := launchtest.Submission(t, "r")
			s.Pipeline.Steps[2].Settings.PodSettings = v1alpha1.PodSettings(`{"containers": [{"name": "side", "image": "x"}]}`)
			_, err := b.Submit(t.Context(), s)
			if want := strings.Join(tc.want, "\n"); err == nil || err.Error() != want || client.ClassOf(err) != client.ClassUser {
				t.Errorf("got\n%v\nwant\n%s", err, want)
			}
			if got := strings.Join(b.Cluster.Calls(), ", "); strings.Contains(got, "create") {
				t.Errorf("something was created: %s", got)
			}
		})
	}
}

// TestAccountIsToldOnce: the check of the account and the dry-run find the same.
func TestAccountIsToldOnce(t *testing.T) {
	b := launchtest.NewBench()
	b.Cluster.Accounts = nil
	b.Cluster.Refuse = func(pod *corev1.Pod) error {
		if !isDriver(pod) {
			return nil
		}
		return &launchtest.Error{Kind: launchtest.Refused, Text: `error looking up service account ml/stepherd-driver: serviceaccount "stepherd-driver" not found`}
	}
	_, err := b.Submit(t.Context(), launchtest.Submission(t, "r"))
	const want = `there is no service account "stepherd-driver" in namespace "ml" for the driver; install it: launcher rbac -n ml | kubectl apply -f -`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func quota(hard, used corev1.ResourceList) corev1.ResourceQuota {
	return corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "q"}, Spec: corev1.ResourceQuotaSpec{Hard: hard}, Status: corev1.ResourceQuotaStatus{Hard: hard, Used: used}}
}

func amount(name corev1.ResourceName, q string) corev1.ResourceList {
	return corev1.ResourceList{name: resource.MustParse(q)}
}

// TestQuotaThatNeverFits is refused; one that is used up at the moment is not.
func TestQuotaThatNeverFits(t *testing.T) {
	for _, tc := range []struct {
		name   string
		quotas []corev1.ResourceQuota
		refuse func(*corev1.Pod) error
		record error
		want   string
	}{
		{"a step", []corev1.ResourceQuota{quota(amount("requests.cpu", "1"), nil)}, nil, nil,
			`step "c": its Pod can never be created: it asks for requests.cpu=2 where quota "q" allows 1 in all; ask for less in settings.resources, or have the quota raised`},
		{"a step beside the driver", []corev1.ResourceQuota{quota(amount("cpu", "2"), nil)}, nil, nil,
			`step "c": its Pod can never be created: it asks for cpu=2 beside the driver's 100m where quota "q" allows 2 in all; ask for less in settings.resources or driver.resources, or have the quota raised`},
		{"one Pod", []corev1.ResourceQuota{quota(amount("pods", "1"), nil)}, nil, nil,
			`step "a" and 2 others: its Pod can never be created: it asks for pods=1 beside the driver's 1 where quota "q" allows 1 in all; have the quota raised`},
		{"the driver", []corev1.ResourceQuota{quota(amount("limits.memory", "64Mi"), nil)}, nil, nil,
			`the driver: its Pod can never be created: it asks for limits.memory=128Mi where quota "q" allows 64Mi in all; ask for less in driver.resources, or have the quota raised`},
		{"in the refusal's words", nil, func(pod *corev1.Pod) error {
			if pod.Labels[v1alpha1.LabelStep] != "c" {
				return nil
			}
			return &launchtest.Error{Kind: launchtest.Quota, Text: `exceeded quota: q, requested: requests.cpu=2, used: requests.cpu=100m, limited: requests.cpu=1`}
		}, nil, `step "c": its Pod can never be created: it asks for requests.cpu=2 where quota "q" allows 1 in all; ask for less in settings.resources, or have the quota raised`},
		{"not now", []corev1.ResourceQuota{quota(amount("cpu", "4"), amount("cpu", "4"))}, func(*corev1.Pod) error {
			return &launchtest.Error{Kind: launchtest.Quota, Text: `exceeded quota: q, requested: cpu=2, used: cpu=4, limited: cpu=4`}
		}, nil, ""},
		{"no room for the record", []corev1.ResourceQuota{quota(amount("count/configmaps", "3"), amount("count/configmaps", "3"))}, nil, launchtest.MayNot("create", "configmaps", "ml"),
			`the driver could not make the run's record, a ConfigMap: quota "q" allows 3 count/configmaps, and all are used; delete finished runs or ConfigMaps of no use, or have the quota raised`},
		{"no room for the record, by the server's word", nil, nil,
			&launchtest.Error{Kind: launchtest.Quota, Text: `configmaps "r-record" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=3, limited: count/configmaps=3`},
			`the driver could not make the run's record, a ConfigMap: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=3, limited: count/configmaps=3; delete finished runs or ConfigMaps of no use, or have the quota raised`},
		{"room for the record", []corev1.ResourceQuota{quota(amount("count/configmaps", "3"), amount("count/configmaps", "2"))}, nil, nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := launchtest.NewBench()
			b.Cluster.QuotaList, b.Cluster.Refuse, b.Cluster.Fail["TryRecord"] = tc.quotas, tc.refuse, tc.record
			_, err := b.Submit(t.Context(), launchtest.Submission(t, "r"))
			switch {
			case tc.want == "" && err != nil:
				t.Error(err)
			case tc.want != "" && (err == nil || err.Error() != tc.want || client.ClassOf(err) != client.ClassUser):
				t.Errorf("got\n%v\nwant\n%s", err, tc.want)
			}
		})
	}
}

// TestQuotaThatMayNotBeRead: whether it counts the driver, too, is asked by a Pod that asks for more than there is.
func TestQuotaThatMayNotBeRead(t *testing.T) {
	for _, counts := range []bool{true, false} {
		b := launchtest.NewBench()
		b.Cluster.Fail["Quotas"] = launchtest.MayNot("list", "resourcequotas", "ml")
		b.Cluster.Refuse = func(pod *corev1.Pod) error {
			cpu := pod.Spec.Containers[0].Resources.Requests.Cpu()
			if isDriver(pod) && (!counts || cpu.Cmp(resource.MustParse("1")) < 0) || !isDriver(pod) && cpu.IsZero() {
				return nil
			}
			return &launchtest.Error{Kind: launchtest.Quota, Text: fmt.Sprintf("exceeded quota: q, requested: cpu=%s, used: cpu=1, limited: cpu=2", cpu)}
		}
		_, err := b.Submit(t.Context(), launchtest.Submission(t, "r"))
		if counts != (err != nil && strings.Contains(err.Error(), `step "c": its Pod can never be created: it asks for cpu=2 beside the driver's 100m where quota "q" allows 2 in all`)) {
			t.Errorf("counts the driver: %v; got %v", counts, err)
		}
	}
}

// TestChecksThatMayNotBeMade are named in one line, and stop nothing.
func TestChecksThatMayNotBeMade(t *testing.T) {
	b := launchtest.NewBench()
	b.Cluster.NoPods = true
	b.Cluster.Fail["Quotas"] = launchtest.MayNot("list", "resourcequotas", "ml")
	b.Cluster.Fail["TryRecord"] = launchtest.MayNot("create", "configmaps", "ml")
	if _, err := b.Submit(t.Context(), launchtest.Submission(t, "r")); err != nil {
		t.Fatal(err)
	}
	const want = "note: not checked, because it takes more rights than yours: the driver's and the step Pods (create pods), the quotas (list resourcequotas)\n"
	if got := b.Err.String(); got != want {
		t.Errorf("got %s", got)
	}
}

// TestFaultsAreToldTogether: a check that fails does not hide what another one has found.
func TestFaultsAreToldTogether(t *testing.T) {
	b := launchtest.NewBench()
	b.Cluster.Minor = 20
	b.Cluster.Fail["Quotas"] = &launchtest.Error{Kind: launchtest.Weather, Text: "timeout"}
	_, err := b.Submit(t.Context(), launchtest.Submission(t, "r"))
	if err == nil || !strings.Contains(err.Error(), "the cluster runs Kubernetes 1.20") {
		t.Errorf("got %v", err)
	}
}

// TestChecksThatFailAreToldTogether: what was found first, then every check that failed, each once.
func TestChecksThatFailAreToldTogether(t *testing.T) {
	b := launchtest.NewBench()
	b.Cluster.Minor = 20
	b.Cluster.Fail["Quotas"] = &launchtest.Error{Kind: launchtest.Weather, Text: "timeout"}
	b.Cluster.Fail["MissingRights"] = &launchtest.Error{Kind: launchtest.Internal, Text: "etcd: no leader"}
	_, err := b.Submit(t.Context(), launchtest.Submission(t, "r"))
	const want = "the cluster runs Kubernetes 1.20; 1.31 or later is needed\netcd: no leader\nthe cluster cannot be asked: timeout"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// TestDryRunsThatFailAreToldTogether: two Pods whose dry-runs fail in different ways.
func TestDryRunsThatFailAreToldTogether(t *testing.T) {
	b := launchtest.NewBench()
	b.Cluster.Refuse = func(pod *corev1.Pod) error {
		switch pod.Labels[v1alpha1.LabelStep] {
		case "a":
			return &launchtest.Error{Kind: launchtest.Internal, Text: "panic in a webhook"}
		case "c":
			return &launchtest.Error{Kind: launchtest.Weather, Text: "timeout"}
		}
		return nil
	}
	_, err := b.Submit(t.Context(), launchtest.Submission(t, "r"))
	if want := "panic in a webhook\nthe cluster cannot be asked: timeout"; err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// TestPodsThatCannotBeMade: every step whose Pod cannot be made is named.
func TestPodsThatCannotBeMade(t *testing.T) {
	b := launchtest.NewBench()
	s := launchtest.Submission(t, "r")
	launchtest.Unmake(s.Pipeline, "a", "c")
	_, err := b.Submit(t.Context(), s)
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.HasPrefix(err.Error(), "step a: podSettings do not merge") || !strings.Contains(err.Error(), "\nstep c: podSettings do not merge") || client.ClassOf(err) != client.ClassUser {
		t.Errorf("got %v", err)
	}
}

// TestServerWarnings name the steps that they are about; one of many Pods is told once.
func TestServerWarnings(t *testing.T) {
	b := launchtest.NewBench()
	b.Cluster.Admit = func(pod *corev1.Pod) []string {
		pod.Spec.NodeSelector = nil // what a server does not know
		switch pod.Labels[v1alpha1.LabelStep] {
		case "":
			return []string{"would violate PodSecurity"}
		case "c":
			return []string{"old", "of c\nalone", "old"}
		}
		return []string{"old"}
	}
	s := launchtest.Submission(t, "r")
	s.Pipeline.Steps[2].Settings.PodSettings = v1alpha1.PodSettings(`{"nodeSelector": {"a": "b"}}`)
	if _, err := b.Submit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	const want = `warning: the driver: would violate PodSecurity
warning: the driver, step "c": the cluster leaves spec.nodeSelector out of its Pod without a word: this server does not know it, or has it switched off
warning: step "a" and 2 others: old
warning: step "c": of c alone
`
	if got := b.Err.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestInjectedContainers: those that hold the run's Job are named, with the line that keeps them out.
func TestInjectedContainers(t *testing.T) {
	b := launchtest.NewBench()
	always := corev1.ContainerRestartPolicyAlways
	b.Cluster.Admit = func(pod *corev1.Pod) []string {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "daprd"}, corev1.Container{Name: "linkerd-proxy"}, corev1.Container{Name: "spy"})
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, corev1.Container{Name: "native", RestartPolicy: &always})
		return nil
	}
	if _, err := b.Submit(t.Context(), launchtest.Submission(t, "r")); err != nil {
		t.Fatal(err)
	}
	const want = `warning: the driver: the cluster adds container "daprd" (Dapr) to its Pod, and the run's Job does not end before that container has; to keep it out, add to the pipeline: driver: {annotations: {dapr.io/enabled: "false"}}
warning: the driver: the cluster adds container "linkerd-proxy" (Linkerd) to its Pod, and the run's Job does not end before that container has; the Pod opts out already, so ask whoever runs Linkerd there
warning: the driver: the cluster adds container "spy" to its Pod, and the run's Job does not end before that container has; ask whoever runs the cluster's webhooks by which label or annotation a Pod is left out, and set it under driver
`
	if got := b.Err.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestQueueThatTakesTheDriver is told from the answer to the POST.
func TestQueueThatTakesTheDriver(t *testing.T) {
	yes := true
	for _, tc := range []struct {
		name   string
		labels map[string]string
		change func(*batchv1.Job)
		want   string
	}{
		{"none", nil, func(*batchv1.Job) {}, ""},
		{"a default queue", nil, func(j *batchv1.Job) {
			j.Labels["kueue.x-k8s.io/queue-name"], j.Spec.Suspend = "default", &yes
		}, `the Kueue queue "default" takes every Job of namespace "ml" that names none`},
		{"the user's own queue", map[string]string{"kueue.x-k8s.io/queue-name": "mine"}, func(j *batchv1.Job) { j.Spec.Suspend = &yes }, ""},
		{"something else suspends it", nil, func(j *batchv1.Job) { j.Spec.Suspend = &yes }, `the cluster has suspended the Job of run "r"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := launchtest.NewBench()
			b.Cluster.OnCreate = func(j *batchv1.Job) error { tc.change(j); return nil }
			s := launchtest.Submission(t, "r")
			s.Pipeline.Metadata.Labels = tc.labels
			if _, err := b.Submit(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if got := b.Err.String(); !strings.Contains(got, tc.want) || tc.want == "" && got != "" {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
