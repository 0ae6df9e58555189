package validate

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/suggest"
)

// Pipeline gives all that is wrong with a pipeline whose defaults are set. The problems have paths but no lines: Decode
// gives those too.
func Pipeline(p *v1alpha1.Pipeline) []yamltree.Problem {
	v := &validator{Collector: &yamltree.Collector{}}
	v.pipeline(p)
	return v.Found()
}

// Tree adds the problems of a pipeline that was decoded from a tree, with their places, to those found before.
func Tree(p *v1alpha1.Pipeline, root *yamltree.Value, c *yamltree.Collector) {
	v := &validator{Collector: c, tree: root}
	v.pipeline(p)
}

// validator checks what the Go types cannot say. tree, if there is one, gives its problems a place.
type validator struct {
	*yamltree.Collector
	tree *yamltree.Value
	// searches counts the did-you-means over step names, which are dear in a large pipeline.
	searches int
	// pods are the podSettings already checked, and whether nothing was wrong: most steps have the same.
	pods map[string]bool
}

// reportInside is report for a part of a text, which begins at one of its bytes.
func (v *validator) reportInside(at *yamltree.Path, offset int, format string, args ...any) {
	if v.tree != nil {
		if deepest, _, silent := at.Find(v.tree); !silent && deepest.Kind == yamltree.String {
			v.AtOffset(deepest, offset, format, args...)
			return
		}
	}
	v.report(at, format, args...)
}

// report adds a problem with the value at a path, unless the tree was found wrong there already.
func (v *validator) report(at *yamltree.Path, format string, args ...any) {
	problem := yamltree.Problem{Path: at.String(), Message: fmt.Sprintf(format, args...)}
	if v.tree != nil {
		deepest, shown, silent := at.Find(v.tree)
		if silent {
			return
		}
		problem.Path = shown
		line, column := deepest.Place()
		problem.Line, problem.Column = int(line), int(column)
	}
	v.Add(problem)
}

// silent reports whether nothing is to be reported at a path.
func (v *validator) silent(at *yamltree.Path) bool {
	if v.tree == nil {
		return false
	}
	_, _, silent := at.Find(v.tree)
	return silent
}

// line names the line of a path, for sentences that point to a second place; empty without a tree.
func (v *validator) line(at *yamltree.Path) string {
	if v.tree == nil {
		return ""
	}
	deepest, _, _ := at.Find(v.tree)
	line, _ := deepest.Place()
	return fmt.Sprintf(" in line %d", line)
}

func (v *validator) pipeline(p *v1alpha1.Pipeline) {
	var root *yamltree.Path
	v.pods = map[string]bool{}
	v.fixed(root.Field("apiVersion"), p.APIVersion, v1alpha1.APIVersion)
	v.fixed(root.Field("kind"), p.Kind, v1alpha1.KindPipeline)
	v.metadata(root.Field("metadata"), &p.Metadata)
	v.oneOf(root.Field("failurePolicy"), string(p.FailurePolicy), string(v1alpha1.StopOnFailure), string(v1alpha1.FailFast), string(v1alpha1.ContinueOnFailure))
	if p.Parallelism < 0 {
		v.report(root.Field("parallelism"), "parallelism is %d: it is the number of live step Pods at most, and 0 is no limit", p.Parallelism)
	}
	v.duration(root.Field("timeout"), p.Timeout)
	v.ttl(root.Field("ttl"), p.TTL)
	v.oneOf(root.Field("keepPods"), string(p.KeepPods), string(v1alpha1.KeepAll), string(v1alpha1.KeepFailed), string(v1alpha1.KeepNone))
	v.logs(root.Field("logs"), &p.Logs)
	v.driver(root.Field("driver"), &p.Driver)
	v.settings(root.Field("settings"), &p.Settings, pipelineRules)
	retryRules{v}.backoffFits(root.Field("settings"), p.Settings.Retry, p.Settings.Retry)
	v.duration(root.Field("finallyTimeout"), p.FinallyTimeout)
	parameterRules{v}.parameters(p)
	v.steps(p)
	v.expressions(p)
	emptyRules{v}.settings(p)
	sizeRules{v}.sizes(p)
}

// fixed holds a value to the only one that there is.
func (v *validator) fixed(at *yamltree.Path, got, want string) {
	switch got {
	case want:
	case "":
		v.report(at, "%s is missing: write %s: %s", at.Key, at.Key, want)
	default:
		v.report(at, "%s is %s, but this build knows %q only", at.Key, wording.Quote(got), want)
	}
}

// oneOf holds a word to those that there are; empty is left to defaults.
func (v *validator) oneOf(at *yamltree.Path, got string, known ...string) {
	for _, k := range known {
		if got == k || got == "" {
			return
		}
	}
	v.report(at, "%s is none of %s%s", wording.Quote(got), strings.Join(known, ", "), suggest.DidYouMean(got, known))
}

