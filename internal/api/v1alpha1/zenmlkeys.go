package v1alpha1

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// zenmlTarget is where a ZenML object goes: settings, or the driver.
type zenmlTarget struct {
	*zenml
	object     *value
	container  string
	ofPipeline bool
}

// zenmlElsewhere says of ZenML's other settings what Stepherd has instead.
var zenmlElsewhere = map[string]string{
	"synchronous":                       "use submit --wait or --follow",
	"timeout":                           "it only bounds how long the client waits: use wait --timeout",
	"max_parallelism":                   "use parallelism of the pipeline",
	"active_deadline_seconds":           "use timeout, of the pipeline or in settings",
	"job_name_prefix":                   "use submit --name",
	"pod_name_prefix":                   "Pods are named by run and step",
	"successful_jobs_history_limit":     "set it in the CronJob",
	"failed_jobs_history_limit":         "set it in the CronJob",
	"ttl_seconds_after_finished":        "a run is kept for 7 days",
	"backoff_limit_margin":              "use retry in settings",
	"orchestrator_job_backoff_limit":    "the driver's Job restarts it by itself",
	"fail_on_container_waiting_reasons": "a Pod that cannot start fails its step by itself",
	"job_monitoring_interval":           "Stepherd watches and does not poll",
	"job_monitoring_delay":              "Stepherd watches and does not poll",
	"interrupt_check_interval":          "Stepherd watches and does not poll",
	"pod_failure_policy":                "why a step failed is found out by itself",
	"prevent_orchestrator_pod_caching":  "nothing is cached",
	"always_build_pipeline_image":       "Stepherd builds no images: set settings.image",
	"pod_stop_grace_period":             "use podSettings.terminationGracePeriodSeconds",
	"stream_step_logs":                  "use submit --follow, or logs -f",
	"pod_startup_timeout":               "use startTimeout and queueTimeout in settings",
	"pod_failure_max_retries":           "use retry in settings",
	"pod_failure_retry_delay":           "use retry.backoff in settings",
	"pod_failure_backoff":               "use retry.backoff in settings",
	"incluster":                         "use submit --context",
	"kubernetes_context":                "use submit --context",
	"kubernetes_namespace":              "use submit -n",
	"local":                             "every cluster is the same to Stepherd",
	"skip_local_validations":            "use submit --no-check",
	"pass_zenml_token_as_secret":        "there is no token to pass",
	"skip_owner_references":             "step Pods always belong to their run",

	"parallel_step_startup_waiting_period": "Pods are created as fast as the API server allows",
}

// zenmlSettings are the settings that are taken.
var zenmlSettings = []string{"pod_settings", "orchestrator_pod_settings", "service_account_name", "step_pod_service_account_name", "privileged"}

// setting rewrites one key of orchestrator.kubernetes.
func (t *zenmlTarget) setting(f field) {
	switch zenmlWord(f.key) {
	case "pod_settings":
		t.podSettings(f.value)
	case "orchestrator_pod_settings":
		if driver := t.driverTarget(f, "driver.podSettings"); driver != nil {
			driver.podSettings(f.value)
		}
	case "step_pod_service_account_name":
		t.put("serviceAccountName", f.value)
	case "service_account_name":
		if t.ofPipeline {
			t.driverAccount(f.value)
		}
	case "privileged":
		t.privileged(f.value)
	default:
		t.unknownSetting(f)
	}
}

func (t *zenmlTarget) unknownSetting(f field) {
	f.value.broken = true
	if instead, known := zenmlElsewhere[zenmlWord(f.key)]; known {
		t.atKey(f.value, "ZenML's %s has no effect here: %s; remove it", quote(f.key), instead)
		return
	}
	if near := closest(f.key, zenmlSettings); near != "" {
		t.atKey(f.value, "unknown key %s; did you mean %q?", quote(f.key), near)
		return
	}
	t.atKey(f.value, "unknown key %s; of ZenML's settings %s are known here", quote(f.key), strings.Join(zenmlSettings, ", "))
}

// driverTarget is the driver as target; nil, and reported, in a step's settings.
func (t *zenmlTarget) driverTarget(f field, ours string) *zenmlTarget {
	if !t.ofPipeline {
		t.atKey(f.value, "%s concerns the driver, which all steps share: put it in the pipeline's settings, or set %s", quote(f.key), ours)
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

// zenmlPodSettings are the keys of pod_settings with the type that their content has.
var zenmlPodSettings = map[string]reflect.Type{
	"node_selectors": typeLabels, "affinity": typeAffinity, "tolerations": typeTolerations, "resources": typeRequirements,
	"annotations": typeLabels, "labels": typeLabels, "volumes": typeVolumes, "volume_mounts": typeVolumeMounts,
	"host_ipc": typeFlag, "image_pull_secrets": typeText, "env": typeEnv, "env_from": typeEnvFrom, "scheduler_name": typeText,
	"container_security_context": typeContext, "additional_pod_spec_args": typePodSpec,
}

// podSettings rewrites pod_settings or orchestrator_pod_settings.
func (t *zenmlTarget) podSettings(form *value) {
	if !t.isObject(form) {
		return
	}
	for _, f := range form.fields {
		word := zenmlWord(f.key)
		content, known := zenmlPodSettings[word]
		if !known {
			t.unknownPodSetting(f)
			continue
		}
		if f.value.empty() {
			continue
		}
		t.respell(f.value, content)
		t.podSetting(word, f.value)
	}
}

func (t *zenmlTarget) unknownPodSetting(f field) {
	f.value.broken = true
	known := slices.Sorted(maps.Keys(zenmlPodSettings))
	message := fmt.Sprintf("unknown key %s", quote(f.key)) + didYouMean(f.key, known)
	if closest(f.key, known) == "" {
		message += "; other fields of a PodSpec go into additional_pod_spec_args"
	}
	t.atKey(f.value, "%s", message)
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
