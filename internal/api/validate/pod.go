package validate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/stepherd/stepherd/internal/api/podmerge"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// podRules are what differs between the podSettings of steps and those of the driver.
type podRules struct {
	container string // the one that is ours
	imageKey  string // where its image is set
	step      bool   // a step's, merged over the pipeline's
}

// key names podSettings among those already checked.
func (r podRules) key(raw v1alpha1.PodSettings) string { return fmt.Sprintln(r, string(raw)) }

var (
	driverRules   = podRules{container: v1alpha1.DriverContainer, imageKey: "driver.image"}
	pipelineRules = podRules{container: v1alpha1.MainContainer, imageKey: "settings.image"}
	stepRules     = podRules{container: v1alpha1.MainContainer, imageKey: "settings.image of the step", step: true}
)

// podSettings refuses what would break the promise that a step runs once and ends, and holds the rest to corev1.PodSpec.
func (v *validator) podSettings(at *yamltree.Path, raw v1alpha1.PodSettings, rules podRules) {
	seen := rules.key(raw)
	if len(raw) == 0 || v.pods[seen] {
		return
	}
	before := v.Count()
	if object, err := raw.Object(); err != nil {
		v.report(at, "podSettings are no PodSpec: %s", err)
	} else {
		p := podValidator{validator: v, at: at, raw: raw, rules: rules, names: map[string]*yamltree.Path{}}
		p.check(object)
		if v.Count() == before && !v.wrongBelow(at) {
			v.merges(at, raw)
		}
	}
	v.pods[seen] = v.Count() == before
}

// merges holds podSettings to what a merge needs: a key for each element that is merged by one.
func (v *validator) merges(at *yamltree.Path, raw v1alpha1.PodSettings) {
	object, err := raw.Object()
	if err == nil {
		_, err = podmerge.PodSpecs(nil, object)
	}
	if err != nil {
		v.report(at, "podSettings cannot be merged: %s", wording.Bare(err.Error()))
	}
}

// wrongBelow reports whether something below a path is left out of what was decoded, because it was found wrong.
func (v *validator) wrongBelow(at *yamltree.Path) bool {
	if v.tree == nil {
		return false
	}
	deepest, _, silent := at.Find(v.tree)
	return silent || deepest.Wrong()
}

type podValidator struct {
	*validator
	at    *yamltree.Path
	raw   v1alpha1.PodSettings
	rules podRules
	names map[string]*yamltree.Path // of containers, with their places
}

// refusedInPod are top-level keys with what to do instead.
var refusedInPod = []struct{ key, sentence string }{
	{"restartPolicy", "restartPolicy is refused: Stepherd starts each attempt as a Pod of its own, which never restarts; remove it"},
	{"activeDeadlineSeconds", "activeDeadlineSeconds is refused: Stepherd sets it, so that no Pod outlives its run for ever; use timeout, of the pipeline or in settings"},
	{"ephemeralContainers", "ephemeralContainers are refused: they are added to running Pods only, by kubectl debug; use containers"},
}

func (p *podValidator) check(object map[string]any) {
	for _, refused := range refusedInPod {
		if object[refused.key] != nil {
			p.report(p.at.Field(refused.key), "%s", refused.sentence)
		}
	}
	p.each(object, "initContainers", p.initContainer)
	p.each(object, "containers", p.container)
	p.each(object, "volumes", p.named)
	p.modes(p.at.Field("volumes"), object["volumes"])
	p.each(object, "imagePullSecrets", p.pullSecret)
	p.directives(p.at, object)
	v1alpha1.DropDirectives(object)
	if spec := p.fits(object); spec != nil && p.rules.container == v1alpha1.DriverContainer {
		mountRules{p.validator}.mounts(spec, []podPart{{p.at, p.raw}})
	}
}

// each visits the objects of a list.
func (p *podValidator) each(object map[string]any, key string, visit func(*yamltree.Path, map[string]any)) {
	list, _ := object[key].([]any)
	for i, element := range list {
		if m, ok := element.(map[string]any); ok {
			visit(p.at.Field(key).At(i), m)
		}
	}
}

// named: strategic merge knows elements by name.
func (p *podValidator) named(at *yamltree.Path, element map[string]any) {
	if v1alpha1.ElementName(element) == "" && element["$patch"] != "replace" {
		p.report(at.Field("name"), "it has no name: podSettings are merged by name")
	}
}

func (p *podValidator) initContainer(at *yamltree.Path, c map[string]any) {
	if v1alpha1.ElementName(c) == p.rules.container {
		p.report(at.Field("name"), "the name %q belongs to the %s container: choose another name", p.rules.container, p.owner())
		return
	}
	p.anyContainer(at, c)
	if policy := c["restartPolicy"]; policy != nil && policy != string(corev1.ContainerRestartPolicyAlways) {
		p.report(at.Field("restartPolicy"), "restartPolicy %s is refused: an init container either runs once, without restartPolicy, or is a side container with restartPolicy: Always", wording.Quote(fmt.Sprint(policy)))
	}
}

