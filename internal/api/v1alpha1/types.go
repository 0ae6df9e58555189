package v1alpha1

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// The only apiVersion and kind that Decode accepts.
const (
	APIVersion   = "stepherd.dev/v1alpha1"
	KindPipeline = "Pipeline"
	KindRun      = "Run"
)

// MaxSteps is the most steps that a pipeline file may list; beyond it the plan would not fit into the
// annotation that carries it.
const MaxSteps = 10_000

// Pipeline is the file: steps and what they need.
type Pipeline struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   Metadata `json:"metadata"`

	// FailurePolicy decides what a failed step means for the others. Default StopOnFailure.
	FailurePolicy FailurePolicy `json:"failurePolicy,omitempty"`
	// Parallelism is the number of live step Pods at most; 0 is no limit.
	Parallelism int32 `json:"parallelism,omitempty"`
	// Timeout is how long the run may take, from the start of its Job; none if absent.
	Timeout *Duration `json:"timeout,omitempty"`
	// TTL is how long a run that has ended is kept, with its Pods and their logs; see Lifetime for its default.
	TTL *Duration `json:"ttl,omitempty"`
	// KeepPods says which step Pods stay when they have ended; see Keeps for its default.
	KeepPods KeepPods `json:"keepPods,omitempty"`
	// Logs decides what becomes of the steps' logs beside the driver's output.
	Logs Logs `json:"logs,omitzero"`

	// Driver holds settings of the driver Pod alone.
	Driver Driver `json:"driver,omitzero"`
	// Settings hold for every step; a step's own settings are merged over them, see Effective.
	Settings Settings `json:"settings,omitzero"`
	// Steps are the nodes of the graph, in the order of the file.
	Steps []Step `json:"steps"`
}

// Metadata names the pipeline. Labels and annotations go onto the run's Job.
type Metadata struct {
	Name        string            `json:"name"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// FailurePolicy is what happens to the other steps when one has failed.
type FailurePolicy string

// The failure policies.
const (
	StopOnFailure     FailurePolicy = "StopOnFailure"
	FailFast          FailurePolicy = "FailFast"
	ContinueOnFailure FailurePolicy = "ContinueOnFailure"
)

// Driver is what a user may set of the driver Pod.
type Driver struct {
	Image              string            `json:"image,omitempty"`
	ImagePullPolicy    corev1.PullPolicy `json:"imagePullPolicy,omitempty"`
	ServiceAccountName string            `json:"serviceAccountName,omitempty"`
	Resources          *Resources        `json:"resources,omitempty"`
	PodSettings        PodSettings       `json:"podSettings,omitempty"`
	Labels             map[string]string `json:"labels,omitempty"`
	Annotations        map[string]string `json:"annotations,omitempty"`

	// Quit are URLs of this Pod that the driver POSTs to as it leaves, so that injected containers end; see Quits for the
	// default. An empty list is none.
	Quit []string `json:"quit,omitzero"`
	// EndPod lets a driver whose run has Failed or was Cancelled delete its own Pod when another container keeps it from
	// ending. The driver's log goes with it.
	EndPod bool `json:"endPod,omitempty"`
	// LogLevel is the least severe level of the driver's transcript; info if absent.
	LogLevel LogLevel `json:"logLevel,omitempty"`
}

// LogLevel is a level of the driver's transcript.
type LogLevel string

// The log levels, from the most to the least that is written.
const (
	LogDebug LogLevel = "debug"
	LogInfo  LogLevel = "info"
	LogWarn  LogLevel = "warn"
	LogError LogLevel = "error"
)

// Settings say how a step's Pod is to be made.
type Settings struct {
	Image              string                 `json:"image,omitempty"`
	ImagePullPolicy    corev1.PullPolicy      `json:"imagePullPolicy,omitempty"`
	Resources          *Resources             `json:"resources,omitempty"`
	Env                []corev1.EnvVar        `json:"env,omitempty"`
	EnvFrom            []corev1.EnvFromSource `json:"envFrom,omitempty"`
	WorkingDir         string                 `json:"workingDir,omitempty"`
	Security           Security               `json:"security,omitempty"`
	PodSettings        PodSettings            `json:"podSettings,omitempty"`
	Labels             map[string]string      `json:"labels,omitempty"`
	Annotations        map[string]string      `json:"annotations,omitempty"`
	ServiceAccountName string                 `json:"serviceAccountName,omitempty"`
	// Disruptible reports whether an autoscaler may evict the step's Pod to empty a node; false if absent.
	Disruptible *bool `json:"disruptible,omitempty"`

	// Retry decides what is tried again, how often, and when; see EffectivePolicy for the defaults.
	Retry *Retry `json:"retry,omitempty"`
	// Timeout is how long an attempt may run from the start of `main`; none if absent.
	Timeout *Duration `json:"timeout,omitempty"`
	// StartTimeout is how long Kubernetes may take to start `main` once the Pod has a node; the time in which init
	// containers run does not count.
	StartTimeout *Duration `json:"startTimeout,omitempty"`
	// InitTimeout is how long the init containers may run, all together; none if absent.
	InitTimeout *Duration `json:"initTimeout,omitempty"`
	// QueueTimeout is how long an attempt may wait for quota and its Pod for a node; none if absent.
	QueueTimeout *Duration `json:"queueTimeout,omitempty"`
	// ImagePullGrace is how long the pull of an image may fail before the attempt does.
	ImagePullGrace *Duration `json:"imagePullGrace,omitempty"`
	// SideContainers is about the regular containers beside `main`.
	SideContainers *SideContainers `json:"sideContainers,omitempty"`
}

// Security is a step Pod's security profile, in the words of the Pod Security Standards.
type Security string

// The security profiles. Baseline is the default: no privilege escalation, seccomp RuntimeDefault, user
// and capabilities as the image has them, because the usual ML images run as root.
const (
	SecurityBaseline   Security = "baseline"
	SecurityRestricted Security = "restricted"
	SecurityPrivileged Security = "privileged"
)

// PodSettings is a partial corev1.PodSpec as JSON. It stays raw because a strategic merge must tell
// `hostNetwork: false` from an absent key, which the Go type cannot; Validate holds it to the Go type
// strictly. Nil or empty means none.
type PodSettings json.RawMessage

// Resources is the short form (cpu, memory, gpu) together with corev1's own requests and limits, which
// win where both name the same resource.
type Resources struct {
	// CPU is a request only: a CPU limit would throttle the step and not help its neighbors.
	CPU *resource.Quantity `json:"cpu,omitempty"`
	// Memory is request and limit.
	Memory *resource.Quantity `json:"memory,omitempty"`
	// GPU is request and limit of an extended resource.
	GPU *GPU `json:"gpu,omitempty"`

	Requests corev1.ResourceList `json:"requests,omitempty"`
	Limits   corev1.ResourceList `json:"limits,omitempty"`
}

// DefaultGPUResource is what `gpu: 1` asks for.
const DefaultGPUResource corev1.ResourceName = "nvidia.com/gpu"

// GPU is a number of devices of one extended resource. In the file it is a number or an object.
type GPU struct {
	Count    int64               `json:"count"`
	Resource corev1.ResourceName `json:"resource,omitempty"`
}

// Step is a node of the graph.
type Step struct {
	Name  string   `json:"name"`
	Needs []string `json:"needs,omitempty"`
	// Command and Args are those of the container `main`; absent, the image's own are used.
	Command  []string `json:"command,omitempty"`
	Args     []string `json:"args,omitempty"`
	Settings Settings `json:"settings,omitzero"`
}
