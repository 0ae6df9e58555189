package v1alpha1

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/stepherd/stepherd/internal/suggest"
)

// MaxPipelineName is the longest name of a pipeline, in bytes: a run adds a dash and five characters to it, and a run's
// name is a DNS label of 63.
const MaxPipelineName = 57

// Validate gives all that is wrong with a pipeline whose defaults are set. The problems have paths but no lines: Decode
// gives those too.
func Validate(p *Pipeline) []Problem {
	v := &validator{collector: &collector{}}
	v.pipeline(p)
	return v.list
}

// validator checks what the Go types cannot say. tree, if there is one, gives its problems a place.
type validator struct {
	*collector
	tree *value
	// searches counts the did-you-means over step names, which are dear in a large pipeline.
	searches int
	// pods are the podSettings already checked, and whether nothing was wrong: most steps have the same.
	pods map[string]bool
}

// report adds a problem with the value at a path, unless the tree was found wrong there already.
func (v *validator) report(at *path, format string, args ...any) {
	problem := Problem{Path: at.String(), Message: fmt.Sprintf(format, args...)}
	if v.tree != nil {
		deepest, shown, silent := at.find(v.tree)
		if silent {
			return
		}
		problem.Path = shown
		line, column := deepest.place()
		problem.Line, problem.Column = int(line), int(column)
	}
	v.add(problem)
}

// silent says that nothing is to be reported at a path.
func (v *validator) silent(at *path) bool {
	if v.tree == nil {
		return false
	}
	_, _, silent := at.find(v.tree)
	return silent
}

// line names the line of a path, for sentences that point to a second place; empty without a tree.
func (v *validator) line(at *path) string {
	if v.tree == nil {
		return ""
	}
	deepest, _, _ := at.find(v.tree)
	line, _ := deepest.place()
	return fmt.Sprintf(" in line %d", line)
}

func (v *validator) pipeline(p *Pipeline) {
	var root *path
	v.pods = map[string]bool{}
	v.fixed(root.field("apiVersion"), p.APIVersion, APIVersion)
	v.fixed(root.field("kind"), p.Kind, KindPipeline)
	v.metadata(root.field("metadata"), &p.Metadata)
	v.oneOf(root.field("failurePolicy"), string(p.FailurePolicy), string(StopOnFailure), string(FailFast), string(ContinueOnFailure))
	if p.Parallelism < 0 {
		v.report(root.field("parallelism"), "parallelism is %d: it is the number of live step Pods at most, and 0 is no limit", p.Parallelism)
	}
	v.duration(root.field("timeout"), p.Timeout)
	v.ttl(root.field("ttl"), p.TTL)
	v.oneOf(root.field("keepPods"), string(p.KeepPods), string(KeepAll), string(KeepFailed), string(KeepNone))
	v.logs(root.field("logs"), &p.Logs)
	v.driver(root.field("driver"), &p.Driver)
	v.settings(root.field("settings"), &p.Settings, pipelineRules)
	v.backoffFits(root.field("settings"), p.Settings.Retry, p.Settings.Retry)
	v.steps(root.field("steps"), p)
	v.emptySettings(p)
	v.sizes(p)
}

// fixed holds a value to the only one that there is.
func (v *validator) fixed(at *path, got, want string) {
	switch got {
	case want:
	case "":
		v.report(at, "%s is missing: write %s: %s", at.key, at.key, want)
	default:
		v.report(at, "%s is %s, but this build knows %q only", at.key, quote(got), want)
	}
}

// oneOf holds a word to those that there are; empty is left to defaults.
func (v *validator) oneOf(at *path, got string, known ...string) {
	for _, k := range known {
		if got == k || got == "" {
			return
		}
	}
	v.report(at, "%s is none of %s%s", quote(got), strings.Join(known, ", "), suggest.DidYouMean(got, known))
}

