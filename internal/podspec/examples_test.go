package podspec

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// TestExamples: every pipeline in examples/ is valid, draws no warning, and makes its Job and Pods.
func TestExamples(t *testing.T) {
	for _, file := range examplePipelines(t) {
		t.Run(filepath.ToSlash(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			reading, err := pipelinefile.Read(file, data, pipelinefile.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, warning := range reading.Warnings {
				t.Error(warning)
			}
			p := reading.Pipeline
			if _, err := DriverJob(p, goldenJobOptions(p)); err != nil {
				t.Error(err)
			}
			for _, step := range p.Steps {
				if _, err := StepPod(p, step.Name, Attempt{Number: 1}, goldenIdentity(p)); err != nil {
					t.Error(err)
				}
			}
			checkRoundTrip(t, p)
		})
	}
}

// examplePipelines returns the files of examples/ whose kind is Pipeline.
func examplePipelines(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(filepath.Join("..", "..", "examples"), func(file string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		head := struct{ Kind string }{}
		if err := yaml.Unmarshal(data, &head); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if head.Kind == v1alpha1.KindPipeline {
			found = append(found, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 6 {
		t.Fatalf("found %v, want at least six pipelines", found)
	}
	return found
}
