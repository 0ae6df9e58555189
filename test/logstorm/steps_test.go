package main

import (
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
)

func TestWriters(t *testing.T) {
	for lines, count := range map[int]int{minLines / 10: killedCount, minLines: stepCount, 200_000: stepCount, 999_999: stepCount} {
		all := writers(count, lines, time.Minute)
		sum, names := 0, map[string]bool{}
		for _, w := range all {
			sum, names[w.step] = sum+w.lines, true
			if w.goes < 1 || w.pause <= 0 || w.reserve() >= w.lines {
				t.Errorf("%d lines: %+v with a reserve of %d makes no sense", lines, w, w.reserve())
			}
		}
		if sum != lines || len(names) != count {
			t.Errorf("%d steps write %d lines, want %d and %d", len(names), sum, count, lines)
		}
	}
}

func TestPipeline(t *testing.T) {
	steps := writers(stepCount, 200_000, time.Minute)
	p, err := pipelinefile.Decode("logstorm", []byte(pipelineText(steps, "/a/folder")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pipelinefile.Decode("floods", []byte(pipelineText(floods(), "/a/folder"))); err != nil {
		t.Error(err)
	}
	if len(p.Steps) != stepCount || p.Steps[3].Command[len(p.Steps[3].Command)-1] != program {
		t.Errorf("%d steps, of which the fourth runs %q", len(p.Steps), p.Steps[3].Command)
	}
}

func TestRestartsAreOfAllKinds(t *testing.T) {
	all, titles := restarts(10), map[string]bool{}
	for _, r := range all {
		titles[r.title] = true
	}
	if len(all) != 10 || len(titles) != 4 {
		t.Errorf("%d restarts of %d kinds, want 10 of 4", len(all), len(titles))
	}
}
