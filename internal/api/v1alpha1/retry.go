package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// Retry has a budget of further attempts for each kind of failure, so that a step that is killed by its surroundings does not use
// up what its own failures may cost. Never tried again is what would end the same: a missing Secret, a command not found.
type Retry struct {
	// Limit is how many attempts may follow one that ended with Error, OOMKilled or Timeout.
	//
	// +default=0
	// +minimum=0
	// +maximum=100
	// +example=2
	Limit *int32 `json:"limit,omitempty"`
	// InfraLimit is how many attempts may follow one that was Evicted, NodeLost or Deleted, that ended with StartTimeout,
	// or whose image could not be pulled because its registry did not answer (ImagePull).
	//
	// +default=3
	// +minimum=0
	// +maximum=100
	InfraLimit *int32 `json:"infraLimit,omitempty"`
	// PreemptLimit is how many attempts may follow one that was Preempted. There is no limit if it is absent.
	//
	// +minimum=0
	// +maximum=100
	// +example=10
	PreemptLimit *int32 `json:"preemptLimit,omitempty"`
	// Backoff is the wait before the next attempt.
	//
	// +example={duration: 10s, factor: 2, max: 5m}
	Backoff *Backoff `json:"backoff,omitempty"`
	// OnOOM gives the next attempt more memory after one that ended OOMKilled. If it is absent, memory never grows; `onOOM: {}`
	// grows it by the defaults.
	//
	// +example={memoryFactor: 2, max: 64Gi}
	OnOOM *OnOOM `json:"onOOM,omitempty"`
}

// Backoff is the wait before the next attempt.
type Backoff struct {
	// Duration is the first wait.
	//
	// +default=10s
	Duration *Duration `json:"duration,omitempty"`
	// Factor makes each wait longer than the one before.
	//
	// +default=2
	// +minimum=1
	// +maximum=100
	Factor *float64 `json:"factor,omitempty"`
	// Max is the longest wait, before jitter.
	//
	// +default=5m
	Max *Duration `json:"max,omitempty"`
	// Jitter is the part of a wait that chance adds at most, so that steps that failed together do not all come back
	// together.
	//
	// +default=0.1
	// +minimum=0
	// +maximum=1
	Jitter *float64 `json:"jitter,omitempty"`
}

// OnOOM gives the next attempt more memory after one that ended OOMKilled.
//
// It has defaults only where it is written: `onOOM: {}` grows with them, and no onOOM never grows.
type OnOOM struct {
	// MemoryFactor is by how much the memory limit grows with each attempt that ended OOMKilled.
	//
	// +default=2
	// +exclusiveMinimum=1
	// +maximum=16
	MemoryFactor *float64 `json:"memoryFactor,omitempty"`
	// Max is the most memory that an attempt is given.
	//
	// +default=64Gi
	Max *resource.Quantity `json:"max,omitempty"`
}

// MergeRetry lays the step's retry over the pipeline's, field by field.
func MergeRetry(pipeline, step *Retry) *Retry {
	if pipeline == nil || step == nil {
		return firstSet(step, pipeline)
	}
	return &Retry{
		Limit:        firstSet(step.Limit, pipeline.Limit),
		InfraLimit:   firstSet(step.InfraLimit, pipeline.InfraLimit),
		PreemptLimit: firstSet(step.PreemptLimit, pipeline.PreemptLimit),
		Backoff:      mergeBackoff(pipeline.Backoff, step.Backoff),
		OnOOM:        mergeOnOOM(pipeline.OnOOM, step.OnOOM),
	}
}

func mergeBackoff(pipeline, step *Backoff) *Backoff {
	if pipeline == nil || step == nil {
		return firstSet(step, pipeline)
	}
	return &Backoff{
		Duration: firstSet(step.Duration, pipeline.Duration), Factor: firstSet(step.Factor, pipeline.Factor),
		Max: firstSet(step.Max, pipeline.Max), Jitter: firstSet(step.Jitter, pipeline.Jitter),
	}
}

func mergeOnOOM(pipeline, step *OnOOM) *OnOOM {
	if pipeline == nil || step == nil {
		return firstSet(step, pipeline)
	}
	return &OnOOM{MemoryFactor: firstSet(step.MemoryFactor, pipeline.MemoryFactor), Max: firstSet(step.Max, pipeline.Max)}
}
