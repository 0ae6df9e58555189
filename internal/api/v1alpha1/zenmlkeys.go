package v1alpha1

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/stepherd/stepherd/internal/suggest"
)

// zenmlTarget is where a ZenML object goes: settings, or the driver.
type zenmlTarget struct {
	*zenml
	object     *value
	container  string
	ofPipeline bool
}

// setting rewrites one key of orchestrator.kubernetes.
func (t *zenmlTarget) setting(f field) {
	rule := zenmlRuleOf(zenmlRules, f.key)
	switch {
	case rule == nil:
		t.unknownSetting(f)
	case rule.refused && !f.value.empty():
		t.atKey(f.value, "ZenML's %s is refused: %s; remove it", quote(f.key), plain(rule.here))
	case rule.take != nil:
		rule.take(t, f)
	case !rule.refused:
		t.warnAtKey(f.value, "ZenML's %s has no effect here: %s", quote(f.key), plain(rule.here))
	}
}

func (t *zenmlTarget) unknownSetting(f field) {
	f.value.broken = true
	var known []string
	for _, rule := range zenmlRulesTaken() {
		known = append(known, rule.key)
	}
	if near := suggest.Closest(f.key, known); near != "" {
		t.atUnknownKey(f.value, "unknown key %s; did you mean %q?", quote(f.key), near)
		return
	}
	if _, below := zenmlPodSettings[zenmlWord(f.key)]; below {
		t.atUnknownKey(f.value, "unknown key %s here; write pod_settings: {%s: %s}", quote(f.key), f.key, flow(f.value))
		return
	}
	t.atUnknownKey(f.value, "unknown key %s; of ZenML's settings these are taken: %s", quote(f.key), strings.Join(known, ", "))
}

// driverTarget is the driver as target; nil, with a warning, in a step's settings, where ZenML ignores it.
func (t *zenmlTarget) driverTarget(f field, ours string) *zenmlTarget {
	if !t.ofPipeline {
		t.ofRun(f, ours)
		return nil
	}
	driver := t.driver(f.value)
	if driver == nil {
		return nil
	}
	return &zenmlTarget{zenml: t.zenml, object: driver, container: DriverContainer}
}

// driverAccount gives the driver the account, as ZenML does. The value also goes to the steps, so this is a copy.
func (t *zenmlTarget) driverAccount(v *value) {
	driver := t.driver(v)
	if driver == nil {
		return
	}
	account := *v
	target := zenmlTarget{zenml: t.zenml, object: driver, container: DriverContainer}
	target.put("serviceAccountName", &account)
}

func (t *zenmlTarget) privileged(v *value) {
	if v.kind != isBool {
		t.atValue(v, "found %s where true or false is wanted", v.describe())
		return
	}
	if v.json == "true" {
		security := *v
		security.kind, security.text = isString, string(SecurityPrivileged)
		t.put("security", &security)
	}
}

// zenmlPodSetting is a key of pod_settings.
type zenmlPodSetting struct {
	content reflect.Type // of what it holds
	// here is what it becomes in settings, driver what in driver, for the table in docs/ZENML.md.
	here, driver string
}

var zenmlPodSettings = map[string]zenmlPodSetting{
	"node_selectors":             {typeLabels, "podSettings.nodeSelector", ""},
	"affinity":                   {typeAffinity, "podSettings.affinity", ""},
	"tolerations":                {typeTolerations, "podSettings.tolerations", ""},
	"resources":                  {typeRequirements, "resources", ""},
	"annotations":                {typeLabels, "annotations", ""},
	"labels":                     {typeLabels, "labels", ""},
	"volumes":                    {typeVolumes, "podSettings.volumes", ""},
	"volume_mounts":              {typeVolumeMounts, "podSettings.containers[main].volumeMounts", "podSettings.containers[driver].volumeMounts"},
	"host_ipc":                   {typeFlag, "podSettings.hostIPC", ""},
	"image_pull_secrets":         {typeText, "podSettings.imagePullSecrets", ""},
	"env":                        {typeEnv, "env", "podSettings.containers[driver].env"},
	"env_from":                   {typeEnvFrom, "envFrom", "podSettings.containers[driver].envFrom"},
	"scheduler_name":             {typeText, "podSettings.schedulerName", ""},
	"container_security_context": {typeContext, "podSettings.containers[main].securityContext", "podSettings.containers[driver].securityContext"},
	"additional_pod_spec_args":   {typePodSpec, "podSettings", ""},
}

// podSettings rewrites pod_settings or orchestrator_pod_settings.
func (t *zenmlTarget) podSettings(form *value) {
	if !t.isObject(form) {
		return
	}
	for _, f := range form.fields {
		word := zenmlWord(f.key)
		setting, known := zenmlPodSettings[word]
		if !known {
			t.unknownPodSetting(f)
			continue
		}
		if f.value.empty() {
			continue
		}
		t.respell(f.value, setting.content)
		t.podSetting(word, f.value)
	}
}

