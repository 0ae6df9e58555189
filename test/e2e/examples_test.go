//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

// example is a run of a pipeline of examples/ with what must come of it.
type example struct {
	name, file string
	flags      []string
	code       int
	// steps are how all steps end: Succeeded, or a phase with its reason.
	steps map[string]string
	// says are lines of the steps' logs.
	says []string
}

const (
	succeeded = "Succeeded"
	notTaken  = "Skipped/ConditionFalse"
	failed    = "Failed/Error"
	upstream  = "Skipped/UpstreamFailed"
)

var examples = []example{
	{"train", "train.yaml", nil, 0,
		map[string]string{"train": succeeded, "evaluate": succeeded, "deploy": succeeded},
		[]string{`train | trained for 200 epochs: {"slope": 2.9851, "offset": 1.0085}`, `evaluate | tested: {"accuracy": 0.9958}`,
			"deploy | deployed y = 2.9851 x + 1.0085, accuracy 0.9958"}},
	{"train-too-short", "train.yaml", []string{"--param", "epochs=5"}, 0,
		map[string]string{"train": succeeded, "evaluate": succeeded, "deploy": notTaken},
		[]string{`evaluate | tested: {"accuracy": 0.8042}`}},
	{"branches", "branches.yaml", nil, 0,
		map[string]string{"look": succeeded, "count-at-once": succeeded, "count-in-batches": notTaken, "report": succeeded},
		[]string{"count-at-once | one batch is enough", "report | 1000 rows in 1 batches"}},
	{"branches-other", "branches.yaml", []string{"--param=rows=5000000"}, 0,
		map[string]string{"look": succeeded, "count-at-once": notTaken, "count-in-batches": succeeded, "report": succeeded},
		[]string{"report | 5000000 rows in 50 batches"}},
	{"cleanup", "cleanup.yaml", []string{"--name", "clean-1"}, 0,
		map[string]string{"create": succeeded, "fill": succeeded, "test": succeeded, "keep-evidence": notTaken, "drop": succeeded},
		[]string{"fill | filled scratch-clean-1", "drop | dropped scratch-clean-1 of a run that Succeeded"}},
	{"cleanup-failed", "cleanup.yaml", []string{"--name", "clean-2", "--param", "broken=true"}, 1,
		map[string]string{"create": succeeded, "fill": succeeded, "test": failed, "keep-evidence": succeeded, "drop": succeeded},
		[]string{"test | a test has failed", "keep-evidence | kept the log of scratch-clean-2", "drop | dropped scratch-clean-2 of a run that Failed"}},
	{"nightly", "nightly.yaml", []string{"--param", "region=us"}, 0,
		map[string]string{"load": succeeded, "report": succeeded},
		[]string{"load | loading 2 days up to today from us", "report | 2000 rows for us, asked for by hand"}},
	{"notify", "notify.yaml", nil, 0,
		map[string]string{"extract": succeeded, "transform": succeeded, "load": succeeded, "notify": notTaken}, nil},
	{"notify-failed", "notify.yaml", []string{"--name", "night-1", "--param", "rows=0"}, 1,
		map[string]string{"extract": failed, "transform": upstream, "load": upstream, "notify": succeeded},
		[]string{"notify | to #data: notify night-1: extract Failed, load Skipped"}},
	{"python", "python.yaml", []string{"--param", "currency=USD"}, 0,
		map[string]string{"analyze": succeeded, "report": succeeded},
		[]string{"analyze | 4 prices, $14.94 on average", "report | mean 14.9375 USD cheapest 8.25"}},
}

// TestExamples runs the examples whose values flow, each with the outcomes that its comment promises.
func TestExamples(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(harness.Bin("python-image.tar")); err != nil {
		t.Fatalf("%v: run make python-image first", err)
	}
	if _, err := harness.Localcluster("load", harness.Bin("python-image.tar")); err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			ns := harness.NewNamespace(t)
			got := ns.Launcher(t, append([]string{"submit", exampleFile(e.file), "--follow"}, e.flags...)...)
			if got.Code != e.code {
				t.Fatalf("submit --follow: exit code %d, want %d\n--- stdout\n%s--- stderr\n%s", got.Code, e.code, got.Stdout, got.Stderr)
			}
			for _, line := range e.says {
				if !slices.Contains(strings.Split(got.Stdout, "\n"), line) {
					t.Errorf("the log lacks the line %q:\n%s", line, got.Stdout)
				}
			}
			stepsEnd(t, ns.Get(t, ns.OnlyRun(t)), e.steps)
		})
	}
}

