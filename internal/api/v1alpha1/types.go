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
	// APIVersion is the version of the file's format.
	//
	// +enum=stepherd.dev/v1alpha1
	APIVersion string `json:"apiVersion"`
	// Kind is what the file describes.
	//
	// +enum=Pipeline
	Kind string `json:"kind"`
	// Metadata names the pipeline.
	Metadata Metadata `json:"metadata"`

	// FailurePolicy is what happens to the other steps when one has failed.
	//
	// +default=StopOnFailure
	FailurePolicy FailurePolicy `json:"failurePolicy,omitempty"`
	// Parallelism is how many Pods of steps may be live at the same time; 0 is no limit.
	//
	// +default=0
	// +minimum=0
	// +example=20
	Parallelism int32 `json:"parallelism,omitempty"`
	// Timeout is how long the run may take, from the start of its Job. When it has passed, the steps that run are ended, the
	// steps under `finally` run, and the run is Failed with reason Timeout. There is no limit if it is absent.
	//
	// +example=2h
	// +expressions=submit
	Timeout *Duration `json:"timeout,omitempty"`
	// TTL is how long a run that has ended is kept, with its Pods and their logs: at least 1m.
	//
	// +default=168h
	// +example=24h
	TTL *Duration `json:"ttl,omitempty"`
	// KeepPods is which Pods of steps stay when they have ended, to be looked at: a Pod's log goes with it. The default is all
	// for a pipeline of fewer than 200 steps, else failed.
	//
	// +example=failed
	KeepPods KeepPods `json:"keepPods,omitempty"`
	// Logs is what becomes of the steps' logs beside the driver's output.
	Logs Logs `json:"logs,omitzero"`

	// Parameters declares the values that a run is given. A parameter without a default must be given.
	//
	// +maxItems=1000
	// +example=[{name: epochs, type: integer, default: 3, minimum: 1}]
	Parameters []Parameter `json:"parameters,omitempty"`
	// Arguments are values of parameters, by name. What is given on the command line (--param, --params-file) wins over them.
	//
	// +example={epochs: 5}
	Arguments map[string]Value `json:"arguments,omitempty"`

	// Driver has the settings of the driver's Pod, which apply to no step.
	Driver Driver `json:"driver,omitzero"`
	// Settings are the settings of every step; a step's own are merged over them.
	Settings Settings `json:"settings,omitzero"`
	// Steps are the pieces of work. A step starts when the steps that it needs have ended; their order in the file means nothing.
	// There are at most 10,000, those under `finally` included.
	//
	// +minItems=1
	// +maxItems=10000
	Steps []Step `json:"steps"`
	// Finally has steps that run when all others have ended, whatever happened: also after a failure, after a cancel and after
	// the run's timeout. They may need each other, and no other step may need them.
	//
	// +example=[{name: tidy, command: [./tidy]}]
	Finally []Step `json:"finally,omitempty"`
	// FinallyTimeout is how long the steps under `finally` may take together.
	//
	// +default=10m
	// +expressions=submit
	FinallyTimeout *Duration `json:"finallyTimeout,omitempty"`
}

// Metadata names the pipeline.
type Metadata struct {
	// Name is the name of the pipeline: a-z, 0-9 and -. The name of a run is this name with a dash and five random characters,
	// unless `submit --name` gives another one.
	//
	// +pattern=^[a-z0-9]([-a-z0-9]*[a-z0-9])?$
	// +maxLength=57
	// +example=iris
	Name string `json:"name"`
	// Labels are added to the run's Job.
	//
	// +example={team: flowers}
	Labels map[string]string `json:"labels,omitempty"`
	// Annotations are added to the run's Job.
	Annotations map[string]string `json:"annotations,omitempty"`
}

// FailurePolicy is what happens to the other steps when one has failed. Steps that need the failed one are Skipped under every
// policy (reason UpstreamFailed), unless their `when` calls failed() or always().
type FailurePolicy string

