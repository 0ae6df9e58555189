package pipelinefile

import (
	"errors"
	"testing"

	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// TestUnknownKey: the keys that a newer build may know, whatever the message advises, are told from other problems.
func TestUnknownKey(t *testing.T) {
	const above = "apiVersion: stepherd.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: a}\n"
	for _, row := range []struct {
		name, step, more string
		want             string // path; empty: a problem of another kind
	}{
		{name: "nothing like it", step: "weather: fine", want: "steps[0].weather"},
		{name: "a like one", step: "need: []", want: "steps[0].need"},
		{name: "another tool's", step: "withItems: [1]", want: "steps[0].withItems"},
		{name: "of the pipeline", step: "parallelism: 3", want: "steps[0].parallelism"},
		{name: "of settings", step: "image: a", want: "steps[0].image"},
		{name: "of a container", step: "settings: {image: a, lifecycle: {}}", want: "steps[0].settings.lifecycle"},
		{name: "env as a map in a list", step: "settings: {image: a, env: [{FOO: bar}]}", want: "steps[0].settings.env[0].FOO"},
		{name: "one of ZenML's settings", more: "settings: {orchestrator.kubernetes: {weather: fine}}", want: "settings[orchestrator.kubernetes].weather"},
		{name: "one of ZenML's Pod settings", more: "settings: {orchestrator.kubernetes: {pod_settings: {weather: fine}}}", want: "settings[orchestrator.kubernetes].pod_settings.weather"},
		{name: "a key twice", step: "command: [a], command: [b]"},
		{name: "a wrong type", step: "settings: 3"},
	} {
		t.Run(row.name, func(t *testing.T) {
			step := row.step
			if step == "" {
				step = "command: [a]"
			}
			_, err := Decode("", []byte(above+"steps: [{name: a, "+step+"}]\n"+row.more+"\n"))
			var problems *yamltree.Problems
			if !errors.As(err, &problems) {
				t.Fatal(err)
			}
			got := ""
			for _, p := range problems.List {
				if p.UnknownKey {
					got += p.Path
				}
			}
			if got != row.want {
				t.Errorf("unknown keys: %q, want %q\n%v", got, row.want, err)
			}
		})
	}
}
