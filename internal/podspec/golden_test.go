package podspec

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

var update = flag.Bool("update", false, "rewrite the golden files and deploy/")

const (
	goldenSuffix = ".golden.yaml"
	driverGolden = "driver" + goldenSuffix
	goldenImage  = DefaultDriverImageRepository + ":v0.0.0"
)

// aboutDriver are the cases whose driver Job is held by a golden file too.
var aboutDriver = []string{"minimal", "values", "archive", "labels", "driver-settings", "kitchen-sink", "timeouts"}

// goldenIdentity is the same in all cases.
func goldenIdentity(p *v1alpha1.Pipeline) Identity {
	return Identity{Run: p.Metadata.Name + "-7k2xq", RunUID: "3f1c9a52-8a0e-4c57-9d2b-6e1f0a7b8c9d", Namespace: "ml"}
}

func goldenJobOptions(p *v1alpha1.Pipeline) JobOptions {
	id := goldenIdentity(p)
	return JobOptions{Run: id.Run, Namespace: id.Namespace, DefaultDriverImage: goldenImage}
}

// TestGolden renders testdata/<case>/pipeline.yaml and compares with testdata/<case>/<step>.golden.yaml, and with
// driver.golden.yaml where the case is about the driver.
func TestGolden(t *testing.T) {
	for _, name := range goldenCases(t) {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", name)
			want := renderCase(t, name)
			for file, content := range want {
				compareGolden(t, filepath.Join(dir, file), content)
			}
			for _, file := range goldenFiles(t, dir) {
				if _, known := want[file]; !known {
					dropGolden(t, filepath.Join(dir, file))
				}
			}
		})
	}
}

// TestBothSettingsFormsGiveTheSamePod holds the ZenML form to the Kubernetes form, file by file.
func TestBothSettingsFormsGiveTheSamePod(t *testing.T) {
	kubernetes, zenml := renderCase(t, "seed-affinity"), renderCase(t, "seed-zenml")
	if len(kubernetes) == 0 || len(kubernetes) != len(zenml) {
		t.Fatalf("got %d files from the ZenML form, want %d", len(zenml), len(kubernetes))
	}
	for file, want := range kubernetes {
		if got := zenml[file]; got != want {
			t.Errorf("%s: %s", file, firstDifference(got, want))
		}
	}
}

func goldenCases(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join("testdata", "*", "pipeline.yaml"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("found %d cases (%v), want some", len(dirs), err)
	}
	for i := range dirs {
		dirs[i] = filepath.Base(filepath.Dir(dirs[i]))
	}
	return dirs
}

func goldenFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"+goldenSuffix))
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i] = filepath.Base(files[i])
	}
	return files
}

func loadCase(t testing.TB, name string) *v1alpha1.Pipeline {
	t.Helper()
	file := filepath.Join("testdata", name, "pipeline.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipelinefile.Decode(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// renderCase gives what the golden files of a case should hold, by file name.
func renderCase(t *testing.T, name string) map[string]string {
	t.Helper()
	p := loadCase(t, name)
	out := map[string]string{}
	for _, step := range p.EachStep() {
		pod, err := StepPod(p, step.Name, Attempt{Number: 1}, goldenIdentity(p))
		if err != nil {
			t.Fatal(err)
		}
		out[step.Name+goldenSuffix] = toYAML(t, pod)
	}
	if slices.Contains(aboutDriver, name) {
		job, err := DriverJob(p, goldenJobOptions(p))
		if err != nil {
			t.Fatal(err)
		}
		out[driverGolden] = toYAML(t, job)
	}
	return out
}

func toYAML(t testing.TB, obj any) string {
	t.Helper()
	text, err := YAML(obj)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; rewrite the golden files with: go test ./internal/podspec -update", err)
	}
	if got != string(want) {
		t.Errorf("%s: %s", file, firstDifference(got, string(want)))
	}
}

func dropGolden(t *testing.T, file string) {
	t.Helper()
	if !*update {
		t.Errorf("%s: no step of this case makes it; remove it", file)
		return
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// firstDifference shows where two texts part, with the lines before.
func firstDifference(got, want string) string {
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(want, "\n")
	at := 0
	for at < len(gotLines) && at < len(wantLines) && gotLines[at] == wantLines[at] {
		at++
	}
	line := func(lines []string) string {
		if at < len(lines) {
			return lines[at]
		}
		return "(the end)"
	}
	before := strings.Join(gotLines[max(0, at-3):at], "\n")
	return fmt.Sprintf("line %d differs\n%s\ngot:  %s\nwant: %s", at+1, before, line(gotLines), line(wantLines))
}
