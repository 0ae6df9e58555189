package zenml

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/suggest"
)

// target is where a ZenML object goes: settings, or the driver.
type target struct {
	*rewriter
	object     *yamltree.Value
	container  string
	ofPipeline bool
}

// setting rewrites one key of orchestrator.kubernetes.
func (t *target) setting(f yamltree.Field) {
	rule := ruleOf(settingRules, f.Key)
	switch {
	case rule == nil:
		t.unknownSetting(f)
	case rule.refused && !f.Value.Empty():
		t.AtKey(f.Value, "ZenML's %s is refused: %s; remove it", wording.Quote(f.Key), plain(rule.here))
	case rule.take != nil:
		rule.take(t, f)
	case !rule.refused:
		t.WarnAtKey(f.Value, "ZenML's %s has no effect here: %s", wording.Quote(f.Key), plain(rule.here))
	}
}

func (t *target) unknownSetting(f yamltree.Field) {
	f.Value.Broken = true
	var known []string
	for _, rule := range rulesTaken() {
		known = append(known, rule.key)
	}
	if near := suggest.Closest(f.Key, known); near != "" {
		t.AtUnknownKey(f.Value, "unknown key %s; did you mean %q?", wording.Quote(f.Key), near)
		return
	}
	if _, below := zenmlPodSettings[snakeCase(f.Key)]; below {
		t.AtUnknownKey(f.Value, "unknown key %s here; write pod_settings: {%s: %s}", wording.Quote(f.Key), f.Key, yamltree.Flow(f.Value))
		return
	}
	t.AtUnknownKey(f.Value, "unknown key %s; of ZenML's settings these are taken: %s", wording.Quote(f.Key), strings.Join(known, ", "))
}

// driverTarget is the driver as target; nil, with a warning, in a step's settings, where ZenML ignores it.
func (t *target) driverTarget(f yamltree.Field, ours string) *target {
	if !t.ofPipeline {
		t.ofRun(f, ours)
		return nil
	}
	driver := t.driver(f.Value)
	if driver == nil {
		return nil
	}
	return &target{rewriter: t.rewriter, object: driver, container: v1alpha1.DriverContainer}
}

// driverAccount gives the driver the account, as ZenML does. The value also goes to the steps, so this is a copy.
func (t *target) driverAccount(v *yamltree.Value) {
	driver := t.driver(v)
	if driver == nil {
		return
	}
	account := *v
	target := target{rewriter: t.rewriter, object: driver, container: v1alpha1.DriverContainer}
	target.put("serviceAccountName", &account)
}

