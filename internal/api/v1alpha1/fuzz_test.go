package v1alpha1

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzDecode holds, for any bytes: no panic; problems are sentences of one line with a place inside the file; what is
// accepted has no problem, has all its defaults, and is the same after encoding and decoding, by either way.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"valid/*", "invalid/*.yaml", "invalid/*.json"} {
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
	})
}

func checkProblems(t *testing.T, data []byte, err error) {
	t.Helper()
	var problems *Problems
	if !errors.As(err, &problems) || len(problems.List) == 0 || len(problems.List) > maxProblems {
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

func checkAccepted(t *testing.T, p *Pipeline) {
	t.Helper()
	if problems := Validate(p); len(problems) > 0 {
		t.Fatalf("accepted, but invalid: %+v", problems)
	}
	Warnings(p)
	for i := range p.Steps {
		s, err := Effective(p, &p.Steps[i])
		if err != nil || s.Image == "" || s.Security == "" {
			t.Fatalf("effective settings of %s: %+v, %v", p.Steps[i].Name, s, err)
		}
		if _, err := podSpec(s.PodSettings); err != nil {
			t.Fatalf("effective podSettings of %s: %v", p.Steps[i].Name, err)
		}
	}
	want := asJSON(t, p)
	SetDefaults(p)
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
	var c collector
	if got := asJSON(t, decodeTree([]byte(want), &c)); got != want || c.any() {
		t.Errorf("by the tree: %+v\ngot  %s\nwant %s", c.list, got, want)
	}
}

// TestShortWay holds the two ways of decoding JSON to one another, on JSON of every kind.
func TestShortWay(t *testing.T) {
	for _, file := range files(t, "valid/*") {
		p := mustDecode(t, filepath.Base(file), read(t, file))
		for _, step := range p.Steps {
			step.Settings.PodSettings = nil // a null in it is read by the tree
		}
		encoded, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		short := decodeJSON(encoded)
		if wantsTree := strings.Contains(string(encoded), "null"); wantsTree != (short == nil) {
			t.Errorf("%s: short way taken: %v, want %v", file, short != nil, !wantsTree)
		}
	}
	for _, text := range []string{
		`{"a":1}`, `{"steps":[{"name":"a","args":[null]}]}`, `{"kind":"Pipeline","Kind":"x"}`, `{} {}`, `{"metadata":{"name":"a","name":"b"}}`,
		`{"settings":{"podSettings":{"hostNetwork":true,"hostNetwork":true}}}`, `{"settings":{"resources":{"cpu":"1e999999999"}}}`, ` `, `[]`, `{`,
		`{"settings":` + strings.Repeat("[", 200),
	} {
		if decodeJSON([]byte(text)) != nil {
			t.Errorf("the short way took %s", text)
		}
	}
}

func TestHasWildExponent(t *testing.T) {
	for text, want := range map[string]bool{
		`{"cpu": 1e999999999}`: true, `{"cpu":"1E+100"}`: true, `["-1.e-999"]`: true, `{"cpu": .5e123456}`: true,
		`{"cpu": 1e99}`: false, `{"image":"a@sha256:1e999"}`: true, `{"image":"a@sha256:ab1e999"}`: false, `{"a":"x1e999"}`: false, `1e`: false, `{"a":"e123"}`: false,
	} {
		if got := hasWildExponent([]byte(text)); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
