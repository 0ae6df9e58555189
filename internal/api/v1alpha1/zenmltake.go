package v1alpha1

import (
	"slices"
	"strings"
)

func (t *zenmlTarget) orchestratorPodSettings(f field) {
	if driver := t.driverTarget(f, "driver.podSettings"); driver != nil {
		driver.podSettings(f.value)
	}
}

func (t *zenmlTarget) serviceAccount(f field) {
	if t.ofPipeline {
		t.driverAccount(f.value)
	}
}

// maxParallelism: ZenML has no zero, and reads it of the pipeline alone.
func (t *zenmlTarget) maxParallelism(f field) {
	switch {
	case !t.ofPipeline:
		t.ofRun(f, "parallelism")
	case f.value.kind == isNumber && f.value.json == "0":
		t.atValue(f.value, "max_parallelism is 0: write 1 or more, or leave it out for no limit")
	default:
		t.putInto(t.root, "parallelism", f.value)
	}
}

// ofRun warns of what a step cannot say, as ZenML ignores it there.
func (t *zenmlTarget) ofRun(f field, ours string) {
	t.warnAtKey(f.value, "ZenML's %s has no effect in a step, it is of the whole run: put it into the pipeline's settings, or write %s at the top", quote(f.key), ours)
}

func (t *zenmlTarget) deadline(f field) {
	if t.ofPipeline {
		t.seconds(t.root, "timeout", f.value)
		return
	}
	t.seconds(t.object, "timeout", f.value)
}

// seconds moves a number of seconds to where a duration is wanted.
func (t *zenmlTarget) seconds(object *value, key string, v *value) {
	if v.kind != isNumber || v.json == "" {
		t.atValue(v, "found %s where a number of seconds is wanted", v.describe())
		return
	}
	duration := *v
	duration.kind, duration.text, duration.json = isString, v.json+"s", ""
	t.putInto(object, key, &duration)
}

func (t *zenmlTarget) retryDelay(f field) {
	if retry := t.below(t.object, "retry", f.value); retry != nil {
		if backoff := t.below(retry, "backoff", f.value); backoff != nil {
			t.seconds(backoff, "duration", f.value)
		}
	}
}

// putBelow moves a value under a key inside the objects that lead there.
func (t *zenmlTarget) putBelow(key string, v *value, way ...string) {
	object := t.object
	for _, w := range way {
		if object = t.below(object, w, v); object == nil {
			return
		}
	}
	t.putInto(object, key, v)
}

func (t *zenmlTarget) namespace(f field) {
	if t.isText(f.value) {
		t.places.namespace = f.value
	}
}

func (t *zenmlTarget) context(f field) {
	if t.isText(f.value) {
		t.places.context = f.value
	}
}

func (t *zenmlTarget) isText(v *value) bool {
	if v.kind != isString {
		t.atValue(v, "found %s where a string is wanted", v.describe())
		return false
	}
	return true
}

// component treats the settings of another component of ZenML.
func (t *zenmlTarget) component(rule *zenmlRule, f field) {
	t.warnAtKey(f.value, "ZenML's %s has no effect here: %s", quote(f.key), plain(rule.here))
	if rule.key != "docker" || f.value.kind != isObject {
		return
	}
	for _, key := range []string{"environment", "runtime_environment"} {
		if env := f.value.zenmlGet(key); env != nil && t.isObject(env) {
			t.addEnv(env)
		}
	}
	parent, skip := f.value.zenmlGet("parent_image"), f.value.zenmlGet("skip_build")
	if parent != nil && skip != nil && skip.json == "true" && t.object.get("image") == nil {
		t.put("image", parent) // ZenML runs it as it is
	}
}

// addEnv appends a mapping of variables to env.
func (t *zenmlTarget) addEnv(env *value) {
	list := t.object.get("env")
	if list == nil || list.kind == isNull {
		list = env.parent.child("env", isList, env)
		t.put("env", list)
	}
	if list.kind != isList {
		return // reported by the type check
	}
	for _, f := range env.fields {
		item := &value{kind: isObject, parent: env, name: f.key, line: f.value.line, column: f.value.column}
		name := item.child("name", isString, f.value)
		name.text = f.key
		item.add("name", name)
		text := f.value
		text.kind = isString // ZenML makes strings of them
		item.add("value", text)
		list.items = append(list.items, item)
	}
}

// zenmlUnits turns ZenML's units of memory into those of Kubernetes.
var zenmlUnits = strings.NewReplacer("KB", "k", "KiB", "Ki", "MB", "M", "MiB", "Mi", "GB", "G", "GiB", "Gi", "TB", "T", "TiB", "Ti", "PB", "P", "PiB", "Pi")

// zenmlResources rewrites ZenML's ResourceSettings, which stand under the same key as ours. They are known by a count.
func (t *zenmlTarget) zenmlResources(resources *value) {
	if resources == nil || resources.zenmlGet("cpu_count") == nil && resources.zenmlGet("gpu_count") == nil {
		return
	}
	fields := resources.fields
	resources.fields = nil
	for _, f := range fields {
		switch word := zenmlWord(f.key); word {
		case "cpu_count", "gpu_count":
			t.putInto(resources, strings.TrimSuffix(word, "_count"), f.value)
		case "memory":
			if f.value.kind == isString {
				f.value.text = zenmlUnits.Replace(f.value.text)
			}
			t.putInto(resources, f.key, f.value)
		case "min_replicas", "max_replicas", "autoscaling_metric", "autoscaling_target", "max_concurrency", "pool_resources":
			t.warnAtKey(f.value, "ZenML's %s has no effect here: a step is one Pod", quote(f.key))
		default:
			t.putInto(resources, f.key, f.value)
		}
	}
}

// plain is a text of the table without its marks.
func plain(markdown string) string { return strings.ReplaceAll(markdown, "`", "") }

// orchestrator takes the settings of the Kubernetes orchestrator out of an object, and warns of those of other components.
func (z *zenml) orchestrator(t *zenmlTarget) *value {
	var form *value
	var others []field
	t.object.fields = slices.DeleteFunc(t.object.fields, func(f field) bool {
		base, flavor, _ := strings.Cut(f.key, ".")
		base, _, named := strings.Cut(base, ":")
		switch {
		case base == "orchestrator" && (flavor == "" || flavor == "kubernetes" || named):
			if form != nil {
				z.atKey(f.value, "this sets the same as %s in line %d: keep one of them", form.path(), form.keyLine)
				return true
			}
			form = f.value
			return true
		case base == "orchestrator":
			z.warnAtKey(f.value, "%s has no effect here: of ZenML's orchestrators only %s is known", quote(f.key), quote(zenmlKey))
			return true
		}
		rule := zenmlRuleOf(zenmlComponents, base)
		if rule == nil || rule.key == "docker" && f.value.kind != isObject || rule.key == "docker" && f.value.get("image") != nil {
			return false
		}
		others = append(others, f)
		return true
	})
	for _, f := range others {
		base, _, _ := strings.Cut(f.key, ".")
		base, _, _ = strings.Cut(base, ":")
		t.component(zenmlRuleOf(zenmlComponents, base), f)
	}
	return form
}

// places is where the file says that the run belongs.
type places struct{ namespace, context *value }

// said is a value with its place, for the launcher to compare.
func (p *places) said(v *value, file string) *Said {
	if v == nil {
		return nil
	}
	line, column := v.place()
	return &Said{Value: v.text, Where: Problem{Line: int(line), Column: int(column), Path: v.path()}.Where(file)}
}

// Said is what a file says about its place, with where it says so, as `file:line:column: path`.
type Said struct{ Value, Where string }
