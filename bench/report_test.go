package main

import (
	"bufio"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/usage"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sample is a shape of 4 steps whose driver takes ratio times the floor's time.
func sample(title string, ratio, bar float64) result {
	r := result{shape: shape{title: title, bar: bar, goal: 1.01, pipeline: &v1alpha1.Pipeline{Steps: make([]v1alpha1.Step, 4)}}}
	for i := range 3 {
		slow := float64(i + 1)
		floor := trial{
			steps: 4, makespan: 10 * slow, handOvers: []float64{0.004, 0.005, 0.006}, podTimes: []float64{1, 1, 1.1, 1.2},
			usage: usage.Line{Requests: map[string]int64{"create_pods": 4, "get_pods/log": 4}, MaxRSSBytes: 40 << 20, CPUSeconds: 0.02},
		}
		driver := floor
		driver.makespan = floor.makespan * (ratio + 0.001*slow)
		driver.usage = usage.Line{
			Requests:    map[string]int64{"create_pods": 4, "get_pods/log": 4, "update_configmaps": 2},
			RecordBytes: 1000, MaxRSSBytes: 50 << 20, CPUSeconds: 0.04,
		}
		r.rounds = append(r.rounds, round{driver: driver, floor: floor})
	}
	return r
}

var someAbout = about{date: "2030-01-31", machine: "2 cores, 24 GiB, Linux x86-64", kubernetes: "v1.35.4", nodes: 1, rounds: 3, trials: 12, busy: 2}

func someResults() []result {
	return []result{sample("chain of 20", 1.02, 1.05), sample("fan-out", 1.2, 1.1)}
}

func TestMarkdown(t *testing.T) {
	isGolden(t, markdown(someAbout, someResults()), "report.golden")
	isGolden(t, logSection(someAbout, someLogs()), "logs.golden")
}

func isGolden(t *testing.T, got, name string) {
	t.Helper()
	golden := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the report differs from %s (rewrite it with -update):\n%s", golden, got)
	}
}

func TestBrokenBars(t *testing.T) {
	got := brokenBars([]result{sample("on the bar", 1.048, 1.05), sample("over", 1.2, 1.1)})
	want := []string{"over: the driver took 1.202 times the floor's time; the bar is 1.10, broken by 0.102"}
	if len(got) != 1 || got[0] != want[0] {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCaution(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   about
		want []string
	}{
		{"nothing to say", about{rounds: minRounds, trials: 18}, nil},
		{"few rounds", about{rounds: minRounds - 1, trials: 16}, []string{"Fewer than 9 rounds"}},
		{"busy", about{rounds: minRounds, trials: 18, busy: 4}, []string{"4 of 18 trials"}},
		{"both", about{rounds: 1, trials: 2, busy: 1}, []string{"Fewer than 9 rounds", "1 of 2 trials"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := caution(tt.in)
			if strings.Count(got, "**\n") != len(tt.want) {
				t.Errorf("got %q, want %d sentences", got, len(tt.want))
			}
			for _, part := range tt.want {
				if !strings.Contains(got, part) {
					t.Errorf("got %q, want it to contain %q", got, part)
				}
			}
		})
	}
}

func TestMemTotal(t *testing.T) {
	for _, tt := range []struct {
		name, meminfo string
		want          int64
	}{
		{"Linux", "MemTotal:       24650752 kB\nMemFree: 1 kB\n", 24650752},
		{"not the first line", "MemFree: 1 kB\nMemTotal: 7 kB\n", 7},
		{"not said", "MemFree: 1 kB\n", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := memTotal(bufio.NewScanner(strings.NewReader(tt.meminfo))); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
