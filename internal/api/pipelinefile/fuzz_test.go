package pipelinefile

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/validate"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// FuzzDecode holds, for any bytes: no panic; problems are sentences of one line with a place inside the file; what is
// accepted has no problem, has all its defaults, and is the same after encoding and decoding, by either way.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"valid/*", "warnings/*.yaml", "invalid/*.yaml", "invalid/*.json"} {
		for _, file := range files(f, pattern) {
			f.Add(read(f, file))
		}
	}
	for _, part := range []string{seedDictionary, seedKubernetes} {
		f.Add([]byte(pipelineHead + "settings:\n  image: i\n  orchestrator.kubernetes: {pod_settings: " + part + "}\nsteps: [{name: a}]"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Decode("file", data)
		if err != nil {
			checkProblems(t, data, err)
			return
		}
		checkAccepted(t, p)
		if reading, err := Read("file", data, Options{}); err != nil || asJSON(t, reading.Pipeline) != asJSON(t, p) {
			t.Errorf("Read gives %v, %s", err, asJSON(t, reading.Pipeline))
		}
	})
}

func checkProblems(t *testing.T, data []byte, err error) {
	t.Helper()
	var problems *yamltree.Problems
	if !errors.As(err, &problems) || len(problems.List) == 0 || len(problems.List) > yamltree.MaxProblems {
		t.Fatalf("%T with no problems or too many: %v", err, err)
	}
	lines := 1 + strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + strings.Count(string(data), "\u0085") +
		strings.Count(string(data), "\u2028") + strings.Count(string(data), "\u2029")
	for _, p := range problems.List {
		text := p.Path + p.Message
		if p.Message == "" || p.Line < 0 || p.Line > lines || p.Column < 0 || strings.ContainsAny(text, "\n\r\x00\x1b") || !utf8.ValidString(text) {
			t.Errorf("bad problem %+v of %d lines", p, lines)
		}
	}
}

func checkAccepted(t *testing.T, p *v1alpha1.Pipeline) {
	t.Helper()
	if problems := validate.Pipeline(p); len(problems) > 0 {
		t.Fatalf("accepted, but invalid: %+v", problems)
	}
	for i := range p.Steps {
		s, err := v1alpha1.Effective(p, &p.Steps[i])
		if err != nil || s.Image == "" || s.Security == "" {
			t.Fatalf("effective settings of %s: %+v, %v", p.Steps[i].Name, s, err)
		}
		if _, err := v1alpha1.DecodePodSpec(s.PodSettings); err != nil {
			t.Fatalf("effective podSettings of %s: %v", p.Steps[i].Name, err)
		}
		checkPolicy(t, v1alpha1.EffectivePolicy(p, &p.Steps[i]))
	}
	want := asJSON(t, p)
	v1alpha1.SetDefaults(p)
	if got := asJSON(t, p); got != want {
		t.Errorf("SetDefaults is not idempotent\ngot  %s\nwant %s", got, want)
	}
	again, err := Decode("again", []byte(want))
	if err != nil {
		t.Fatalf("%v\n%s", err, want)
	}
	if got := asJSON(t, again); got != want {
		t.Errorf("encoded and decoded\ngot  %s\nwant %s", got, want)
	}
	var c yamltree.Collector
	p, _ = decodeTree([]byte(want), Options{}, &c)
	if got := asJSON(t, p); got != want || c.Count() > 0 {
		t.Errorf("by the tree: %+v\ngot  %s\nwant %s", c.Found(), got, want)
	}
}

func checkPolicy(t *testing.T, p v1alpha1.Policy) {
	t.Helper()
	b := p.Backoff
	if p.Limit < 0 || p.InfraLimit < 0 || p.Timeout < 0 || p.StartTimeout <= 0 || p.QueueTimeout < 0 ||
		p.InitTimeout < 0 || p.ImagePullGrace <= 0 || p.PreemptLimit < 0 ||
		b.Duration <= 0 || b.Max < b.Duration || b.Factor < 1 || b.Jitter < 0 || b.Jitter > 1 {
		t.Errorf("bad policy %+v", p)
	}
}

// TestShortWay holds that encoded pipelines, and so the plans that drivers read, are decoded without a tree, and that what
// a tree must look at is left to it.
func TestShortWay(t *testing.T) {
	for _, file := range files(t, "valid/*") {
		p := mustDecode(t, filepath.Base(file), read(t, file))
		short := decodeJSON([]byte(asJSON(t, p)))
		if short == nil || asJSON(t, short) != asJSON(t, p) {
			t.Errorf("%s: not decoded, or otherwise: %v", file, short)
		}
	}
	const head = `{"apiVersion":"stepherd.dev/v1alpha1","kind":"Pipeline","metadata":{"name":"a"},"settings":{"image":"i"},`
	if decodeJSON([]byte(head+`"steps":[{"name":"a"}]}`)) == nil {
		t.Error("the frame of the cases below is wrong")
	}
	for _, text := range []string{
		` `, `[]`, `{`, `{} {}`, head + `"a":1,"steps":[{"name":"a"}]}`, head + `"steps":[{"name":"a","args":[null]}]}`, head + `"Steps":[],"steps":[{"name":"a"}]}`,
		head + `"driver":null,"steps":[{"name":"a"}]}`, head + `"steps":[{"name":"a","name":"a"}]}`, head + `"driver":{"podSettings":{"hostNetwork":null}},"steps":[{"name":"a"}]}`,
		head + `"driver":{"labels":{"a":null}},"steps":[{"name":"a"}]}`, head + `"steps":[{"name":"a","settings":{"podSettings":{"volumes":[null]}}}]}`,
		head + `"steps":[{"name":"a","settings":{"podSettings":{"hostNetwork":true,"hostNetwork":true}}}]}`,
		head + `"steps":[{"name":"a","settings":{"resources":{"cpu":"1e999999999"}}}]}`, head + `"x":` + strings.Repeat("[", 200),
	} {
		if decodeJSON([]byte(text)) != nil {
			t.Errorf("the short way took %s", text)
		}
	}
}

func TestScanJSON(t *testing.T) {
	for text, want := range map[string]jsonScan{
		``: {}, `{"a": null, "b":null}`: {marks: marks{nulls: 2}}, `{"null": "null", "a": "x\"null"}`: {}, `[null]`: {marks: marks{elements: 1}}, `[1, null]`: {marks: marks{elements: 1}},
		`{"a": "${{ x }}${{", "b": ["$ {{", "${{"]}`: {marks: marks{expressions: 3}}, `"\u0024{{ x }}"`: {odd: true}, `"$\u007B{"`: {odd: true}, `"\u0025"`: {},
		`{"cpu": 1e999999999}`: {odd: true}, `{"cpu":"1E+100"}`: {odd: true}, `["-1.e-999"]`: {odd: true}, `[1,2e345]`: {odd: true}, `{"cpu": ".5e123456"}`: {odd: true},
		`{"cpu": 1e99}`: {}, `{"image":"a@sha256:1e999"}`: {}, `{"a":"x1e999"}`: {}, `{"a":"e123"}`: {}, `1e`: {}, `-`: {}, `"`: {}, `"\`: {}, `nul`: {},
		strings.Repeat("[", 100): {}, strings.Repeat("[", 101): {odd: true}, `"` + strings.Repeat("[", 101) + `"`: {},
	} {
		if got := scanJSON([]byte(text)); got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}
