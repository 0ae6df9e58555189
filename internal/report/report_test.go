package report

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var begin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(seconds int) *metav1.Time {
	t := metav1.NewTime(begin.Add(time.Duration(seconds) * time.Second))
	return &t
}

func code(c int32) *int32 { return &c }

// diamond is a run in which one of two parallel steps failed.
func diamond() v1alpha1.Run {
	return v1alpha1.Run{
		APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.KindRun,
		Metadata: v1alpha1.RunMetadata{
			Name: "iris-x7k2p", Namespace: "ml", UID: "5f0e",
			Labels: map[string]string{v1alpha1.LabelPipeline: "iris"},
		},
		Pipeline: "iris", Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonStepFailed,
		Message:   "step train-b failed with exit code 3",
		CreatedAt: at(0), StartedAt: at(2), FinishedAt: at(132),
		Steps: []v1alpha1.StepStatus{
			{Name: "load", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{{
				Number: 1, Pod: "iris-x7k2p-load-1-abcde", Node: "node-a", Phase: v1alpha1.StepSucceeded, ExitCode: code(0),
				CreatedAt: at(2), ScheduledAt: at(2), StartedAt: at(4), FinishedAt: at(16),
			}}},
			{Name: "train-a", Phase: v1alpha1.StepSucceeded, Needs: []string{"load"}, Attempts: []v1alpha1.AttemptStatus{{
				Number: 1, Node: "node-a", Phase: v1alpha1.StepSucceeded, CreatedAt: at(16), StartedAt: at(18), FinishedAt: at(130),
			}}},
			{Name: "train-b", Phase: v1alpha1.StepFailed, Reason: v1alpha1.ReasonError, Needs: []string{"load"},
				Message: "no such\nfile \x1b[31m<data.csv>", Attempts: []v1alpha1.AttemptStatus{{
					Number: 1, Node: "node-b", Phase: v1alpha1.StepFailed, Reason: v1alpha1.ReasonError, ExitCode: code(3),
					CreatedAt: at(16), StartedAt: at(17), FinishedAt: at(19),
				}}},
			{Name: "evaluate", Phase: v1alpha1.StepSkipped, Reason: v1alpha1.ReasonUpstreamFailed,
				Message: "needs train-b", Needs: []string{"train-a", "train-b"}},
		},
	}
}

// living is a run on its way, with every phase that a step can have before its end.
func living() v1alpha1.Run {
	r := diamond()
	r.Phase, r.Reason, r.Message, r.FinishedAt = v1alpha1.RunRunning, "", "", nil
	r.Steps[2] = v1alpha1.StepStatus{Name: "train-b", Phase: v1alpha1.StepPending, Needs: []string{"load"},
		Attempts: []v1alpha1.AttemptStatus{{
			Number: 1, Phase: v1alpha1.StepPending, Message: "0/2 nodes are available: 2 Insufficient memory.", CreatedAt: at(16),
		}}}
	r.Steps[1].Phase = v1alpha1.StepRunning
	r.Steps[1].Attempts[0].Phase, r.Steps[1].Attempts[0].FinishedAt = v1alpha1.StepRunning, nil
	r.Steps[3] = v1alpha1.StepStatus{Name: "evaluate", Phase: v1alpha1.StepWaiting, Needs: []string{"train-a", "train-b"}}
	return r
}

func chain(n int) v1alpha1.Run {
	r := v1alpha1.Run{Metadata: v1alpha1.RunMetadata{Name: "chain"}, Phase: v1alpha1.RunRunning}
	for i := range n {
		s := v1alpha1.StepStatus{Name: fmt.Sprintf("s%02d", i), Phase: v1alpha1.StepWaiting}
		if i > 0 {
			s.Needs = []string{r.Steps[i-1].Name}
		}
		r.Steps = append(r.Steps, s)
	}
	return r
}

func layers(n int) v1alpha1.Run {
	r := v1alpha1.Run{Metadata: v1alpha1.RunMetadata{Name: "layers"}, Phase: v1alpha1.RunPending,
		Message: "the driver's Pod is not there yet"}
	var before []string
	for layer := range 3 {
		var names []string
		for k := range n {
			name := fmt.Sprintf("l%d-%d", layer, k)
			names = append(names, name)
			r.Steps = append(r.Steps, v1alpha1.StepStatus{Name: name, Phase: v1alpha1.StepWaiting, Needs: before})
		}
		before = names
	}
	return r
}