func (p *podValidator) owner() string {
	if p.rules.container == v1alpha1.DriverContainer {
		return "driver's"
	}
	return "step's"
}

func (p *podValidator) container(at *yamltree.Path, c map[string]any) {
	p.anyContainer(at, c)
	if c["restartPolicy"] != nil {
		p.report(at.Field("restartPolicy"), "restartPolicy is refused: a container that restarts never ends its step; for a side container that may restart use initContainers with restartPolicy: Always")
	}
	switch name := v1alpha1.ElementName(c); {
	case name == p.rules.container:
		p.ours(at, c)
	case p.rules.container == v1alpha1.DriverContainer && name != "":
		p.report(at.Field("name"), "the driver's Pod has one container, %q, since its Job ends only when all of them end: use initContainers with restartPolicy: Always for a side container", v1alpha1.DriverContainer)
	}
}

// anyContainer is what holds for all of them.
func (p *podValidator) anyContainer(at *yamltree.Path, c map[string]any) {
	p.named(at, c)
	if c["restartPolicyRules"] != nil {
		p.report(at.Field("restartPolicyRules"), "restartPolicyRules are refused: an exit code would restart the container instead of ending it; remove them")
	}
	if image, ok := c["image"].(string); ok && image != "" && v1alpha1.ElementName(c) != p.rules.container {
		p.image(at.Field("image"), image)
	}
	name := v1alpha1.ElementName(c)
	if name == "" || c["$patch"] != nil {
		return
	}
	if first := p.names[name]; first != nil {
		p.report(at.Field("name"), "a second container is called %q; the first is %s%s: choose another name", name, first, p.line(first))
		return
	}
	p.names[name] = at
	if name != p.rules.container {
		p.dnsLabel(at.Field("name"), name, validation.DNS1123LabelMaxLength)
	}
}

// ours refuses what is set elsewhere, or is how results come out.
func (p *podValidator) ours(at *yamltree.Path, c map[string]any) {
	instead := map[string]string{
		"image":                  "set " + p.rules.imageKey,
		"command":                "set command of the step",
		"args":                   "set args of the step",
		"terminationMessagePath": "Stepherd reads the end of a step there; remove it",
	}
	if p.rules.container == v1alpha1.DriverContainer {
		instead["command"] = "the driver's program is fixed; remove it"
		instead["args"] = instead["command"]
		instead["terminationMessagePath"] = "Stepherd reads the end of the driver there; remove it"
	}
	for _, key := range slices.Sorted(maps.Keys(instead)) {
		if c[key] != nil {
			p.report(at.Field(key), "%s of container %q is refused here: %s", key, p.rules.container, instead[key])
		}
	}
}

// directives of strategic merge: a step may take away what the pipeline's podSettings say, and can do no harm with it,
// because what Stepherd itself puts into a Pod is laid under the result later. The pipeline's have nothing underneath.
func (p *podValidator) directives(at *yamltree.Path, value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if strings.HasPrefix(key, "$") {
				p.directive(at.Field(key), key, value[key])
				continue
			}
			p.directives(at.Field(key), value[key])
		}
	case []any:
		for i, element := range value {
			p.directives(at.At(i), element)
		}
	}
}

func (p *podValidator) directive(at *yamltree.Path, key string, value any) {
	switch {
	case !p.rules.step:
		p.report(at, "%s is refused here: there is nothing underneath that it could change; it belongs into a step's podSettings", key)
	case key != "$patch":
		p.report(at, "%s is refused: of the directives of strategic merge only $patch is known here", wording.Bare(key))
	case value != "replace" && value != "delete":
		p.report(at, "$patch is %s: it may be replace or delete", wording.Quote(fmt.Sprint(value)))
	case slices.ContainsFunc(at.Segments(), func(s *yamltree.Path) bool { return s.Key == "tolerations" }):
		p.report(at, "$patch has no meaning in tolerations, which are appended: write tolerations: null to drop the pipeline's")
	}
}

// fits holds what is left to the Go type. A tree was held to it before, with better words.
func (p *podValidator) fits(object map[string]any) *corev1.PodSpec {
	raw, err := json.Marshal(object)
	if err != nil {
		p.report(p.at, "podSettings are no PodSpec: %s", err)
		return nil
	}
	spec, err := v1alpha1.DecodePodSpec(raw)
	if err != nil {
		p.report(p.at, "podSettings are no PodSpec: %s", err)
		return nil
	}
	return spec
}
