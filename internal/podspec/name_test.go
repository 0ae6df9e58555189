package podspec

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func TestStepPodName(t *testing.T) {
	id := Identity{Run: "iris-7k2xq", RunUID: "u1"}
	long := strings.Repeat("a", 70)
	for _, row := range []struct {
		name    string
		id      Identity
		step    string
		attempt int
		want    string // # stands for the five characters of the hash
	}{
		{"plain", id, "load", 1, "iris-7k2xq-load-1-#"},
		{"later attempt", id, "load", 12, "iris-7k2xq-load-12-#"},
		{"cleaned", id, "Train_Model.v2", 1, "iris-7k2xq-train-model-v2-1-#"},
		{"long step is cut in front of the attempt", id, long, 3, "iris-7k2xq-" + strings.Repeat("a", 44) + "-3-#"},
		{"long run leaves no step", Identity{Run: long}, "load", 1, strings.Repeat("a", 55) + "-1-#"},
		{"no hyphen at the cut", Identity{Run: strings.Repeat("a", 54)}, "load", 1, strings.Repeat("a", 54) + "-1-#"},
		{"nothing to clean", id, "___", 1, "iris-7k2xq-1-#"},
		{"nothing at all", Identity{}, "", 1, "1-#"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := StepPodName(row.id, row.step, row.attempt)
			want := strings.ReplaceAll(row.want, "#", hash5(row.id.RunUID, row.step, ""))
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// TestStepPodNameStays holds names over versions: a new driver must find the Pods of the one before it.
func TestStepPodNameStays(t *testing.T) {
	got := StepPodName(Identity{Run: "iris-7k2xq", RunUID: "3f1c9a52-8a0e-4c57-9d2b-6e1f0a7b8c9d"}, "load", 1)
	if want := "iris-7k2xq-load-1-bg4pv"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHashKeepsItsPartsApart(t *testing.T) {
	seen := map[string]string{}
	for _, in := range [][3]string{
		{"u", "ab", ""}, {"ua", "b", ""}, {"u", "a", "b"}, {"", "uab", ""}, {"uab", "", ""}, {"u", "", "ab"},
		{"u\x00a", "b", ""}, {"u", "a\x00b", ""}, {"u", "a", "1"}, {"u", "a1", ""}, {"u1", "a", ""},
	} {
		hash, text := hash5(in[0], in[1], in[2]), fmt.Sprintf("%q", in)
		if other, met := seen[hash]; met {
			t.Errorf("%s and %s have the same hash %s", text, other, hash)
		}
		seen[hash] = text
	}
}

func TestNamesOfTwoRunsNeverMeet(t *testing.T) {
	for _, row := range []struct {
		name string
		a, b Identity
		step [2]string
	}{
		{"a run of the same name again", Identity{Run: "a", RunUID: "1"}, Identity{Run: "a", RunUID: "2"}, [2]string{"b", "b"}},
		{"a hyphen that moves", Identity{Run: "a", RunUID: "1"}, Identity{Run: "a-b", RunUID: "2"}, [2]string{"b-c", "c"}},
		{"steps that are cleaned alike", Identity{Run: "a", RunUID: "1"}, Identity{Run: "a", RunUID: "1"}, [2]string{"b_c", "b-c"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if a, b := StepPodName(row.a, row.step[0], 1), StepPodName(row.b, row.step[1], 1); a == b {
				t.Errorf("both are %s", a)
			}
		})
	}
}

func TestTenThousandStepsHaveTenThousandNames(t *testing.T) {
	id := Identity{Run: "nightly-29873520", RunUID: "3f1c9a52-8a0e-4c57-9d2b-6e1f0a7b8c9d"}
	seen := map[string]bool{}
	for i := range 10_000 {
		seen[StepPodName(id, fmt.Sprintf("evaluate-the-model-on-part-%d", i), 1)] = true
	}
	if len(seen) != 10_000 {
		t.Errorf("got %d names, want 10000", len(seen))
	}
}

// TestStepsWhoseNamesMeet looks for two steps that cannot be told apart: behind a long run name, 10,000 are enough.
func TestStepsWhoseNamesMeet(t *testing.T) {
	id := Identity{Run: strings.Repeat("r", 60), RunUID: "3f1c9a52-8a0e-4c57-9d2b-6e1f0a7b8c9d"}
	p := onePipeline(v1alpha1.Settings{})
	p.Settings, p.Steps = p.Steps[0].Settings, nil
	seen := map[string]string{}
	var first, second string
	for i := 0; second == "" && i < 100_000; i++ {
		step := fmt.Sprintf("part-%d", i)
		name := StepPodName(id, step, 1)
		if other, met := seen[name]; met {
			first, second = other, step
		}
		seen[name] = step
		p.Steps = append(p.Steps, v1alpha1.Step{Name: step})
	}
	want := fmt.Sprintf("step %s: its Pod and that of step %s would both be named %s: give the run or the steps shorter names", second, first, StepPodName(id, first, 1))
	if _, err := StepPod(p, second, Attempt{Number: 1}, id); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := StepPod(p, "part-0", Attempt{Number: 1}, id); err != nil {
		t.Errorf("a step that meets no other: %v", err)
	}
}

func FuzzStepPodName(f *testing.F) {
	f.Add("iris-7k2xq", "uid", "load", 1)
	f.Add(strings.Repeat("x-", 40), "", "Ü_._", -1)
	f.Add("--", "\xff", "train[3]", 1<<62)
	f.Fuzz(func(t *testing.T, run, uid, step string, attempt int) {
		id := Identity{Run: run, RunUID: uid, Namespace: "a"}
		name := StepPodName(id, step, attempt)
		if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
			t.Errorf("%q: %v", name, problems)
		}
		id.Namespace = "b"
		if again := StepPodName(id, step, attempt); again != name {
			t.Errorf("got %q, then %q", name, again)
		}
	})
}
