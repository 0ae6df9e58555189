package typecheck

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/suggest"
)

// foreign reports a key that another tool has and this file has not, with what to write instead, or that there is nothing
// like it yet. It is false for keys that it does not know.
func (c *typeChecker) foreign(f *yamltree.Field, v *yamltree.Value, t reflect.Type) bool {
	if t == typeEnvVar && len(v.Fields) == 1 {
		c.AtUnknownKey(f.Value, "unknown key %s: write %s", wording.Quote(f.Key), envItem(wording.Cut(f.Key, wording.MaxShown), f.Value))
		v.Lose("name")
		return true
	}
	if t.PkgPath() != ownPackage || spelled(f.Key, c.shapes.Of(t).Names) != "" {
		return false
	}
	if c.above(f, t) {
		return true
	}
	word := suggest.Fold(f.Key)
	for _, rule := range foreignRules {
		if rule.in != nil && rule.in != t || !rule.holds(word) {
			continue
		}
		say := rule.say
		if rule.write != nil {
			say = rule.write(f.Value)
		}
		c.AtUnknownKey(f.Value, "unknown key %s: %s", wording.Quote(f.Key), say)
		for _, way := range rule.meant {
			v.Lose(strings.Split(way, ".")...)
		}
		return true
	}
	return c.ofContainer(f, t)
}

// foreignRule is what to say of some keys.
type foreignRule struct {
	words string       // squashed, with blanks between them
	in    reflect.Type // nil: of the pipeline, a step and settings alike
	say   string
	write func(*yamltree.Value) string // instead of say
	meant []string                     // what is not to be reported as missing then
}

func (r foreignRule) holds(word string) bool {
	for known := range strings.FieldsSeq(r.words) {
		if known == word {
			return true
		}
	}
	return false
}

