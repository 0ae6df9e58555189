package zenml

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the tables of docs/ZENML.md")

const (
	tableBegins = "<!-- The tables are made of the code; `make golden` rewrites them. -->\n"
	tableEnds   = "<!-- Here the tables end. -->\n"
)

// TestZenMLDocIsCurrent holds the tables of docs/ZENML.md to the rules in the code.
func TestZenMLDocIsCurrent(t *testing.T) {
	const page = "../../../docs/ZENML.md"
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	before, rest, found := strings.Cut(text, tableBegins)
	_, after, closed := strings.Cut(rest, tableEnds)
	if !found || !closed {
		t.Fatalf("%s has no place for the tables", page)
	}
	want := before + tableBegins + zenmlTables() + tableEnds + after
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != want {
		t.Errorf("%s is not what the code does; run make golden", page)
	}
}

func zenmlTables() string {
	var out strings.Builder
	out.WriteString("\n## Settings of the orchestrator\n\n| ZenML | becomes |\n|---|---|\n")
	for _, rule := range settingRules {
		if rule.take != nil {
			fmt.Fprintf(&out, "| `%s` | %s |\n", rule.key, rule.here)
		}
	}
	out.WriteString("\nThese have no effect; each draws a warning that says why:\n\n| ZenML | why |\n|---|---|\n")
	for _, rule := range settingRules {
		if rule.take == nil && !rule.refused {
			fmt.Fprintf(&out, "| `%s` | %s |\n", rule.key, rule.here)
		}
	}
	out.WriteString("\nThese are refused, because a run would not do what they say:\n\n| ZenML | why |\n|---|---|\n")
	for _, rule := range settingRules {
		if rule.refused {
			fmt.Fprintf(&out, "| `%s` | %s |\n", rule.key, rule.here)
		}
	}
	out.WriteString("\n## pod_settings and orchestrator_pod_settings\n\n| ZenML | of `pod_settings`, in `settings` | of `orchestrator_pod_settings`, in `driver` |\n|---|---|---|\n")
	for _, key := range slices.Sorted(maps.Keys(zenmlPodSettings)) {
		s := zenmlPodSettings[key]
		driver := s.driver
		if driver == "" {
			driver = s.here
		}
		fmt.Fprintf(&out, "| `%s` | `%s` | `%s` |\n", key, s.here, driver)
	}
	out.WriteString("\n## Other components\n\nTheir settings have no effect, and draw a warning:\n\n| ZenML | why |\n|---|---|\n")
	for _, rule := range componentRules {
		fmt.Fprintf(&out, "| `%s` | %s |\n", rule.key, rule.here)
	}
	out.WriteString("\n")
	return out.String()
}