func exampleFile(name string) string { return filepath.Join(harness.Root, "examples", name) }

// stepsEnd holds the ends of all steps of a run to what is wanted.
func stepsEnd(t *testing.T, r v1alpha1.Run, want map[string]string) {
	t.Helper()
	if len(r.Steps) != len(want) {
		t.Errorf("the run has %d steps, want %d", len(r.Steps), len(want))
	}
	for _, s := range r.Steps {
		end := string(s.Phase)
		if s.Reason != "" {
			end += "/" + string(s.Reason)
		}
		if end != want[s.Name] {
			t.Errorf("step %s is %s, want %s: %s", s.Name, end, want[s.Name], s.Message)
		}
	}
}

// TestExampleCancel cancels examples/cancel.yaml while it serves: what stands under finally runs, and the run is Cancelled.
func TestExampleCancel(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	if got := ns.Launcher(t, "submit", exampleFile("cancel.yaml"), "--name", "cancel-1"); got.Code != 0 {
		t.Fatalf("submit: exit code %d\n%s", got.Code, got.Stderr)
	}
	harness.Eventually(t, "serve runs", func() bool {
		return harness.Step(t, ns.Get(t, "cancel-1"), "serve").Phase == v1alpha1.StepRunning
	})
	if got := ns.Launcher(t, "cancel", "cancel-1", "--wait"); got.Code != 0 && got.Code != 4 {
		t.Errorf("cancel --wait: exit code %d\n%s", got.Code, got.Stderr)
	}
	if got := ns.Wait(t, "cancel-1"); got.Code != 4 {
		t.Errorf("wait: exit code %d, want 4\n%s", got.Code, got.Stderr)
	}
	stepsEnd(t, ns.Get(t, "cancel-1"), map[string]string{"reserve": succeeded, "serve": "Cancelled/Cancelled", "release": succeeded})
	harness.MustContain(t, "the log", ns.Logs(t, "cancel-1"), "release | released slot 7: the run is Cancelled\n")
}

// TestExampleNightly puts examples/nightly.yaml into the CronJob of deploy/, as its comment says, and waits for what the clock starts.
func TestExampleNightly(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	harness.Kubectl(t, cronJobWith(t, exampleFile("nightly.yaml"), "nightly"), "apply", "-n", ns.Name, "-f", "-")
	var run string
	harness.Eventually(t, "the CronJob fires", func() bool {
		run, _, _ = strings.Cut(harness.Kubectl(t, "", "get", "jobs", "-n", ns.Name, "-o", "jsonpath={.items[*].metadata.name}"), " ")
		return run != ""
	})
	if got := ns.Wait(t, run); got.Code != 0 {
		t.Fatalf("wait: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	scheduled := harness.Kubectl(t, "", "get", "job", run, "-n", ns.Name, "-o", `jsonpath={.metadata.annotations.batch\.kubernetes\.io/cronjob-scheduled-timestamp}`)
	if len(scheduled) < 10 {
		t.Fatalf("the Job was scheduled at %q", scheduled)
	}
	harness.MustContain(t, "the log", ns.Logs(t, run), "load | loading 2 days up to "+scheduled[:10]+" from eu\n", "report | 2000 rows for eu, asked for by the clock\n")
}

// cronJobWith is the CronJob of deploy/ with another pipeline in it, every minute.
func cronJobWith(t *testing.T, file, name string) string {
	t.Helper()
	manifest, err := os.ReadFile(filepath.Join(harness.Root, "deploy/cronjob.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	pipeline, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	plan := regexp.MustCompile(`(?m)^( +)stepherd\.dev/plan: \|\n(?:(?: {14}.*)?\n)+`)
	schedule := regexp.MustCompile(`(?m)^  schedule: .*$`)
	text := strings.ReplaceAll(string(manifest), "nightly-hello", name)
	if !plan.MatchString(text) || !schedule.MatchString(text) {
		t.Fatal("deploy/cronjob.yaml has no plan, or no schedule, where it is looked for")
	}
	indented := regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(string(pipeline), "              ${1}")
	text = plan.ReplaceAllStringFunc(text, func(found string) string {
		head, _, _ := strings.Cut(found, "\n")
		return head + "\n" + indented
	})
	return schedule.ReplaceAllString(text, `  schedule: "* * * * *"`)
}