// The failure policies.
const (
	StopOnFailure     FailurePolicy = "StopOnFailure"     // steps that run end by themselves, and no other step starts
	FailFast          FailurePolicy = "FailFast"          // steps that run are stopped, and no other step starts
	ContinueOnFailure FailurePolicy = "ContinueOnFailure" // steps that do not need the failed one run as if nothing had happened
)

// Driver is what can be set of the driver's Pod.
type Driver struct {
	// Image is the image of the driver. The default is that of the launcher's version; `submit --driver-image` wins over both.
	//
	// +minLength=1
	// +example=registry.example/stepherd/driver:v0.1.0
	Image string `json:"image,omitempty"`
	// ImagePullPolicy is when the kubelet pulls the image.
	//
	// +enum=Always,IfNotPresent,Never
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`
	// ServiceAccountName is the service account by which the driver creates and watches the Pods of the steps.
	//
	// +default=stepherd-driver
	// +minLength=1
	ServiceAccountName string `json:"serviceAccountName,omitempty"`
	// Resources are what the driver's container requests. The default is enough for a pipeline of 10,000 steps.
	//
	// +default={cpu: 100m, memory: 128Mi}
	Resources *Resources `json:"resources,omitempty"`
	// PodSettings is a part of a PodSpec that is merged into the driver's Pod, whose container is named driver.
	//
	// +example={nodeSelector: {pool: cpu}}
	PodSettings PodSettings `json:"podSettings,omitempty"`
	// Labels are added to the driver's Pod.
	Labels map[string]string `json:"labels,omitempty"`
	// Annotations are added to the driver's Pod.
	Annotations map[string]string `json:"annotations,omitempty"`

	// Quit has URLs of the driver's own Pod that the driver POSTs to before it ends, so that injected containers end, too: at
	// most 16. The default is the URLs of the proxies of Istio and Linkerd; an empty list is none.
	//
	// +uniqueItems
	// +maxItems=16
	// +example=["http://127.0.0.1:9901/quitquitquit"]
	Quit []string `json:"quit,omitzero"`
	// EndPod lets a driver whose run is Failed or Cancelled delete its own Pod when another container keeps it from ending.
	// The driver's log goes with it.
	//
	// +default=false
	EndPod bool `json:"endPod,omitempty"`
	// LogLevel is the least severe level of what the driver writes to its stderr.
	//
	// +default=info
	LogLevel LogLevel `json:"logLevel,omitempty"`
}

// LogLevel is a level of the driver's transcript.
type LogLevel string

// The log levels, from the most to the least that is written.
const (
	LogDebug LogLevel = "debug" // each event, and each write of the record
	LogInfo  LogLevel = "info"  // each event that changes something, and each action
	LogWarn  LogLevel = "warn"  // what is tried again
	LogError LogLevel = "error" // what fails
)

// Settings is how the Pod of a step is made, and what happens when it does not end well.
type Settings struct {
	// Image is the image of the container main. Each step needs one, its own or that of the pipeline's settings.
	//
	// +minLength=1
	// +example=registry.example/iris:1.4
	// +expressions=submit
	Image string `json:"image,omitempty"`
	// ImagePullPolicy is when the kubelet pulls the image. The default is Kubernetes' own.
	//
	// +enum=Always,IfNotPresent,Never
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`
	// Resources are what the container main requests, and its limits.
	//
	// +example={cpu: 4, memory: 16Gi, gpu: 1}
	Resources *Resources `json:"resources,omitempty"`
	// Env are the environment variables of the container main: a list as Kubernetes has it, or a mapping of names to values. A
	// step's value replaces the pipeline's by name. Kubernetes replaces $(NAME) in a value by the variable of that name, if it
	// stands before.
	//
	// +alternative=map[string]EnvValue
	// +scalars
	// +example={MODE: test, EPOCHS: "${{ parameters.epochs }}"}
	// +expressions=run
	Env []corev1.EnvVar `json:"env,omitempty"`
	// EnvFrom are Secrets and ConfigMaps whose keys become environment variables of the container main.
	//
	// +example=[{secretRef: {name: token}}]
	EnvFrom []corev1.EnvFromSource `json:"envFrom,omitempty"`
	// WorkingDir is the working directory of the container main. The default is the image's.
	//
	// +minLength=1
	// +example=/work
	// +expressions=submit
	WorkingDir string `json:"workingDir,omitempty"`
	// Security is the security profile of the Pod, in the words of Kubernetes' Pod Security Standards.
	//
	// +default=baseline
	Security Security `json:"security,omitempty"`
	// PodSettings is a part of a PodSpec that is merged into the step's Pod, whose container is named main: anything that
	// Kubernetes has for Pods, but what is set elsewhere. Expressions are not allowed in it.
	//
	// +example={nodeSelector: {pool: gpu}}
	PodSettings PodSettings `json:"podSettings,omitempty"`
	// Labels are added to the step's Pods.
	Labels map[string]string `json:"labels,omitempty"`
	// Annotations are added to the step's Pods.
	Annotations map[string]string `json:"annotations,omitempty"`
	// ServiceAccountName is the service account of the step's Pods, whose token they get. A step without it gets no token.
	//
	// +minLength=1
	ServiceAccountName string `json:"serviceAccountName,omitempty"`
	// Disruptible is whether an autoscaler may evict the step's Pods to empty a node.
	//
	// +default=false
	Disruptible *bool `json:"disruptible,omitempty"`

	// Retry is what is tried again, how often, and when.
	//
	// +example={limit: 2, backoff: {duration: 10s}}
	Retry *Retry `json:"retry,omitempty"`
	// Timeout is how long an attempt may run, from the start of the container main. There is no limit if it is absent.
	//
	// +example=1h
	// +expressions=submit
	Timeout *Duration `json:"timeout,omitempty"`
	// StartTimeout is how long Kubernetes may take to start the container main once the Pod has a node: to pull the image and to
	// mount volumes. The time in which init containers run does not count.
	//
	// +default=15m
	// +expressions=submit
	StartTimeout *Duration `json:"startTimeout,omitempty"`
	// InitTimeout is how long the init containers may run, all together. There is no limit if it is absent.
	//
	// +example=10m
	// +expressions=submit
	InitTimeout *Duration `json:"initTimeout,omitempty"`
	// QueueTimeout is how long an attempt may wait for quota and its Pod for a node. There is no limit if it is absent.
	//
	// +example=12h
	// +expressions=submit
	QueueTimeout *Duration `json:"queueTimeout,omitempty"`
	// ImagePullGrace is how long the pull of an image may fail before the attempt does.
	//
	// +default=1m
	// +expressions=submit
	ImagePullGrace *Duration `json:"imagePullGrace,omitempty"`
	// SideContainers is about the regular containers beside main.
	SideContainers *SideContainers `json:"sideContainers,omitempty"`
}