func (t *zenmlTarget) unknownPodSetting(f field) {
	f.value.broken = true
	known := slices.Sorted(maps.Keys(zenmlPodSettings))
	message := fmt.Sprintf("unknown key %s", quote(f.key)) + suggest.DidYouMean(f.key, known)
	if suggest.Closest(f.key, known) == "" {
		message += "; other fields of a PodSpec go into additional_pod_spec_args"
	}
	t.atUnknownKey(f.value, "%s", message)
}

// podSetting moves one of them to where we have it.
func (t *zenmlTarget) podSetting(word string, v *value) {
	switch word {
	case "labels", "annotations", "resources":
		t.put(word, v)
	case "env", "env_from":
		t.environment(map[string]string{"env": "env", "env_from": "envFrom"}[word], v)
	case "node_selectors":
		t.putPod("nodeSelector", v)
	case "host_ipc":
		t.putPod("hostIPC", v)
	case "scheduler_name":
		t.putPod("schedulerName", v)
	case "image_pull_secrets":
		t.pullSecrets(v)
	case "volume_mounts":
		t.putContainer("volumeMounts", v)
	case "container_security_context":
		t.putContainer("securityContext", v)
	case "additional_pod_spec_args":
		t.podSpec(v)
	default: // affinity, tolerations, volumes
		t.putPod(word, v)
	}
}

// environment: the driver has no env of its own, so there it goes to the container.
func (t *zenmlTarget) environment(key string, v *value) {
	if t.container == DriverContainer {
		t.putContainer(key, v)
		return
	}
	t.put(key, v)
}

// pullSecrets: ZenML has names where Kubernetes has objects with a name.
func (t *zenmlTarget) pullSecrets(v *value) {
	if v.kind != isList {
		t.atValue(v, "found %s where a list of names of Secrets is wanted", v.describe())
		return
	}
	for i, item := range v.items {
		if item.kind == isObject {
			continue // the object of the Kubernetes form
		}
		object := &value{kind: isObject, parent: v, index: int32(i), line: item.line, column: item.column}
		object.add("name", item)
		v.items[i] = object
	}
	t.putPod("imagePullSecrets", v)
}

func (t *zenmlTarget) podSpec(v *value) {
	if !t.isObject(v) {
		return
	}
	for _, f := range v.fields {
		t.putPod(f.key, f.value)
	}
}

// put moves a value into the target object, unless that has one.
func (t *zenmlTarget) put(key string, v *value) { t.putInto(t.object, key, v) }

func (t *zenmlTarget) putPod(key string, v *value) {
	if pod := t.below(t.object, "podSettings", v); pod != nil {
		t.putInto(pod, key, v)
	}
}

func (t *zenmlTarget) putInto(object *value, key string, v *value) {
	if there := object.get(key); there != nil && there.kind != isNull {
		t.atKey(v, "this sets the same as %s in line %d: keep one of them", there.path(), there.keyLine)
		return
	}
	object.fields = slices.DeleteFunc(object.fields, func(f field) bool { return f.key == key })
	object.add(key, v)
}

// below is the object under a key, made if there is none; nil if it is something else, which the type check reports.
func (t *zenmlTarget) below(object *value, key string, origin *value) *value {
	there := object.get(key)
	if there == nil || there.kind == isNull {
		object.fields = slices.DeleteFunc(object.fields, func(f field) bool { return f.key == key })
		there = object.child(key, isObject, origin)
		object.add(key, there)
	}
	if there.kind != isObject {
		return nil
	}
	return there
}

// putContainer moves a value into the entry of our container in podSettings.containers, made if there is none.
func (t *zenmlTarget) putContainer(key string, v *value) {
	pod := t.below(t.object, "podSettings", v)
	if pod == nil {
		return
	}
	list := pod.get("containers")
	if list == nil || list.kind == isNull {
		pod.fields = slices.DeleteFunc(pod.fields, func(f field) bool { return f.key == "containers" })
		list = pod.child("containers", isList, v)
		pod.add("containers", list)
	}
	if list.kind != isList {
		return
	}
	for _, item := range list.items {
		if name := item.get("name"); name != nil && name.text == t.container {
			t.putInto(item, key, v)
			return
		}
	}
	list.items = append(list.items, t.newContainer(list, v))
	t.putInto(list.items[len(list.items)-1], key, v)
}

func (t *zenmlTarget) newContainer(list, origin *value) *value {
	line, column := origin.place()
	item := &value{kind: isObject, parent: list, index: int32(len(list.items)), line: line, column: column}
	name := item.child("name", isString, origin)
	name.text = t.container
	item.add("name", name)
	return item
}