// beside is a run in whose steps containers beside main did not end well: of the last attempt it is told, once.
func beside() v1alpha1.Run {
	r := diamond()
	cut := v1alpha1.ContainerEnd{Name: "upload", Reason: v1alpha1.ReasonTimeout,
		Message: "side container upload had not ended 10s after main, and was ended with its Pod (sideContainers.grace)"}
	failed := v1alpha1.ContainerEnd{Name: "sync", Reason: v1alpha1.ReasonError, Message: "side container sync ended with exit code 5"}
	r.Steps[0].Attempts = []v1alpha1.AttemptStatus{{Number: 1, Phase: v1alpha1.StepFailed, Containers: []v1alpha1.ContainerEnd{cut}}, r.Steps[0].Attempts[0]}
	r.Steps[1].Attempts[0].Containers = []v1alpha1.ContainerEnd{cut, failed}
	r.Steps[2].Message = "main ended with exit code 0, but " + failed.Message
	r.Steps[2].Attempts[0].Message, r.Steps[2].Attempts[0].Containers = r.Steps[2].Message, []v1alpha1.ContainerEnd{failed}
	return r
}

// valued is a run with parameters, results, a condition that was false and a step under finally.
func valued() v1alpha1.Run {
	r := diamond()
	r.Parameters = map[string]v1alpha1.Value{"epochs": v1alpha1.Value(`3`), "data": v1alpha1.Value(`"s3://bucket/<iris>"`)}
	r.Steps[0].Results = map[string]v1alpha1.Value{"rows": v1alpha1.Value(`150`), "parts": v1alpha1.Value(`["a","b"]`)}
	r.Steps[3].Reason, r.Steps[3].Message = v1alpha1.ReasonConditionFalse, `the condition of step "evaluate" is false: parameters.epochs > 5`
	r.Steps = append(r.Steps, v1alpha1.StepStatus{Name: "tidy", Phase: v1alpha1.StepSucceeded, Finally: true, Attempts: r.Steps[0].Attempts})
	return r
}

