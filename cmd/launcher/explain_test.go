package main

import (
	"os"
	"strings"
	"testing"
)

// TestExplain holds what explain prints, and what it says of paths that lead nowhere.
func TestExplain(t *testing.T) {
	d := newDesk()
	for _, args := range []string{
		"explain", "explain settings.retry", "explain steps[0].when", "explain failurePolicy", "explain settings.resources.gpu", "explain settings.podSettings",
		"explain settings.env.valueFrom", "explain settings.retri", "explain retry", "explain settings.podSettings.tolerations", "explain settings retry", "schema extra",
	} {
		d.do(t, "", strings.Fields(args)...)
	}
	d.golden(t, "explain")
}

// TestSchemaIsTheFile: what schema prints is the file that the docs name.
func TestSchemaIsTheFile(t *testing.T) {
	want, err := os.ReadFile("../../docs/pipeline.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := newDesk().run(t.Context(), "", "schema"); got.code != 0 || got.stdout != string(want) {
		t.Errorf("exit code %d; what it prints is not docs/pipeline.schema.json: run make golden", got.code)
	}
}