// Security is the security profile of a step's Pod, in the words of Kubernetes' Pod Security Standards.
type Security string

// The security profiles. User and capabilities are the image's in baseline, because the usual ML images run as root.
const (
	SecurityBaseline   Security = "baseline"   // no privilege escalation and seccomp RuntimeDefault; user and capabilities as the image has them
	SecurityRestricted Security = "restricted" // as baseline, with runAsNonRoot, and all capabilities dropped
	SecurityPrivileged Security = "privileged" // the container main is privileged
)

// PodSettings is a part of a PodSpec of Kubernetes (kubectl explain pod.spec). A step's is merged over the pipeline's as
// kubectl patch does it: objects by key, lists of named things by name; `key: null` and `$patch: delete` take away.
// Refused are restartPolicy, activeDeadlineSeconds, and what else is set elsewhere in the file.
//
// It stays raw JSON because the merge must tell `hostNetwork: false` from an absent key, which the Go type cannot.
type PodSettings json.RawMessage

// Resources is the short form (cpu, memory, gpu) together with Kubernetes' own requests and limits, which win where both name
// the same resource.
type Resources struct {
	// CPU is how many CPUs are requested. It is no limit: a CPU limit slows the step down and helps nobody.
	//
	// +example=500m
	// +expressions=submit
	CPU *resource.Quantity `json:"cpu,omitempty"`
	// Memory is how much memory is requested, and the limit.
	//
	// +example=16Gi
	// +expressions=submit
	Memory *resource.Quantity `json:"memory,omitempty"`
	// GPU is the number of GPUs. It adds the usual toleration of the device and a /dev/shm in memory to the Pod.
	//
	// +example=1
	// +expressions=submit
	GPU *GPU `json:"gpu,omitempty"`

	// Requests are requests in Kubernetes' long form.
	//
	// +example={ephemeral-storage: 2Gi}
	Requests corev1.ResourceList `json:"requests,omitempty"`
	// Limits are limits in Kubernetes' long form.
	//
	// +example={cpu: 2}
	Limits corev1.ResourceList `json:"limits,omitempty"`
}

