package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// keptFile is where a soak leaves all that it saw, in its folder for trouble. An hour of disturbances is not to be made
// again because the judge did not know one of them, or the report's words were wrong: -judge reads it.
const keptFile = "seen.json"

// kept is a soak as a file.
type kept struct {
	Date, Machine, Kubernetes string
	Runs, Parallel            int
	Seed                      uint64
	Short                     bool
	Took                      time.Duration
	Results                   []keptResult
	Deeds                     []keptDeed
	Harm                      harm
}

type keptResult struct {
	Name, Variant  string
	Took           time.Duration
	Code           int
	AtVerdict, Run v1alpha1.Run
	Proof          string
	Trouble        []string
}

type keptDeed struct {
	What    kind
	Target  string
	At      time.Duration
	Outcome string
	Took    time.Duration
}

// keep writes all that is known of a soak that was made.
func keep(folder string, s story, h harm) error {
	k := kept{
		Date: s.about.date, Machine: s.about.machine, Kubernetes: s.about.kubernetes,
		Runs: s.about.runs, Parallel: s.about.parallel, Seed: s.about.seed, Short: s.short, Took: s.took, Harm: h,
	}
	for _, r := range s.results {
		k.Results = append(k.Results, keptResult{r.order.name, r.order.variant.name, r.took, r.code, r.atVerdict, r.run, r.proof, r.trouble})
	}
	for _, d := range s.deeds {
		k.Deeds = append(k.Deeds, keptDeed{d.what, d.target, d.at, d.outcome, d.after})
	}
	text, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("write down what was seen: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, keptFile), text, 0o644); err != nil {
		return fmt.Errorf("keep what was seen: %w", err)
	}
	return nil
}

// judgeAgain reads what a soak left, and judges it as if it had just been seen.
func judgeAgain(folder string) (s story, err error) {
	text, err := os.ReadFile(filepath.Join(folder, keptFile))
	if err != nil {
		return s, fmt.Errorf("read what was seen: %w", err)
	}
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return s, fmt.Errorf("read %s: %w", filepath.Join(folder, keptFile), err)
	}
	s = story{about: about{k.Date, k.Machine, k.Kubernetes, k.Runs, k.Parallel, k.Seed}, short: k.Short, took: k.Took}
	for _, r := range k.Results {
		v, ok := variantCalled(r.Variant)
		if !ok {
			return s, fmt.Errorf("%s is a run that %q, which this soak does not know", r.Name, r.Variant)
		}
		what := seen{r.Code, r.AtVerdict, r.Run, r.Proof, r.Trouble}
		problems, forgotten := judgeAll(v, what, k.Harm)
		s.results = append(s.results, result{order{name: r.Name, variant: v}, r.Took, what, problems, forgotten})
	}
	for _, d := range k.Deeds {
		s.deeds = append(s.deeds, deed{d.What, d.Target, d.At, d.Outcome, d.Took})
	}
	return s, nil
}