func (v *validator) metadata(at *yamltree.Path, m *v1alpha1.Metadata) {
	switch name := at.Field("name"); {
	case m.Name == "":
		v.report(name, "the pipeline has no name: write metadata: {name: my-pipeline}")
	case len(m.Name) > v1alpha1.MaxPipelineName:
		v.report(name, "%s has %d characters, and a pipeline's name may have %d, because a run's name adds 6 to it", wording.Quote(m.Name), len(m.Name), v1alpha1.MaxPipelineName)
	default:
		v.dnsLabel(name, m.Name, v1alpha1.MaxPipelineName)
	}
	v.labels(at.Field("labels"), m.Labels)
	v.annotations(at.Field("annotations"), m.Annotations)
}

// dnsLabel holds a name to the syntax of a DNS label; most is how long it may be here.
func (v *validator) dnsLabel(at *yamltree.Path, name string, most int) {
	if len(validation.IsDNS1123Label(name)) > 0 {
		v.report(at, "%s is not a valid name: use a-z, 0-9 and -, at most %d, beginning and ending with a letter or digit%s", wording.Quote(name), most, nameHint(name, most))
	}
}

// nameHint is the valid name that is nearest to one that is none.
func nameHint(name string, most int) string {
	clean := strings.Trim(v1alpha1.CleanName(name[:min(len(name), most)]), "-")
	if clean == "" || len(validation.IsDNS1123Label(clean)) > 0 {
		return ""
	}
	return fmt.Sprintf(", as %s", clean)
}

func (v *validator) driver(at *yamltree.Path, d *v1alpha1.Driver) {
	if d.Image != "" {
		v.image(at.Field("image"), d.Image)
	}
	v.pullPolicy(at.Field("imagePullPolicy"), d.ImagePullPolicy)
	v.serviceAccount(at.Field("serviceAccountName"), d.ServiceAccountName)
	resourceRules{v}.resources(at.Field("resources"), d.Resources)
	resourceRules{v}.consistent(at.Field("resources"), d.Resources)
	v.labels(at.Field("labels"), d.Labels)
	v.annotations(at.Field("annotations"), d.Annotations)
	v.podSettings(at.Field("podSettings"), d.PodSettings, driverRules)
	v.quit(at.Field("quit"), d.Quit)
	v.oneOf(at.Field("logLevel"), string(d.LogLevel), string(v1alpha1.LogDebug), string(v1alpha1.LogInfo), string(v1alpha1.LogWarn), string(v1alpha1.LogError))
}

// settings checks what can be said of the pipeline's settings, or a step's, alone.
func (v *validator) settings(at *yamltree.Path, s *v1alpha1.Settings, rules podRules) {
	if s.Image != "" {
		v.image(at.Field("image"), s.Image)
	}
	v.pullPolicy(at.Field("imagePullPolicy"), s.ImagePullPolicy)
	v.oneOf(at.Field("security"), string(s.Security), string(v1alpha1.SecurityBaseline), string(v1alpha1.SecurityRestricted), string(v1alpha1.SecurityPrivileged))
	v.serviceAccount(at.Field("serviceAccountName"), s.ServiceAccountName)
	v.noNUL(at.Field("workingDir"), s.WorkingDir)
	resourceRules{v}.resources(at.Field("resources"), s.Resources)
	v.env(at.Field("env"), s.Env)
	v.envFrom(at.Field("envFrom"), s.EnvFrom)
	v.labels(at.Field("labels"), s.Labels)
	v.annotations(at.Field("annotations"), s.Annotations)
	v.podSettings(at.Field("podSettings"), s.PodSettings, rules)
	retryRules{v}.retry(at.Field("retry"), s.Retry)
	v.duration(at.Field("timeout"), s.Timeout)
	v.duration(at.Field("startTimeout"), s.StartTimeout)
	v.duration(at.Field("initTimeout"), s.InitTimeout)
	v.duration(at.Field("queueTimeout"), s.QueueTimeout)
	v.duration(at.Field("imagePullGrace"), s.ImagePullGrace)
	sideRules{v}.sideContainers(at.Field("sideContainers"), s.SideContainers)
}

func (v *validator) pullPolicy(at *yamltree.Path, policy corev1.PullPolicy) {
	v.oneOf(at, string(policy), string(corev1.PullAlways), string(corev1.PullIfNotPresent), string(corev1.PullNever))
}

func (v *validator) serviceAccount(at *yamltree.Path, name string) {
	if name == "" {
		return
	}
	if wrong := v1alpha1.ServiceAccountProblem(name); wrong != "" {
		v.report(at, "%s", wrong)
	}
}

// noNUL: what ends up in a program's arguments or environment ends at a NUL.
func (v *validator) noNUL(at *yamltree.Path, text string) {
	if strings.ContainsRune(text, 0) {
		v.report(at, "the text has a NUL character, which no program can be given: remove it")
	}
}
