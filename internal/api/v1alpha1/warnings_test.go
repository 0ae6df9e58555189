package v1alpha1

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestSecretName(t *testing.T) {
	for name, want := range map[string]bool{
		"PASSWORD": true, "DB_PASSWORD": true, "github_token": true, "API_KEY": true, "APIKEY": true, "AWS_SECRET_ACCESS_KEY": true, "HF_TOKEN": true, "my-secret": true, "PRIVATE_KEY": true,
		"TOKENIZERS_PARALLELISM": false, "MAX_TOKENS": false, "PASSWORD_FILE": false, "SECRET_NAME": false, "AWS_ACCESS_KEY_ID": false, "KEY": false, "KEYBOARD": false, "PARTITION_KEY": false,
		"": false, "_": false, "TOKEN_ENDPOINT": false,
	} {
		if got := secretName(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestSecretValue(t *testing.T) {
	for value, want := range map[string]bool{
		"AKIA" + strings.Repeat("A", 16): true, "--key=AKIA" + strings.Repeat("7", 16) + ",x": true, "ghp_" + strings.Repeat("a", 36): true, "https://user:pass@example.com/": true,
		"-----BEGIN RSA PRIVATE KEY-----\nx": true, "hf_" + strings.Repeat("x", 34): true, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc": true,
		"hello world, hello": false, "https://example.com:8080/a@b": false, "https://user@example.com/": false, "$(TOKEN)": false, "AKIA": false, "task-" + strings.Repeat("a", 30): false,
		"postgres://$(USER):$(PASSWORD)@db/": false,
	} {
		if got := secretValue(value); got != want {
			t.Errorf("%s: %v, want %v", value, got, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	p := mustDecode(t, "p", []byte(pipelineHead+`
driver: {resources: {memory: 128m}, podSettings: {containers: [{name: driver, env: [{name: A_TOKEN, value: abcdef}]}]}}
settings:
  image: python
  env:
    - {name: PASSWORD, value: hunter2}
    - {name: API_TOKEN, valueFrom: {secretKeyRef: {name: s, key: k}}}
    - {name: TOKEN, value: $(API_TOKEN)}
    - {name: SECRET, value: /run/secrets/x}
  resources: {memory: 512m}
  podSettings: {initContainers: [{name: i, image: i, env: [{name: MY_SECRET, value: abcdef}]}]}
steps:
  - {name: a, args: ["--url=https://me:secret@example.com"], command: [sh]}
  - {name: b, settings: {image: python, imagePullPolicy: Always}}
  - {name: c, settings: {image: "localhost:5000/python"}}
  - {name: d, settings: {image: "python:latest", resources: {limits: {memory: 1Gi}, requests: {memory: 64}}}}
  - {name: e, settings: {image: "localhost:5000/python:3.12"}}
`))
	const reads = "and everybody who may read Jobs or Pods can read it"
	want := []string{
		`driver.podSettings.containers[0].env[0]: "A_TOKEN" looks like a credential, ` + reads + `: use valueFrom: {secretKeyRef: {name: ..., key: ...}}`,
		`driver.resources.memory: 128m is less than 1 MiB of memory: did you mean 128Mi?`,
		`settings.image: "python" may be another image at the next step: give it a tag of its own, or a digest`,
		`settings.resources.memory: 512m is less than 1 MiB of memory: did you mean 512Mi?`,
		`settings.env[0]: "PASSWORD" looks like a credential, ` + reads + `: use valueFrom: {secretKeyRef: {name: ..., key: ...}}`,
		`settings.podSettings.initContainers[0].env[0]: "MY_SECRET" looks like a credential, ` + reads + `: use valueFrom: {secretKeyRef: {name: ..., key: ...}}`,
		`steps[0].args[0]: this looks like a credential, ` + reads + `: give it by env with valueFrom: {secretKeyRef: ...}`,
		`steps[2].settings.image: "localhost:5000/python" may be another image at the next step: give it a tag of its own, or a digest`,
		`steps[3].settings.image: "python:latest" may be another image at the next step: give it a tag of its own, or a digest`,
		`steps[3].settings.resources.requests.memory: 64 is less than 1 MiB of memory: did you mean 64Mi?`,
	}
	if got := Warnings(p); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWarningsAboutPolicies(t *testing.T) {
	p := mustDecode(t, "p", []byte(pipelineHead+`
timeout: 1h
settings: {image: "a:1", timeout: 90m, resources: {memory: 1Gi}, retry: {onOOM: {}}}
steps:
  - {name: a}
  - {name: b}
  - {name: c, settings: {timeout: 1h, retry: {limit: 1}}}
  - {name: d, settings: {timeout: 2h, retry: {infraLimit: 1}}}
`))
	const first, none = " that the whole run may take: the run ends first", "no attempt follows one that ended OOMKilled, because retry.limit is 0: set retry.limit"
	want := []string{
		"settings.timeout: 1h30m is longer than the 1h" + first,
		"settings.retry.onOOM: " + none,
		"steps[3].settings.timeout: 2h is longer than the 1h" + first,
		"steps[3].settings.retry.onOOM: " + none,
	}
	if got := Warnings(p); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestNoWarnings(t *testing.T) {
	p := mustDecode(t, "p", []byte(pipelineHead+`
settings: {image: "python:3.12", env: [{name: MODE, value: test}], resources: {cpu: 100m, memory: 1Gi}}
steps: [{name: a, command: [python, -c, "print('hello')"]}]
`))
	if got := Warnings(p); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

func TestManyWarnings(t *testing.T) {
	text := pipelineHead + "settings: {image: 'a:1'}\nsteps:\n"
	for i := range 30 {
		text += fmt.Sprintf("- {name: s%d, settings: {env: [{name: TOKEN, value: abcdef}]}}\n", i)
	}
	got := Warnings(mustDecode(t, "p", []byte(text)))
	if len(got) != maxWarnings+1 || got[maxWarnings] != "and 10 more warnings" {
		t.Errorf("%d: %q", len(got), got)
	}
}