// DefaultGPUResource is what `gpu: 1` asks for.
const DefaultGPUResource corev1.ResourceName = "nvidia.com/gpu"

// GPU is a number of devices of one extended resource: a whole number, or a mapping that also names the resource. 0 in a step
// takes back what the pipeline's settings ask for.
//
// +alternative=integer
// +minimum=0
type GPU struct {
	// Count is how many devices are requested.
	//
	// +minimum=0
	// +expressions=submit
	Count int64 `json:"count"`
	// Resource is the name of the extended resource.
	//
	// +default=nvidia.com/gpu
	// +example=amd.com/gpu
	// +expressions=submit
	Resource corev1.ResourceName `json:"resource,omitempty"`
}

// Step is one piece of work: an image and a command, run in a Pod.
type Step struct {
	// Name is the name of the step, which is unique over `steps` and `finally`: A-Z, a-z, 0-9, -, _ and ., beginning and ending
	// with a letter or digit.
	//
	// +pattern=^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$
	// +maxLength=63
	// +example=train
	Name string `json:"name"`
	// Needs are the names of the steps that must have ended before this one starts. Without `when`, all of them must have
	// succeeded.
	//
	// +uniqueItems
	// +example=[load]
	Needs []string `json:"needs,omitempty"`
	// Command is the program of the container main, with or without its arguments. The default is the image's entry point.
	// Kubernetes replaces $(NAME) by the variable of that name, and $$ by $. Numbers and booleans are taken as they are written.
	//
	// +scalars
	// +example=[python, train.py]
	// +expressions=run
	Command []string `json:"command,omitempty"`
	// Args are the arguments of the container main. The default is the image's, unless there is a command.
	//
	// +scalars
	// +example=[--epochs, "${{ parameters.epochs }}"]
	// +expressions=run
	Args []string `json:"args,omitempty"`
	// Script is the text of a program that is run instead of `command` and `args`. It arrives byte for byte, at most 128 KiB. It
	// may have no expressions: values come in by `env`.
	//
	// +expressions=never
	// +minLength=1
	// +excludes=command,args
	Script string `json:"script,omitempty"`
	// Shell is the command that runs the script, whose text is its last argument.
	//
	// +default=[sh, -ec]
	// +requires=script
	// +example=[python3, -c]
	Shell []string `json:"shell,omitempty"`
	// When is a condition, as an expression that is true or false, that decides whether the step runs. It is evaluated once, when
	// all steps under `needs` have ended. Without succeeded(), failed() or always() in it, all of them must have succeeded, too.
	// A step whose condition is false is Skipped with reason ConditionFalse, which is no failure.
	//
	// +alternative=boolean
	// +minLength=1
	// +example=steps.evaluate.results.accuracy > 0.9
	// +expressions=condition
	When string `json:"when,omitempty"`
	// Results are the values that the step gives to other steps, and to whoever looks at the run.
	//
	// +example=[{name: accuracy, type: number}]
	Results []Result `json:"results,omitempty"`
	// Settings are the step's own, merged over those of the pipeline.
	Settings Settings `json:"settings,omitzero"`
}