// foreignRules know the keys of Argo Workflows, Tekton, Kubeflow Pipelines, GitHub Actions, Airflow, Docker Compose, ZenML and
// of Kubernetes itself. The first rule that holds is taken.
var foreignRules = []foreignRule{
	{words: "generatename", in: typeMetadata, write: metadataHint, meant: []string{"name"}},
	{words: "namespace uid clustername", in: typeMetadata, write: metadataHint},
	{words: "namespace", say: "a pipeline names no namespace: submit it with -n NAMESPACE; remove the key"},
	{words: "spec", in: typePipeline, say: "a pipeline has no spec: write its keys at the top, as steps: [...] beside metadata", meant: []string{"steps"}},
	{words: "templates tasktemplates pipelinespec", in: typePipeline, say: "write every template as a step: steps: [{name: first, command: [...], settings: {image: ...}}]", meant: []string{"steps"}},
	{words: "entrypoint", in: typePipeline, say: "steps without needs start at once: remove it, and write needs: [...] in the others"},
	{words: "components deploymentspec root", in: typePipeline, say: "compiled Kubeflow pipelines are not read: write steps: [{name: first, command: [...], settings: {image: ...}}]", meant: []string{"steps"}},
	{words: "dag", say: "write its tasks as steps: steps: [{name: first}, {name: second, needs: [first]}]", meant: []string{"steps"}},
	{words: "dagid", in: typePipeline, say: "write metadata: {name: my-pipeline}", meant: []string{"metadata"}},
	{words: "params inputs variables vars paramspecs", in: typePipeline, say: "write parameters: [{name: NAME, type: string}], and use one as ${{ parameters.NAME }}"},
	{words: "params inputs variables vars paramspecs parameters arguments", in: typeStep, say: "a step has no parameters of its own: use those of the pipeline, as ${{ parameters.NAME }} in command, args and env"},
	{words: "required optional", in: typeParameter, say: "a parameter with a default need not be given, and one without must be: remove it"},
	{words: "secret sensitive", in: typeParameter, say: "everybody who may read the run can read its parameters: write env: {NAME: {valueFrom: {secretKeyRef: {name: ..., key: ...}}}} where the secret is needed"},
	{words: "results outputs artifacts returns", in: typePipeline, say: "results are those of a step: write results: [{name: NAME, type: string}] in it"},
	{words: "outputs artifacts returns", in: typeStep, say: "write results: [{name: NAME, type: string}] for small values, which other steps use as ${{ steps.STEP.results.NAME }}; files go to a volume that both steps mount, podSettings: {volumes: [...]}"},
	{words: "if conditions condition unless triggerrule whenexpressions", in: typeStep, write: whenHint},
	{words: "when if conditions condition triggerrule", in: typePipeline, say: "a condition is that of a step: write when: ... in it"},
	{words: "foreach withitems withparam withsequence matrix strategy parallelfor loop iterate", say: "this version has no loops: write one step for each item, and share what they have in common by a YAML anchor"},
	{words: "onexit hooks exithandler always onfailure onsuccess onfailurecallback notifications", in: typePipeline, say: "write steps that run at the end, whatever happened, as finally: [{name: last, command: [...]}]"},
	{words: "hooks exithandler always onfailure onsuccess onfailurecallback onsuccesscallback notifications", in: typeStep, write: afterHint},
	{words: "run bashcommand shellscript", in: typeStep, write: scriptHint},
	{words: "script run", in: typePipeline, say: "a script is that of a step: write steps: [{name: first, script: \"...\"}]", meant: []string{"steps"}},
	{words: "shell", in: typePipeline, say: "a shell is that of a step: write it beside script"},
	{words: "source pythoncallable function callable", say: "write the text of the program as script: \"...\" with shell: [python3, -c], or put it into the image and write command: [python, file.py]"},
	{words: "depends", write: dependsHint},
	{words: "container", in: typeStep, write: containerHint, meant: []string{"settings.image"}},
	{words: "taskref taskspec templateref template pipelineref componentref executorlabel uses with operator", say: "there is nothing to refer to: write the step itself, as command: [...] and settings: {image: ...}", meant: []string{"settings.image"}},
	{words: "workspaces", say: "write a volume: podSettings: {volumes: [{name: data, persistentVolumeClaim: {claimName: data}}], containers: [{name: main, volumeMounts: [{name: data, mountPath: /data}]}]}"},
	{words: "steptemplate defaults defaultargs templatedefaults", say: "write settings: {...} of the pipeline, which hold for every step"},
	{words: "computeresources", say: "write settings: {resources: {cpu: 1, memory: 1Gi}}"},
	{words: "suspend pause approval", say: "this version has no pauses: submit a second pipeline when it is time"},
	{words: "cache enablecache cachingoptions memoize", say: "this version caches nothing, every step runs: remove it"},
	{words: "schedule schedules cron cronschedule scheduleinterval catchup startdate concurrencypolicy", say: "a pipeline file has no schedule: put the run into a CronJob, as deploy/cronjob.yaml shows"},
	{words: "on trigger triggers push", say: "a pipeline file has no triggers: run launcher submit when it is time, or put the run into a CronJob"},
	{words: "docker build dockerfile buildconfig", say: "Stepherd builds no images: build one, and write settings: {image: registry.example/name:tag}", meant: []string{"settings.image"}},
	{words: "runson", say: "write where a step may run as settings: {podSettings: {nodeSelector: {key: value}}}"},
	{words: "envfile", say: "write settings: {envFrom: [{configMapRef: {name: ...}}]}, or secretRef"},
	{words: "user", say: "write settings: {podSettings: {securityContext: {runAsUser: 1000}}}"},
	{words: "ports expose networks links healthcheck", say: "steps serve nothing, they run and end: remove it"},
	{words: "continueonerror allowfailure ignorefailure continueon", say: "this version has no steps that may fail: let the command end with 0, or write failurePolicy: ContinueOnFailure, and when: always() in the steps that are to follow in any case"},
	{words: "runname", in: typePipeline, say: "give the run a name with launcher submit --name NAME"},
	{words: "enablesteplogs enableartifactmetadata enableartifactvisualization extra model tags", say: "it means nothing here: remove it; labels go into metadata: {labels: {key: value}}"},
	{words: "steporator stepoperator experimenttracker", say: "there are no such components here: every step is a Pod; remove it"},
	{words: "pool pools semaphore synchronization mutex", say: "this version bounds steps by one number: write parallelism: 4 at the top"},
	{words: "ttlstrategy podgc", say: "this version keeps Pods as keepPods says, one of all, failed and none: write keepPods: failed"},
	{words: "volumeclaimtemplates", say: "create the claim yourself, and write podSettings: {volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]}"},
	{words: "permissions", say: "a step has the rights of its service account: write settings: {serviceAccountName: ...}"},
	{words: "timeouts", write: timeoutsHint},
}

