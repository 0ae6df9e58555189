//go:build e2e

package field

import (
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

// reasons are how a step's attempts ended, the first first.
func reasons(s v1alpha1.StepStatus) []string {
	var all []string
	for _, a := range s.Attempts {
		all = append(all, string(a.Reason))
	}
	return all
}

// wantReasons fails the test unless a step's attempts ended so.
func wantReasons(t *testing.T, s v1alpha1.StepStatus, want string) {
	t.Helper()
	if got := strings.Join(reasons(s), " "); got != want {
		t.Errorf("the attempts of %s ended as %q, want %q: %s", s.Name, got, want, s.Message)
	}
}

// TestRegistryThatIsAway: a registry that cannot be asked is paid for by infraLimit and named.
func TestRegistryThatIsAway(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	ns.Follow(t, harness.Pipeline("away", `settings: {imagePullPolicy: IfNotPresent, imagePullGrace: 2s, retry: {infraLimit: 1, backoff: {duration: 1s}}}
steps: [{name: a, command: [echo], settings: {image: "registry.invalid/team/model:1"}}]
`), 1)
	a := harness.Step(t, ns.Get(t, ns.OnlyRun(t)), "a")
	wantReasons(t, a, "ImagePull ImagePull")
	harness.MustContain(t, "the reason", a.Message, "registry.invalid", "infraLimit")
}

// TestDriverImageThatIsAway: while the kubelet tells of a pull and of the pause after it by turns, a wait says once what is wrong.
func TestDriverImageThatIsAway(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	run := ns.Submit(t, harness.Pipeline("absent", harness.Busybox+"steps: [{name: a, command: [echo]}]\n"), "--driver-image", "registry.invalid/team/driver:1")
	pulls := func() string {
		return harness.Kubectl(t, "", "get", "events", "-n", ns.Name, "--field-selector", "reason=BackOff", "-o", "jsonpath={.items[*].count}")
	}
	waited := make(chan harness.Outcome)
	go func() { waited <- ns.Launcher(t, "wait", run, "--timeout", "45s") }()
	harness.Eventually(t, "the kubelet has paused between pulls", func() bool { return pulls() != "" })
	got := <-waited
	if got.Code != 5 {
		t.Errorf("wait: exit code %d\n%s", got.Code, got.Stderr)
	}
	if n := strings.Count(got.Stderr, `the driver's image "registry.invalid/team/driver:1" cannot be had`); n != 1 {
		t.Errorf("told %d times:\n%s", n, got.Stderr)
	}
}

// TestStartTimeoutNamesTheVolume: a late start names what it waited for, and a retry follows it.
func TestStartTimeoutNamesTheVolume(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	ns.Follow(t, harness.Pipeline("late", harness.Busybox+`  startTimeout: 8s
  retry: {infraLimit: 1, backoff: {duration: 1s}}
  podSettings: {volumes: [{name: s, secret: {secretName: nope}}], containers: [{name: main, volumeMounts: [{name: s, mountPath: /s}]}]}
steps: [{name: a, command: [echo]}]
`), 1)
	a := harness.Step(t, ns.Get(t, ns.OnlyRun(t)), "a")
	wantReasons(t, a, "StartTimeout StartTimeout")
	harness.MustContain(t, "the reason", a.Message, "startTimeout", `secret "nope" not found`)
}

// TestInitContainers: one that runs is shown, is not ended by startTimeout, and is by initTimeout.
func TestInitContainers(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	initially := func(script string) string {
		return `podSettings: {initContainers: [{name: fetch, image: "docker.io/library/busybox:latest", imagePullPolicy: IfNotPresent, command: [sh, -c, "` + script + `"]}]}`
	}
	run := ns.Submit(t, harness.Pipeline("inits", harness.Busybox+`  startTimeout: 20s
  retry: {infraLimit: 0}
failurePolicy: ContinueOnFailure
steps:
  - {name: longer, command: [echo], settings: {`+initially("sleep 40")+`}}
  - {name: bounded, command: [echo], settings: {initTimeout: 30s, `+initially("trap 'exit 1' TERM; sleep 1000 & wait")+`}}
`))
	shown := map[string]bool{} // one may be over before the other begins
	harness.Eventually(t, "get shows the init containers that run", func() bool {
		r := ns.Get(t, run)
		for _, step := range []string{"longer", "bounded"} {
			shown[step] = shown[step] || strings.Contains(harness.Step(t, r, step).Message, "init container fetch")
		}
		return shown["longer"] && shown["bounded"]
	})
	ns.Wait(t, run)
	r := ns.Get(t, run)
	if longer := harness.Step(t, r, "longer"); longer.Phase != v1alpha1.StepSucceeded {
		t.Errorf("longer is %s: %s", longer.Phase, longer.Message)
	}
	bounded := harness.Step(t, r, "bounded")
	wantReasons(t, bounded, "StartTimeout")
	harness.MustContain(t, "the reason", bounded.Message, "initTimeout", "init container fetch")
}

// TestQuotaWithinQueueTimeout: a step for which there is no quota fails after queueTimeout, in the quota's words.
func TestQuotaWithinQueueTimeout(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	limited(t, ns, "ResourceQuota", "{hard: {pods: 2}}")
	harness.Kubectl(t, `{apiVersion: v1, kind: Pod, metadata: {name: holds}, spec: {nodeSelector: {nowhere: "true"}, containers: [{name: c, image: x}]}}`,
		"create", "-n", ns.Name, "-f", "-")
	ns.Follow(t, harness.Pipeline("full", harness.Busybox+"steps: [{name: waits, command: [echo], settings: {queueTimeout: 5s}}]\n"), 1)
	waits := harness.Step(t, ns.Get(t, ns.OnlyRun(t)), "waits")
	wantReasons(t, waits, "QueueTimeout")
	harness.MustContain(t, "the reason", waits.Message, "queueTimeout", "exceeded quota: field")
}
