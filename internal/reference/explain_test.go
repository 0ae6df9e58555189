package reference

import (
	"strings"
	"testing"
)

// TestFindAndExplainAll finds every path that there is, and explains it in lines of at most the width.
func TestFindAndExplainAll(t *testing.T) {
	r, paths := load(t), 0
	var walk func(at Place)
	walk = func(at Place) {
		paths++
		for line := range strings.Lines(r.Explain(at, "v1")) {
			if length := len(strings.TrimRight(line, "\n")); length > width && strings.Contains(strings.TrimSpace(line), " ") && strings.HasPrefix(line, "    ") {
				t.Errorf("%s: a line of %d: %q", at.Path, length, line)
			}
		}
		if at.Type == nil {
			return
		}
		for i := range at.Type.Fields {
			f := &at.Type.Fields[i]
			next, err := r.Find(strings.TrimPrefix(at.Path+"."+f.Name, "."))
			if err != nil || next.Field != f || f.Doc == "" {
				t.Errorf("%s.%s: %v", at.Path, f.Name, err)
				continue
			}
			walk(next)
		}
	}
	walk(Place{Type: r.Root()})
	if paths < 150 {
		t.Errorf("walked %d paths, want all of them", paths)
	}
}

func TestFind(t *testing.T) {
	r := load(t)
	for path, want := range map[string]string{
		"": "", "pipeline": "", "Pipeline.settings.retry": "settings.retry", "steps[0].name": "steps.name", "steps[].results[].type": "steps.results.type",
		"settings.env.valueFrom.secretKeyRef.key": "settings.env.valueFrom.secretKeyRef.key", "settings.resources.gpu.count": "settings.resources.gpu.count",
	} {
		if at, err := r.Find(path); err != nil || at.Path != want {
			t.Errorf("%q: got %q, %v, want %q", path, at.Path, err, want)
		}
	}
	for path, want := range map[string]string{
		"setting":                             `the pipeline file has no key "setting"; did you mean "settings"?`,
		"settings.retry.limits":               `settings.retry has no key "limits"; did you mean "settings.retry.limit"?`,
		"retry":                               `the pipeline file has no key "retry"; did you mean "settings.retry"?`,
		"image":                               `the pipeline file has no key "image"; did you mean "driver.image"?`,
		"settings.retry.nothing":              `settings.retry has no key "nothing"; there are limit, infraLimit, preemptLimit, backoff, onOOM`,
		"settings.podSettings.nodeSelector":   `settings.podSettings belongs to Kubernetes; see: kubectl explain pod.spec.nodeSelector`,
		"logs.archive.volume.hostPath":        `logs.archive.volume belongs to Kubernetes; see: kubectl explain pod.spec.volumes.hostPath`,
		"settings.labels.team":                `the keys of settings.labels are yours`,
		"timeout.seconds":                     `timeout is a value without keys`,
		"parallelism.x":                       `parallelism is a value without keys`,
		"failurePolicy.FailFast":              `failurePolicy is a value without keys`,
		"settings..retry":                     `settings has no key ""; there are image`,
		"settings." + strings.Repeat("a", 99): `has no key "aaa`,
	} {
		if _, err := r.Find(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", path, err, want)
		}
	}
}