func (t *target) privileged(v *yamltree.Value) {
	if v.Kind != yamltree.Bool {
		t.AtValue(v, "found %s where true or false is wanted", v.Describe())
		return
	}
	if v.JSON == "true" {
		security := *v
		security.Kind, security.Text = yamltree.String, string(v1alpha1.SecurityPrivileged)
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
	"additional_pod_spec_args":   {podSpecType, "podSettings", ""},
}

// podSettings rewrites pod_settings or orchestrator_pod_settings.
func (t *target) podSettings(form *yamltree.Value) {
	if !t.isObject(form) {
		return
	}
	for _, f := range form.Fields {
		word := snakeCase(f.Key)
		setting, known := zenmlPodSettings[word]
		if !known {
			t.unknownPodSetting(f)
			continue
		}
		if f.Value.Empty() {
			continue
		}
		t.respell(f.Value, setting.content)
		t.podSetting(word, f.Value)
	}
}

func (t *target) unknownPodSetting(f yamltree.Field) {
	f.Value.Broken = true
	known := slices.Sorted(maps.Keys(zenmlPodSettings))
	message := fmt.Sprintf("unknown key %s", wording.Quote(f.Key)) + suggest.DidYouMean(f.Key, known)
	if suggest.Closest(f.Key, known) == "" {
		message += "; other fields of a PodSpec go into additional_pod_spec_args"
	}
	t.AtUnknownKey(f.Value, "%s", message)
}

// podSetting moves one of them to where we have it.
func (t *target) podSetting(word string, v *yamltree.Value) {
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
func (t *target) environment(key string, v *yamltree.Value) {
	if t.container == v1alpha1.DriverContainer {
		t.putContainer(key, v)
		return
	}
	t.put(key, v)
}

// pullSecrets: ZenML has names where Kubernetes has objects with a name.
func (t *target) pullSecrets(v *yamltree.Value) {
	if v.Kind != yamltree.List {
		t.AtValue(v, "found %s where a list of names of Secrets is wanted", v.Describe())
		return
	}
	for i, item := range v.Items {
		if item.Kind == yamltree.Object {
			continue // the object of the Kubernetes form
		}
		object := &yamltree.Value{Kind: yamltree.Object, Parent: v, Index: int32(i), Line: item.Line, Column: item.Column}
		object.Add("name", item)
		v.Items[i] = object
	}
	t.putPod("imagePullSecrets", v)
}

func (t *target) podSpec(v *yamltree.Value) {
	if !t.isObject(v) {
		return
	}
	for _, f := range v.Fields {
		t.putPod(f.Key, f.Value)
	}
}

// put moves a value into the target object, unless that has one.
func (t *target) put(key string, v *yamltree.Value) { t.putInto(t.object, key, v) }

func (t *target) putPod(key string, v *yamltree.Value) {
	if pod := t.below(t.object, "podSettings", v); pod != nil {
		t.putInto(pod, key, v)
	}
}

func (t *target) putInto(object *yamltree.Value, key string, v *yamltree.Value) {
	if there := object.Get(key); there != nil && there.Kind != yamltree.Null {
		t.AtKey(v, "this sets the same as %s in line %d: keep one of them", there.Path(), there.KeyLine)
		return
	}
	object.Fields = slices.DeleteFunc(object.Fields, func(f yamltree.Field) bool { return f.Key == key })
	object.Add(key, v)
}

// below is the object under a key, made if there is none; nil if it is something else, which the type check reports.
func (t *target) below(object *yamltree.Value, key string, origin *yamltree.Value) *yamltree.Value {
	there := object.Get(key)
	if there == nil || there.Kind == yamltree.Null {
		object.Fields = slices.DeleteFunc(object.Fields, func(f yamltree.Field) bool { return f.Key == key })
		there = object.Child(key, yamltree.Object, origin)
		object.Add(key, there)
	}
	if there.Kind != yamltree.Object {
		return nil
	}
	return there
}

// putContainer moves a value into the entry of our container in podSettings.containers, made if there is none.
func (t *target) putContainer(key string, v *yamltree.Value) {
	pod := t.below(t.object, "podSettings", v)
	if pod == nil {
		return
	}
	list := pod.Get("containers")
	if list == nil || list.Kind == yamltree.Null {
		pod.Fields = slices.DeleteFunc(pod.Fields, func(f yamltree.Field) bool { return f.Key == "containers" })
		list = pod.Child("containers", yamltree.List, v)
		pod.Add("containers", list)
	}
	if list.Kind != yamltree.List {
		return
	}
	for _, item := range list.Items {
		if name := item.Get("name"); name != nil && name.Text == t.container {
			t.putInto(item, key, v)
			return
		}
	}
	list.Items = append(list.Items, t.newContainer(list, v))
	t.putInto(list.Items[len(list.Items)-1], key, v)
}

func (t *target) newContainer(list, origin *yamltree.Value) *yamltree.Value {
	line, column := origin.Place()
	item := &yamltree.Value{Kind: yamltree.Object, Parent: list, Index: int32(len(list.Items)), Line: line, Column: column}
	name := item.Child("name", yamltree.String, origin)
	name.Text = t.container
	item.Add("name", name)
	return item
}
