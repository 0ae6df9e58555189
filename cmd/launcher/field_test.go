package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFieldInputs: what validate says to files as people have written them, word for word.
func TestFieldInputs(t *testing.T) {
	inputs, err := filepath.Glob(filepath.Join(testdata, "field", "*.yaml"))
	if err != nil || len(inputs) == 0 {
		t.Fatalf("%v, %d files", err, len(inputs))
	}
	contents := map[string]string{}
	for _, file := range inputs {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		contents[filepath.Base(file)] = string(text)
	}
	files(t, contents)
	d := newDesk()
	for _, file := range inputs {
		d.do(t, "", "validate", filepath.Base(file))
	}
	d.golden(t, "field")
}

// TestPlaceInTheFile: a ZenML file that names a namespace goes to no other, and one that names a context is not held to it.
func TestPlaceInTheFile(t *testing.T) {
	zenml := strings.Replace(iris, "settings: {", "settings: {orchestrator.kubernetes: {kubernetes_namespace: pipelines, kubernetes_context: stage}, ", 1)
	files(t, map[string]string{"zenml.yaml": zenml})
	d := newDesk()
	for _, args := range [][]string{
		{"validate", "zenml.yaml"},
		{"validate", "zenml.yaml", "-n", "pipelines"},
		{"submit", "zenml.yaml", "--dry-run=client"},
		{"submit", "zenml.yaml", "--dry-run=client", "-n", "pipelines", "--name", "iris-1"},
	} {
		d.do(t, "", args...)
	}
	d.golden(t, "place")
	if calls := d.cluster.Calls(); len(calls) > 0 {
		t.Errorf("the cluster was asked: %q", calls)
	}
}