// metadataHint is for the metadata of other objects.
func metadataHint(v *yamltree.Value) string {
	switch suggest.Fold(v.Name) {
	case "namespace":
		ns := "NAMESPACE"
		if v.Kind == yamltree.String && wording.PlainWord(v.Text) {
			ns = v.Text
		}
		return fmt.Sprintf("a pipeline names no namespace: submit it with -n %s; remove the key", ns)
	case "generatename":
		name := strings.Trim(v1alpha1.CleanName(wording.Cut(v.Text, v1alpha1.MaxPipelineName)), "-")
		if name == "" {
			name = "my-pipeline"
		}
		return fmt.Sprintf("write name: %s; each run's name adds five random characters to it", name)
	}
	return "the cluster sets it: remove it"
}

// scriptHint is a script under another name.
func scriptHint(v *yamltree.Value) string {
	const form = `write script: "..."`
	if v.Kind != yamltree.String {
		return form
	}
	return wording.OrForm("write script: "+wording.FlowText(strings.TrimSpace(v.Text)), form)
}

// otherConditions are conditions of GitHub Actions and Airflow in our words. Airflow's all_success is what a step without a
// condition does.
var otherConditions = map[string]string{
	"always()": "always()", "failure()": "failed()", "success()": "succeeded()", "!cancelled()": "always()",
	"all_done": "always()", "one_failed": "failed()", "none_failed": `"!failed()"`, "none_failed_min_one_success": `"!failed()"`, "all_success": "succeeded()",
}

// whenHint is a condition of another tool.
func whenHint(v *yamltree.Value) string {
	text := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(v.Text), "${{"), "}}"))
	if ours := otherConditions[text]; v.Kind == yamltree.String && ours != "" {
		return "write when: " + ours
	}
	return `write a condition as when: parameters.deploy, when: steps.NAME.results.accuracy > 0.9 or when: failed()`
}

// afterHint is for what is to happen when a step has failed, or has ended.
func afterHint(v *yamltree.Value) string {
	return fmt.Sprintf("write it as a step of its own, with needs: [%s] and when: failed(), or when: always() for any end", nameOfStep(v.Parent))
}

// nameOfStep is the name of the step that a mapping is, or a word that stands for it.
func nameOfStep(step *yamltree.Value) string {
	if name := step.Get("name"); name != nil && name.Kind == yamltree.String && wording.PlainWord(name.Text) {
		return name.Text
	}
	return "THIS"
}

// dependsWord is a task in Argo's depends: A, A.Succeeded.
var dependsWord = regexp.MustCompile(`([A-Za-z0-9_-]+)(\.[A-Za-z]+)?`)

// dependsHint turns `a.Succeeded && b` into needs.
func dependsHint(v *yamltree.Value) string {
	if v.Kind != yamltree.String {
		return "write needs: [...]"
	}
	var needs []string
	plain := !strings.ContainsAny(v.Text, "|!")
	for _, m := range dependsWord.FindAllStringSubmatch(wording.Cut(v.Text, wording.MaxAdvice), -1) {
		needs = append(needs, m[1])
		plain = plain && (m[2] == "" || m[2] == ".Succeeded")
	}
	hint := "write needs: " + wording.FlowList(needs)
	if !plain {
		hint += "; a step runs when all of them have succeeded, and after a failure only if its when says so, as when: failed() or when: always()"
	}
	return hint
}

