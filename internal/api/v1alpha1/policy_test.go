package v1alpha1

import (
	"testing"
	"time"
)

func TestEffectivePolicy(t *testing.T) {
	const s, m = time.Second, time.Minute
	defaults := Policy{
		InfraLimit: 3, PreemptLimit: NoLimit, Backoff: BackoffPolicy{Duration: 10 * s, Max: 5 * m, Factor: 2, Jitter: 0.1},
		StartTimeout: 15 * m, ImagePullGrace: m, SideGrace: 10 * s,
	}
	with := func(change func(p *Policy)) Policy {
		p := defaults
		change(&p)
		return p
	}
	tests := []struct {
		name, pipeline, step string
		want                 Policy
	}{
		{"nothing", ``, ``, defaults},
		{"empty mappings", `retry: {backoff: {}, onOOM: {}}`, `retry: {}`, defaults},
		{"the pipeline's", `{timeout: 1h, startTimeout: 1m, initTimeout: 3m, queueTimeout: 2m, imagePullGrace: 5m, retry: {limit: 1, infraLimit: 0, preemptLimit: 4, backoff: {duration: 1s, factor: 1, max: 2s, jitter: 0}}}`, ``,
			Policy{
				Limit: 1, PreemptLimit: 4, AsksRetries: true, Timeout: 60 * m, StartTimeout: m, InitTimeout: 3 * m, QueueTimeout: 2 * m, ImagePullGrace: 5 * m,
				Backoff: BackoffPolicy{Duration: s, Max: 2 * s, Factor: 1}, SideGrace: 10 * s,
			}},
		{"the step's over the pipeline's", `{timeout: 1h, startTimeout: 1m, initTimeout: 1m, queueTimeout: 1m, imagePullGrace: 1s, retry: {limit: 1, infraLimit: 2, preemptLimit: 1}}`,
			`{timeout: 2h, startTimeout: 2m, initTimeout: 4m, queueTimeout: 3m, imagePullGrace: 2s, retry: {limit: 0, infraLimit: 5, preemptLimit: 0}}`,
			with(func(p *Policy) {
				p.InfraLimit, p.PreemptLimit, p.AsksRetries = 5, 0, true
				p.Timeout, p.StartTimeout, p.InitTimeout, p.QueueTimeout, p.ImagePullGrace = 120*m, 2*m, 4*m, 3*m, 2*s
			})},
		{"one budget of the step", `retry: {limit: 4, infraLimit: 7}`, `retry: {limit: 1}`, with(func(p *Policy) { p.Limit, p.InfraLimit, p.AsksRetries = 1, 7, true })},
		{"no further attempts wanted", `retry: {limit: 0}`, `retry: {infraLimit: 0}`, with(func(p *Policy) { p.InfraLimit = 0 })},
		{"backoff field by field", `retry: {backoff: {duration: 1s, factor: 3}}`, `retry: {backoff: {factor: 4, jitter: 1}}`,
			with(func(p *Policy) { p.Backoff = BackoffPolicy{Duration: s, Max: 5 * m, Factor: 4, Jitter: 1} })},
		{"a backoff of the step, a limit of the pipeline", `retry: {limit: 2}`, `retry: {backoff: {max: 1h}}`,
			with(func(p *Policy) { p.Limit, p.AsksRetries, p.Backoff.Max = 2, true, 60*m })},
		{"a long first wait lifts the default of the longest", `retry: {backoff: {duration: 10m}}`, ``,
			with(func(p *Policy) { p.Backoff.Duration, p.Backoff.Max = 10*m, 10*m })},
		{"a short longest wait lowers the default of the first", ``, `retry: {backoff: {max: 5s}}`,
			with(func(p *Policy) { p.Backoff.Duration, p.Backoff.Max = 5*s, 5*s })},
		{"a grace of side containers", `sideContainers: {grace: 1m}`, `sideContainers: {mustSucceed: [a]}`, with(func(p *Policy) { p.SideGrace = m })},
		{"the step's own", `sideContainers: {grace: 1m}`, `sideContainers: {grace: 2m}`, with(func(p *Policy) { p.SideGrace = 2 * m })},
		{"no grace is one", `sideContainers: {grace: 1m}`, `sideContainers: {grace: 0s}`, with(func(p *Policy) { p.SideGrace = 0 })},
		{"no time-outs but a start", ``, `startTimeout: 1h`, with(func(p *Policy) { p.StartTimeout = 60 * m })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &Pipeline{Settings: parse[Settings](t, tt.pipeline), Steps: []Step{{Name: "s", Settings: parse[Settings](t, tt.step)}}}
			before := asJSON(t, p)
			if got := EffectivePolicy(p, &p.Steps[0]); got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			if asJSON(t, p) != before {
				t.Errorf("EffectivePolicy wrote to what it was given")
			}
		})
	}
}

func TestMemoryGrowth(t *testing.T) {
	for _, tt := range []struct {
		name, retry string
		factor      float64
		most        string
	}{
		{"nothing", ``, 1, "0"},
		{"no onOOM", `limit: 3`, 1, "0"},
		{"defaults", `onOOM: {}`, 2, "64Gi"},
		{"a factor", `onOOM: {memoryFactor: 1.5}`, 1.5, "64Gi"},
		{"a maximum", `onOOM: {max: 1Ti}`, 2, "1Ti"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			factor, most := parse[*Retry](t, tt.retry).MemoryGrowth()
			if factor != tt.factor || most.String() != tt.most {
				t.Errorf("got %v up to %s, want %v up to %s", factor, &most, tt.factor, tt.most)
			}
		})
	}
}

func TestKeeps(t *testing.T) {
	for _, tt := range []struct {
		name  string
		said  KeepPods
		steps int
		want  KeepPods
	}{
		{"few steps", "", 199, KeepAll},
		{"many steps", "", 200, KeepFailed},
		{"all of many", KeepAll, 5000, KeepAll},
		{"none of few", KeepNone, 1, KeepNone},
		{"the failed of few", KeepFailed, 1, KeepFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &Pipeline{KeepPods: tt.said, Steps: make([]Step, tt.steps)}
			if got := p.Keeps(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
