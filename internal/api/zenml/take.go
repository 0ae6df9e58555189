package zenml

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

func (t *target) orchestratorPodSettings(f yamltree.Field) {
	if driver := t.driverTarget(f, "driver.podSettings"); driver != nil {
		driver.podSettings(f.Value)
	}
}

func (t *target) serviceAccount(f yamltree.Field) {
	if t.ofPipeline {
		t.driverAccount(f.Value)
	}
}

// maxParallelism: ZenML has no zero, and reads it of the pipeline alone.
func (t *target) maxParallelism(f yamltree.Field) {
	switch {
	case !t.ofPipeline:
		t.ofRun(f, "parallelism")
	case f.Value.Kind == yamltree.Number && f.Value.JSON == "0":
		t.AtValue(f.Value, "max_parallelism is 0: write 1 or more, or leave it out for no limit")
	default:
		t.putInto(t.root, "parallelism", f.Value)
	}
}

// ofRun warns of what a step cannot say, as ZenML ignores it there.
func (t *target) ofRun(f yamltree.Field, ours string) {
	t.WarnAtKey(f.Value, "ZenML's %s has no effect in a step, it is of the whole run: put it into the pipeline's settings, or write %s at the top", wording.Quote(f.Key), ours)
}

func (t *target) deadline(f yamltree.Field) {
	if t.ofPipeline {
		t.seconds(t.root, "timeout", f.Value)
		return
	}
	t.seconds(t.object, "timeout", f.Value)
}

// ttl: ZenML reads it of the pipeline alone. A shorter one than there is here is taken for the shortest.
func (t *target) ttl(f yamltree.Field) {
	if !t.ofPipeline {
		t.ofRun(f, "ttl")
		return
	}
	least := int(time.Duration(v1alpha1.MinTTL).Seconds())
	if n, err := strconv.Atoi(f.Value.JSON); err == nil && 0 <= n && n < least {
		t.WarnAtKey(f.Value, "ZenML's %s of %d becomes ttl: %s, the least that lets others read how a run has ended", wording.Quote(f.Key), n, v1alpha1.MinTTL)
		longer := *f.Value
		longer.JSON = strconv.Itoa(least)
		f.Value = &longer
	}
	t.seconds(t.root, "ttl", f.Value)
}

// seconds moves a number of seconds to where a duration is wanted.
func (t *target) seconds(object *yamltree.Value, key string, v *yamltree.Value) {
	if v.Kind != yamltree.Number || v.JSON == "" {
		t.AtValue(v, "found %s where a number of seconds is wanted", v.Describe())
		return
	}
	duration := *v
	duration.Kind, duration.Text, duration.JSON = yamltree.String, v.JSON+"s", ""
	t.putInto(object, key, &duration)
}

func (t *target) retryDelay(f yamltree.Field) {
	if retry := t.below(t.object, "retry", f.Value); retry != nil {
		if backoff := t.below(retry, "backoff", f.Value); backoff != nil {
			t.seconds(backoff, "duration", f.Value)
		}
	}
}

// putBelow moves a value under a key inside the objects that lead there.
func (t *target) putBelow(key string, v *yamltree.Value, way ...string) {
	object := t.object
	for _, w := range way {
		if object = t.below(object, w, v); object == nil {
			return
		}
	}
	t.putInto(object, key, v)
}

func (t *target) namespace(f yamltree.Field) {
	if t.isText(f.Value) {
		t.places.Namespace = f.Value
	}
}

func (t *target) context(f yamltree.Field) {
	if t.isText(f.Value) {
		t.places.Context = f.Value
	}
}

func (t *target) isText(v *yamltree.Value) bool {
	if v.Kind != yamltree.String {
		t.AtValue(v, "found %s where a string is wanted", v.Describe())
		return false
	}
	return true
}

// component treats the settings of another component of ZenML.
func (t *target) component(rule *rule, f yamltree.Field) {
	t.WarnAtKey(f.Value, "ZenML's %s has no effect here: %s", wording.Quote(f.Key), plain(rule.here))
	if rule.key != "docker" || f.Value.Kind != yamltree.Object {
		return
	}
	for _, key := range []string{"environment", "runtime_environment"} {
		if env := getEither(f.Value, key); env != nil && t.isObject(env) {
			t.addEnv(env)
		}
	}
	parent, skip := getEither(f.Value, "parent_image"), getEither(f.Value, "skip_build")
	if parent != nil && skip != nil && skip.JSON == "true" && t.object.Get("image") == nil {
		t.put("image", parent) // ZenML runs it as it is
	}
}