// containerHint takes the container of a template apart.
func containerHint(v *yamltree.Value) string {
	if v.Kind != yamltree.Object || len(v.Fields) == 0 {
		return "write command: [...] and settings: {image: ...}"
	}
	var ours, settings []string
	for _, f := range v.Fields {
		text := wording.FlowText(wording.Cut(f.Key, wording.MaxShown)) + ": " + yamltree.Flow(f.Value)
		if f.Key == "command" || f.Key == "args" {
			ours = append(ours, text)
			continue
		}
		settings = append(settings, text)
	}
	if len(settings) > 0 {
		ours = append(ours, "settings: {"+strings.Join(settings, ", ")+"}")
	}
	return wording.OrForm("write "+strings.Join(ours, ", "), "write command: [...] and settings: {image: ...}")
}

func timeoutsHint(v *yamltree.Value) string {
	if pipeline := v.Get("pipeline"); pipeline != nil && pipeline.Kind == yamltree.String {
		return "write timeout: " + wording.FlowText(wording.Cut(pipeline.Text, wording.MaxShown))
	}
	return "write timeout: 1h"
}

// above reports keys that belong one or two levels higher: parallelism to the pipeline, command to the step.
func (c *typeChecker) above(f *yamltree.Field, t reflect.Type) bool {
	switch {
	case t == typeSettings && spelledIn(f.Key, []string{"needs", "command", "args", "script", "shell", "when", "results"}) != "":
		c.AtUnknownKey(f.Value, "unknown key %s here; write %s: %s in the step, beside settings", wording.Quote(f.Key), spelledIn(f.Key, c.shapes.Of(typeStep).Names), yamltree.Flow(f.Value))
	case t == typeSettings || t == typeStep:
		name := spelledIn(f.Key, []string{"failurePolicy", "parallelism", "keepPods", "logs", "driver", "finally", "finallyTimeout"})
		if name == "" {
			return false
		}
		c.AtUnknownKey(f.Value, "unknown key %s here; write %s: %s at the top of the file", wording.Quote(f.Key), name, yamltree.Flow(f.Value))
	default:
		return false
	}
	return true
}

// ofContainer reports keys that a container has, which belong into the entry of main.
func (c *typeChecker) ofContainer(f *yamltree.Field, t reflect.Type) bool {
	if t != typeStep && t != typeSettings {
		return false
	}
	name := spelledIn(f.Key, c.shapes.Of(typeContainer).Names)
	ofPod := spelledIn(f.Key, c.shapes.Of(typePodSpec).Names) != "" && (name != "securityContext" || c.fitsPod(f.Value))
	if name == "" || spelledIn(f.Key, c.shapes.Of(typeSettings).Names) != "" || ofPod {
		return false
	}
	way := fmt.Sprintf("podSettings: {containers: [{name: main, %s: %s}]}", name, yamltree.Flow(f.Value))
	if t == typeStep {
		way = "settings: {" + way + "}"
	}
	c.AtUnknownKey(f.Value, "unknown key %s here; write %s", wording.Quote(f.Key), way)
	return true
}

// fitsPod reports whether a security context can be that of a Pod: some of its keys only a container has, as privileged.
func (c *typeChecker) fitsPod(v *yamltree.Value) bool {
	names := c.shapes.Of(reflect.TypeFor[corev1.PodSecurityContext]()).Names
	for _, f := range v.Fields {
		if spelledIn(f.Key, names) == "" {
			return false
		}
	}
	return true
}

var typeContainer = reflect.TypeFor[corev1.Container]()

// spelledIn is the name that is the same word.
func spelledIn(key string, names []string) string {
	for _, n := range names {
		if suggest.Fold(n) == suggest.Fold(key) {
			return n
		}
	}
	return ""
}
