package v1alpha1

import (
	"encoding/json"
	"testing"

	"sigs.k8s.io/yaml"
)

// parse reads YAML into a type without any of Decode's checks.
func parse[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := yaml.UnmarshalStrict([]byte(text), &v); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return v
}

// asJSON is how tests compare: nil and empty, and two spellings of one quantity, are the same there.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEffective(t *testing.T) {
	tests := []struct{ name, pipeline, step, want string }{
		{"nothing", ``, ``, `security: baseline`},
		{"the pipeline's", `{image: a, workingDir: /w, security: restricted}`, ``, `{image: a, workingDir: /w, security: restricted}`},
		{"the step's scalars", `{image: a, imagePullPolicy: Always, serviceAccountName: x}`, `{image: b, serviceAccountName: y, security: privileged}`,
			`{image: b, imagePullPolicy: Always, serviceAccountName: y, security: privileged}`},
		{"env by name, in the pipeline's order", `env: [{name: A, value: "1"}, {name: B, value: "2"}]`, `env: [{name: C, value: "3"}, {name: A, value: "4"}]`,
			`{env: [{name: A, value: "4"}, {name: B, value: "2"}, {name: C, value: "3"}], security: baseline}`},
		{"envFrom without repeats", `envFrom: [{secretRef: {name: a}}, {configMapRef: {name: b}}]`, `envFrom: [{configMapRef: {name: c}}, {secretRef: {name: a}}]`,
			`{envFrom: [{secretRef: {name: a}}, {configMapRef: {name: b}}, {configMapRef: {name: c}}], security: baseline}`},
		{"labels and annotations by key", `{labels: {a: "1", b: "2"}, annotations: {x: "1"}}`, `{labels: {b: "3", c: "4"}}`,
			`{labels: {a: "1", b: "3", c: "4"}, annotations: {x: "1"}, security: baseline}`},
		{"resources by key", `resources: {cpu: 1, memory: 1Gi, requests: {ephemeral-storage: 1Gi}}`, `resources: {memory: 2Gi, gpu: 1, limits: {cpu: 4}}`,
			`{resources: {memory: 2Gi, gpu: 1, requests: {ephemeral-storage: 1Gi}, limits: {cpu: 4}}, security: baseline}`},
		{"a step's short form over the pipeline's long form", `resources: {requests: {cpu: 1, memory: 1Gi}, limits: {memory: 1Gi, nvidia.com/gpu: 1}}`, `resources: {cpu: 2, memory: 2Gi, gpu: 3}`,
			`{resources: {cpu: 2, memory: 2Gi, gpu: 3}, security: baseline}`},
		{"podSettings by key", `podSettings: {nodeSelector: {a: "1"}, hostNetwork: true}`, `podSettings: {nodeSelector: {b: "2"}, hostNetwork: false}`,
			`{podSettings: {nodeSelector: {a: "1", b: "2"}, hostNetwork: false}, security: baseline}`},
		{"volumes by name", `podSettings: {volumes: [{name: a, emptyDir: {}}, {name: b, emptyDir: {}}]}`, `podSettings: {volumes: [{name: b, emptyDir: {medium: Memory}}, {name: c, emptyDir: {}}]}`,
			`{podSettings: {volumes: [{name: a, emptyDir: {}}, {name: b, emptyDir: {medium: Memory}}, {name: c, emptyDir: {}}]}, security: baseline}`},
		{"init containers: the pipeline's first", `podSettings: {initContainers: [{name: one, image: i}]}`, `podSettings: {initContainers: [{name: two, image: i}]}`,
			`{podSettings: {initContainers: [{name: one, image: i}, {name: two, image: i}]}, security: baseline}`},
		{"tolerations appended", `podSettings: {tolerations: [{key: a}, {key: b}]}`, `podSettings: {tolerations: [{key: c}, {key: a}]}`,
			`{podSettings: {tolerations: [{key: a}, {key: b}, {key: c}]}, security: baseline}`},
		{"null takes away", `podSettings: {tolerations: [{key: a}], nodeSelector: {a: "1", b: "2"}}`, `podSettings: {tolerations: null, nodeSelector: {a: null}}`,
			`{podSettings: {nodeSelector: {b: "2"}}, security: baseline}`},
		{"null where there is nothing", ``, `podSettings: {hostname: null, nodeSelector: {a: null, b: "2"}}`,
			`{podSettings: {nodeSelector: {b: "2"}}, security: baseline}`},
		{"$patch: replace", `podSettings: {nodeSelector: {a: "1"}}`, `podSettings: {nodeSelector: {$patch: replace, b: "2"}}`,
			`{podSettings: {nodeSelector: {b: "2"}}, security: baseline}`},
		{"$patch: delete", `podSettings: {volumes: [{name: a, emptyDir: {}}, {name: b, emptyDir: {}}]}`, `podSettings: {volumes: [{name: a, $patch: delete}]}`,
			`{podSettings: {volumes: [{name: b, emptyDir: {}}]}, security: baseline}`},
		{"$patch: replace of all", `podSettings: {hostNetwork: true, tolerations: [{key: a}]}`, `podSettings: {$patch: replace, hostname: h, tolerations: [{key: b}]}`,
			`{podSettings: {hostname: h, tolerations: [{key: b}]}, security: baseline}`},
		{"$patch: delete of all", `podSettings: {hostNetwork: true, tolerations: [{key: a}]}`, `podSettings: {$patch: delete}`, `security: baseline`},
		{"$patch: delete of main's additions", `podSettings: {containers: [{name: main, tty: true}, {name: side, image: i}]}`, `podSettings: {containers: [{name: main, $patch: delete}]}`,
			`{podSettings: {containers: [{name: side, image: i}]}, security: baseline}`},
		{"$patch: replace of a list", `podSettings: {volumes: [{name: a, emptyDir: {}}]}`, `podSettings: {volumes: [{$patch: replace}, {name: b, emptyDir: {}}]}`,
			`{podSettings: {volumes: [{name: b, emptyDir: {}}]}, security: baseline}`},
		{"a step's gpu: 0 takes the pipeline's back", `resources: {gpu: 1, memory: 1Gi}`, `resources: {gpu: 0}`, `{resources: {gpu: 0, memory: 1Gi}, security: baseline}`},
		{"retry and timeouts field by field", `{timeout: 1h, queueTimeout: 2h, retry: {limit: 1, backoff: {duration: 1s, factor: 3}, onOOM: {max: 8Gi}}}`,
			`{timeout: 2h, startTimeout: 5m, retry: {infraLimit: 0, backoff: {factor: 4}, onOOM: {memoryFactor: 1.5}}}`,
			`{timeout: 2h, startTimeout: 5m, queueTimeout: 2h, retry: {limit: 1, infraLimit: 0, backoff: {duration: 1s, factor: 4}, onOOM: {memoryFactor: 1.5, max: 8Gi}}, security: baseline}`},
		{"retry of the step over all of the pipeline's", `{startTimeout: 1m, retry: {limit: 1, infraLimit: 1, backoff: {duration: 1s, factor: 1, max: 1m, jitter: 0}, onOOM: {memoryFactor: 2, max: 1Gi}}}`,
			`{startTimeout: 2m, retry: {limit: 0, infraLimit: 2, backoff: {duration: 2s, factor: 2, max: 2m, jitter: 1}, onOOM: {memoryFactor: 3, max: 2Gi}}}`,
			`{startTimeout: 2m, retry: {limit: 0, infraLimit: 2, backoff: {duration: 2s, factor: 2, max: 2m, jitter: 1}, onOOM: {memoryFactor: 3, max: 2Gi}}, security: baseline}`},
		{"an empty onOOM is kept", `retry: {limit: 1}`, `retry: {onOOM: {}}`, `{retry: {limit: 1, onOOM: {}}, security: baseline}`},
		{"the step's settings over the pipeline's podSettings",
			`podSettings: {serviceAccountName: a, containers: [{name: main, tty: true, workingDir: /a, env: [{name: A, value: "1"}, {name: B, value: "2"}], resources: {limits: {memory: 1Gi, x.y/z: 1}}}]}`,
			`{serviceAccountName: b, workingDir: /b, env: [{name: A, value: "3"}], resources: {memory: 2Gi}}`,
			`{serviceAccountName: b, workingDir: /b, env: [{name: A, value: "3"}], resources: {memory: 2Gi}, security: baseline,
				podSettings: {containers: [{name: main, tty: true, env: [{name: B, value: "2"}], resources: {limits: {x.y/z: 1}}}]}}`},
		{"the step's podSettings over the pipeline's short form",
			`resources: {cpu: 1, memory: 1Gi, gpu: 1}`, `podSettings: {containers: [{name: main, resources: {requests: {memory: 4Gi}, limits: {nvidia.com/gpu: 4}}}]}`,
			`{resources: {cpu: 1, gpu: 4}, security: baseline, podSettings: {containers: [{name: main, resources: {requests: {memory: 4Gi}, limits: {nvidia.com/gpu: 4}}}]}}`},
		{"$patch: delete of what is not there", ``, `podSettings: {hostname: h, containers: [{name: c, image: i, env: [{name: E, $patch: delete}]}], volumes: [{name: a, $patch: delete}]}`,
			`{podSettings: {hostname: h, containers: [{name: c, image: i, env: []}], volumes: []}, security: baseline}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &Pipeline{Settings: parse[Settings](t, tt.pipeline), Steps: []Step{{Name: "s", Settings: parse[Settings](t, tt.step)}}}
			before := asJSON(t, p)
			got, err := Effective(p, &p.Steps[0])
			if err != nil {
				t.Fatal(err)
			}
			if got, want := asJSON(t, got), asJSON(t, parse[Settings](t, tt.want)); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if asJSON(t, p) != before {
				t.Errorf("Effective wrote to what it was given")
			}
		})
	}
}