// addEnv appends a mapping of variables to env.
func (t *target) addEnv(env *yamltree.Value) {
	list := t.object.Get("env")
	if list == nil || list.Kind == yamltree.Null {
		list = env.Parent.Child("env", yamltree.List, env)
		t.put("env", list)
	}
	if list.Kind == yamltree.Object {
		list.ToList("name", "value")
	}
	if list.Kind != yamltree.List {
		return // reported by the type check
	}
	for _, f := range env.Fields {
		item := &yamltree.Value{Kind: yamltree.Object, Parent: env, Name: f.Key, Line: f.Value.Line, Column: f.Value.Column}
		name := item.Child("name", yamltree.String, f.Value)
		name.Text = f.Key
		item.Add("name", name)
		text := f.Value
		text.Kind = yamltree.String // ZenML makes strings of them
		item.Add("value", text)
		list.Items = append(list.Items, item)
	}
}

// memoryUnits turns ZenML's units of memory into those of Kubernetes.
var memoryUnits = strings.NewReplacer("KB", "k", "KiB", "Ki", "MB", "M", "MiB", "Mi", "GB", "G", "GiB", "Gi", "TB", "T", "TiB", "Ti", "PB", "P", "PiB", "Pi")

// zenmlResources rewrites ZenML's ResourceSettings, which stand under the same key as ours. They are known by a count.
func (t *target) zenmlResources(resources *yamltree.Value) {
	if resources == nil || getEither(resources, "cpu_count") == nil && getEither(resources, "gpu_count") == nil {
		return
	}
	fields := resources.Fields
	resources.Fields = nil
	for _, f := range fields {
		switch word := snakeCase(f.Key); word {
		case "cpu_count", "gpu_count":
			t.putInto(resources, strings.TrimSuffix(word, "_count"), f.Value)
		case "memory":
			if f.Value.Kind == yamltree.String {
				f.Value.Text = memoryUnits.Replace(f.Value.Text)
			}
			t.putInto(resources, f.Key, f.Value)
		case "min_replicas", "max_replicas", "autoscaling_metric", "autoscaling_target", "max_concurrency", "pool_resources":
			t.WarnAtKey(f.Value, "ZenML's %s has no effect here: a step is one Pod", wording.Quote(f.Key))
		default:
			t.putInto(resources, f.Key, f.Value)
		}
	}
}

// plain is a text of the table without its marks.
func plain(markdown string) string { return strings.ReplaceAll(markdown, "`", "") }

// orchestrator takes the settings of the Kubernetes orchestrator out of an object, and warns of those of other components.
func (z *rewriter) orchestrator(t *target) *yamltree.Value {
	var form *yamltree.Value
	var others []yamltree.Field
	t.object.Fields = slices.DeleteFunc(t.object.Fields, func(f yamltree.Field) bool {
		base, flavor, _ := strings.Cut(f.Key, ".")
		base, _, named := strings.Cut(base, ":")
		switch {
		case base == "orchestrator" && (flavor == "" || flavor == "kubernetes" || named):
			if form != nil {
				z.AtKey(f.Value, "this sets the same as %s in line %d: keep one of them", form.Path(), form.KeyLine)
				return true
			}
			form = f.Value
			return true
		case base == "orchestrator":
			z.WarnAtKey(f.Value, "%s has no effect here: of ZenML's orchestrators only %s is known", wording.Quote(f.Key), wording.Quote(orchestratorKey))
			return true
		}
		rule := ruleOf(componentRules, base)
		if rule == nil || rule.key == "docker" && f.Value.Kind != yamltree.Object || rule.key == "docker" && f.Value.Get("image") != nil {
			return false
		}
		others = append(others, f)
		return true
	})
	for _, f := range others {
		base, _, _ := strings.Cut(f.Key, ".")
		base, _, _ = strings.Cut(base, ":")
		t.component(ruleOf(componentRules, base), f)
	}
	return form
}

// Places is where the run belongs according to the file.
type Places struct{ Namespace, Context *yamltree.Value }

// Said is a value with its place, for the launcher to compare.
func (p *Places) Said(v *yamltree.Value, file string) *Said {
	if v == nil {
		return nil
	}
	line, column := v.Place()
	return &Said{Value: v.Text, Where: yamltree.Problem{Line: int(line), Column: int(column), Path: v.Path()}.Where(file)}
}

// Said is a place that a file names, and where the file does so, as `file:line:column: path`.
type Said struct{ Value, Where string }