func TestGolden(t *testing.T) {
	o := Options{Now: begin.Add(3 * time.Minute)}
	color := o
	color.Color = true
	wide := o
	wide.Wide = true
	retried := diamond()
	retried.Steps[2].Attempts = append(retried.Steps[2].Attempts, retried.Steps[2].Attempts[0])
	broken := v1alpha1.Run{Metadata: v1alpha1.RunMetadata{Name: "odd"}, Phase: v1alpha1.RunRunning, Steps: []v1alpha1.StepStatus{
		{Name: "a", Phase: v1alpha1.StepWaiting, Needs: []string{"b"}},
		{Name: "b", Phase: v1alpha1.StepWaiting, Needs: []string{"a"}},
		{Name: "c", Phase: v1alpha1.StepWaiting, Needs: []string{"c", "gone"}},
	}}
	runs := []v1alpha1.Run{valued(), living(), {Metadata: v1alpha1.RunMetadata{Name: "new"}, Pipeline: "p", Phase: v1alpha1.RunPending, CreatedAt: at(170)}}
	long := living()
	image := "image docker.io/library/nosuch:1 of main cannot be pulled: rpc error: code = NotFound desc = failed to pull and unpack image: " +
		strings.Repeat("failed to resolve reference ", 40) + "not found; set image to one that exists"
	for i, name := range []string{"train-c", "train-d", "train-e", "train-f", "train-g"} {
		s := v1alpha1.StepStatus{Name: name, Phase: v1alpha1.StepFailed, Reason: v1alpha1.ReasonImagePull, Message: image}
		if i == 0 {
			s.Phase, s.Reason, s.Message = v1alpha1.StepPending, "", "no node takes it: 0/64 nodes are available: 32 node(s) had untolerated taint, 32 Insufficient memory"
		}
		long.Steps = append(long.Steps, s)
	}
	tails := map[string][]string{"train-b": {"reading data.csv", "  no such file"}}
	for _, tc := range []struct {
		name  string
		write func(w io.Writer) error
	}{
		{"tree-failed", func(w io.Writer) error { return Tree(w, diamond(), nil, o) }},
		{"tree-failed-log", func(w io.Writer) error { return Tree(w, diamond(), tails, o) }},
		{"tree-failed-color", func(w io.Writer) error { return Tree(w, diamond(), tails, color) }},
		{"tree-living", func(w io.Writer) error { return Tree(w, living(), nil, o) }},
		{"tree-living-color", func(w io.Writer) error { return Tree(w, living(), nil, color) }},
		{"tree-long-reasons", func(w io.Writer) error { return Tree(w, long, nil, o) }},
		{"tree-attempts", func(w io.Writer) error { return Tree(w, retried, nil, o) }},
		{"tree-side-containers", func(w io.Writer) error { return Tree(w, beside(), nil, o) }},
		{"tree-deep-chain", func(w io.Writer) error { return Tree(w, chain(16), nil, o) }},
		{"tree-layers", func(w io.Writer) error { return Tree(w, layers(6), nil, o) }},
		{"tree-no-steps", func(w io.Writer) error { return Tree(w, chain(0), nil, o) }},
		{"tree-values", func(w io.Writer) error { return Tree(w, valued(), nil, o) }},
		{"run-values-json", func(w io.Writer) error { return JSON(w, valued()) }},
		{"tree-circle", func(w io.Writer) error { return Tree(w, broken, nil, o) }},
		{"table", func(w io.Writer) error { return Table(w, runs, o) }},
		{"table-wide", func(w io.Writer) error { return Table(w, runs, wide) }},
		{"table-empty", func(w io.Writer) error { return Table(w, nil, o) }},
		{"run-json", func(w io.Writer) error { return JSON(w, diamond()) }},
		{"run-yaml", func(w io.Writer) error { return YAML(w, diamond()) }},
		{"list-empty-json", func(w io.Writer) error { return JSON(w, NewList(nil)) }},
		{"verdict-failed", func(w io.Writer) error { return Verdict(w, diamond(), tails, o) }},
		{"verdict-failed-no-log", func(w io.Writer) error { return Verdict(w, diamond(), nil, color) }},
		{"verdict-living", func(w io.Writer) error { return Verdict(w, living(), nil, o) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := tc.write(&b); err != nil {
				t.Fatal(err)
			}
			golden(t, tc.name, b.Bytes())
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestTreeShowsEveryStepOnce holds for a thousand steps what the golden files show for four.
func TestTreeShowsEveryStepOnce(t *testing.T) {
	for name, run := range map[string]v1alpha1.Run{"chain": chain(1000), "layers": layers(333)} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := Tree(&b, run, nil, Options{Now: begin}); err != nil {
				t.Fatal(err)
			}
			seen := map[string]int{}
			for line := range strings.Lines(b.String()) {
				if f := strings.Fields(line); len(f) > 0 {
					seen[f[0]]++
				}
				if n := len(line); n > 160 {
					t.Errorf("a line of %d bytes: %q", n, line)
				}
			}
			for _, s := range run.Steps {
				if seen[s.Name] != 1 {
					t.Errorf("step %s is shown %d times", s.Name, seen[s.Name])
				}
			}
		})
	}
}

func TestAge(t *testing.T) {
	now := begin.Add(1000 * time.Hour)
	for ago, want := range map[time.Duration]string{
		-time.Minute: "0s", 0: "0s", 119 * time.Second: "119s", 3 * time.Minute: "3m", 5*time.Minute + 10*time.Second: "5m10s",
		90 * time.Minute: "90m", 30 * time.Hour: "30h", 80 * time.Hour: "3d8h",
	} {
		made := metav1.NewTime(now.Add(-ago))
		if got := age(&made, now); got != want {
			t.Errorf("%v ago: %q, want %q", ago, got, want)
		}
	}
	if got := age(nil, now) + age(&metav1.Time{}, now); got != "" {
		t.Errorf("of an unknown time: %q", got)
	}
}

func TestDuration(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": -time.Second, "850ms": 850 * time.Millisecond, "59s": 59*time.Second + 999*time.Millisecond,
		"2m05s": 125 * time.Second, "1h05m": 65 * time.Minute, "3d04h": 76 * time.Hour,
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestLine(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "a b", "a b"},
		{"line breaks", " a\r\n\tb\n", "a b"},
		{"escapes", "a\x1b[2Jb\x00\x07", "a[2Jb"},
		{"invalid UTF-8", "a\xffb", "ab"},
		{"unicode", "größe 日本", "größe 日本"},
		{"long", strings.Repeat("failed to resolve ", 30) + "not found; name another", strings.TrimSpace(strings.Repeat("failed to resolve ", 9)+"failed to") + " ... " +
			strings.TrimSpace(strings.Repeat("failed to resolve ", 5)+"not found; name another")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Line(tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestStartFailedHasNoDurationSince1970(t *testing.T) {
	epoch := metav1.NewTime(time.Unix(0, 0))
	s := v1alpha1.StepStatus{Phase: v1alpha1.StepFailed, Attempts: []v1alpha1.AttemptStatus{{StartedAt: &epoch, FinishedAt: at(3), CreatedAt: at(1)}}}
	if got := stepTook(&s, begin); got != "" {
		t.Errorf("took %q, want nothing", got)
	}
}

func TestStepNameHasOneColor(t *testing.T) {
	if got := StepName("load | ", "load", false); got != "load | " {
		t.Errorf("without color: %q", got)
	}
	a, b := StepName("x", "load", true), StepName("x", "load", true)
	if a != b || !strings.HasPrefix(a, "\x1b[") || !strings.HasSuffix(a, "x\x1b[0m") {
		t.Errorf("got %q and %q", a, b)
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken pipe")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrorsComeBack(t *testing.T) {
	run := diamond()
	for name, err := range map[string]error{
		"tree": Tree(brokenWriter{}, run, nil, Options{}), "table": Table(brokenWriter{}, nil, Options{}),
		"json": JSON(brokenWriter{}, run), "yaml": YAML(brokenWriter{}, run), "verdict": Verdict(brokenWriter{}, run, nil, Options{}),
	} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