func (v *validator) metadata(at *path, m *Metadata) {
	switch name := at.field("name"); {
	case m.Name == "":
		v.report(name, "the pipeline has no name: write metadata: {name: my-pipeline}")
	case len(m.Name) > MaxPipelineName:
		v.report(name, "%s has %d characters, and a pipeline's name may have %d, because a run's name adds 6 to it", quote(m.Name), len(m.Name), MaxPipelineName)
	default:
		v.dnsLabel(name, m.Name, MaxPipelineName)
	}
	v.labels(at.field("labels"), m.Labels)
	v.annotations(at.field("annotations"), m.Annotations)
}

// dnsLabel holds a name to the syntax of a DNS label; most is how long it may be here.
func (v *validator) dnsLabel(at *path, name string, most int) {
	if len(validation.IsDNS1123Label(name)) > 0 {
		v.report(at, "%s is not a valid name: use a-z, 0-9 and -, at most %d, beginning and ending with a letter or digit%s", quote(name), most, nameHint(name, most))
	}
}

// nameHint is the valid name that is nearest to one that is none.
func nameHint(name string, most int) string {
	clean := strings.Trim(CleanName(name[:min(len(name), most)]), "-")
	if clean == "" || len(validation.IsDNS1123Label(clean)) > 0 {
		return ""
	}
	return fmt.Sprintf(", as %s", clean)
}

func (v *validator) driver(at *path, d *Driver) {
	if d.Image != "" {
		v.image(at.field("image"), d.Image)
	}
	v.pullPolicy(at.field("imagePullPolicy"), d.ImagePullPolicy)
	v.serviceAccount(at.field("serviceAccountName"), d.ServiceAccountName)
	v.resources(at.field("resources"), d.Resources)
	v.consistent(at.field("resources"), d.Resources)
	v.labels(at.field("labels"), d.Labels)
	v.annotations(at.field("annotations"), d.Annotations)
	v.podSettings(at.field("podSettings"), d.PodSettings, driverRules)
	v.quit(at.field("quit"), d.Quit)
	v.oneOf(at.field("logLevel"), string(d.LogLevel), string(LogDebug), string(LogInfo), string(LogWarn), string(LogError))
}

// settings checks what can be said of the pipeline's settings, or a step's, alone.
func (v *validator) settings(at *path, s *Settings, rules podRules) {
	if s.Image != "" {
		v.image(at.field("image"), s.Image)
	}
	v.pullPolicy(at.field("imagePullPolicy"), s.ImagePullPolicy)
	v.oneOf(at.field("security"), string(s.Security), string(SecurityBaseline), string(SecurityRestricted), string(SecurityPrivileged))
	v.serviceAccount(at.field("serviceAccountName"), s.ServiceAccountName)
	v.noNUL(at.field("workingDir"), s.WorkingDir)
	v.resources(at.field("resources"), s.Resources)
	v.env(at.field("env"), s.Env)
	v.envFrom(at.field("envFrom"), s.EnvFrom)
	v.labels(at.field("labels"), s.Labels)
	v.annotations(at.field("annotations"), s.Annotations)
	v.podSettings(at.field("podSettings"), s.PodSettings, rules)
	v.retry(at.field("retry"), s.Retry)
	v.duration(at.field("timeout"), s.Timeout)
	v.duration(at.field("startTimeout"), s.StartTimeout)
	v.duration(at.field("initTimeout"), s.InitTimeout)
	v.duration(at.field("queueTimeout"), s.QueueTimeout)
	v.duration(at.field("imagePullGrace"), s.ImagePullGrace)
	v.sideContainers(at.field("sideContainers"), s.SideContainers)
}

func (v *validator) pullPolicy(at *path, policy corev1.PullPolicy) {
	v.oneOf(at, string(policy), string(corev1.PullAlways), string(corev1.PullIfNotPresent), string(corev1.PullNever))
}

func (v *validator) serviceAccount(at *path, name string) {
	if name == "" {
		return
	}
	if wrong := ServiceAccountProblem(name); wrong != "" {
		v.report(at, "%s", wrong)
	}
}

// noNUL: what ends up in a program's arguments or environment ends at a NUL.
func (v *validator) noNUL(at *path, text string) {
	if strings.ContainsRune(text, 0) {
		v.report(at, "the text has a NUL character, which no program can be given: remove it")
	}
}
