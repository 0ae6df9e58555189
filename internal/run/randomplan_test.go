package run

import (
	"fmt"
	"math/rand"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
)

// newSimulation makes a random plan and fates for its steps.
func newSimulation(rng *rand.Rand, maxSteps int, f faults) *simulation {
	n := 1 + rng.Intn(maxSteps)
	p := &v1alpha1.Pipeline{
		FailurePolicy: v1alpha1.ContinueOnFailure, // the others end most runs before much has happened
		Parallelism:   int32(rng.Intn(2) * (1 + rng.Intn(6))),
		KeepPods:      []v1alpha1.KeepPods{"", v1alpha1.KeepFailed, v1alpha1.KeepNone}[rng.Intn(3)],
	}
	if rng.Intn(2) == 0 {
		p.FailurePolicy = []v1alpha1.FailurePolicy{v1alpha1.StopOnFailure, v1alpha1.FailFast}[rng.Intn(2)]
	}
	s := &simulation{faults: f, told: make([][]*told, n)}
	s.world = world{rng: rng, pipeline: p, steps: make([]worldStep, n), nodes: make([]nodeState, 3)}
	s.lag, s.calm = []int{3, 10, 100}[rng.Intn(3)], 60+rng.Intn(400)
	s.quota = rng.Intn(2) * (1 + rng.Intn(8))
	if f.timeouts && s.oneIn(2) {
		p.Timeout = s.seconds(30, 1500)
	}
	density, badness := 1+rng.Intn(8), rng.Intn(12)
	rank := rng.Perm(n) // the order of the file need not be an order of the graph
	exclusive := make([]bool, n)
	for i := range n {
		st := &s.steps[i]
		st.modelStep = modelStep{arg: -1, result: -1}
		step := v1alpha1.Step{Name: fmt.Sprintf("s%d", i), Settings: s.settings()}
		for j := range n {
			if rank[j] < rank[i] && rank[j] > rank[i]-12 && s.oneIn(density) {
				st.needs = append(st.needs, edge{int32(j), afterSuccess})
				step.Needs = append(step.Needs, fmt.Sprintf("s%d", j))
			}
		}
		exclusive[i] = s.oneIn(4)
		st.exclusive, st.sides, st.inits = exclusive[i], s.oneIn(8), s.oneIn(8)
		if s.oneIn(6) {
			st.must = []must{mustSucceed, mustSucceed, mustFail, mustHang}[s.rng.Intn(4)]
		}
		st.policy = v1alpha1.EffectivePolicy(p, &step)
		st.fates = []fate{succeeds}
		if badness > 4 && s.oneIn(badness/2) {
			st.fates = s.badFates(st)
		}
		p.Steps = append(p.Steps, step)
	}
	if f.decides {
		s.addConditions()
	}
	s.keepPods = p.Keeps()
	plan, err := NewPlan(p, exclusive, expr.RunInfo{})
	if err != nil {
		panic(err)
	}
	s.plan = plan
	if f.grows {
		s.mixKinds()
	}
	s.check = &checker{}
	return s
}

// settings are a step's own.
func (s *simulation) settings() v1alpha1.Settings {
	limit, infra := []int32{0, 1, 2, 2}[s.rng.Intn(4)], []int32{0, 1, 2, 2}[s.rng.Intn(4)]
	factor, jitter := 1+2*s.rng.Float64(), s.rng.Float64()/2
	settings := v1alpha1.Settings{Retry: &v1alpha1.Retry{
		Limit: &limit, InfraLimit: &infra, PreemptLimit: []*int32{nil, &infra}[s.rng.Intn(2)],
		Backoff: &v1alpha1.Backoff{Duration: s.seconds(1, 20), Max: s.seconds(20, 30), Factor: &factor, Jitter: &jitter},
	}}
	if s.oneIn(2) {
		settings.SideContainers = &v1alpha1.SideContainers{Grace: s.seconds(0, 20)}
	}
	if s.timeouts {
		settings.Timeout, settings.StartTimeout, settings.QueueTimeout = s.maybe(2, 10, 120), s.maybe(6, 20, 120), s.maybe(6, 10, 120)
		settings.InitTimeout, settings.ImagePullGrace = s.maybe(3, 2, 60), s.maybe(3, 1, 120)
	}
	return settings
}

func (s *simulation) seconds(least, most int) *v1alpha1.Duration {
	d := v1alpha1.Duration(time.Duration(least+s.rng.Intn(most-least+1)) * time.Second)
	return &d
}

func (s *simulation) maybe(n, least, most int) *v1alpha1.Duration {
	if !s.oneIn(n) {
		return nil
	}
	return s.seconds(least, most)
}

// badFates are up to three bad fates, most of which are tried again, and success after them or not.
func (s *simulation) badFates(st *worldStep) []fate {
	var fates []fate
	for range 1 + s.rng.Intn(3) {
		f := []fate{fails, fails, outOfMemory, evicted, preempted, unreachable, hangs}[s.rng.Intn(7)]
		if s.oneIn(6) {
			f = fate(1 + s.rng.Intn(int(unstarted)))
		}
		if f == hangs && st.policy.Timeout == 0 || f == unplaced && st.policy.QueueTimeout == 0 {
			f = fails // nothing would end it
		}
		fates = append(fates, f)
	}
	if !s.oneIn(4) || st.policy.PreemptLimit == v1alpha1.NoLimit {
		fates = append(fates, succeeds)
	}
	return fates
}
