package podmerge

import (
	"encoding/json"
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return out
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestMerge(t *testing.T) {
	const main = `containers: [{name: main, `
	for _, row := range []struct{ name, under, over, want string }{
		{"scalars and maps", `{hostname: a, nodeSelector: {a: "1"}}`, `{hostname: b, nodeSelector: {b: "2"}}`, `{hostname: b, nodeSelector: {a: "1", b: "2"}}`},
		{"lists without a key are replaced", `{dnsConfig: {searches: [a]}}`, `{dnsConfig: {searches: [b]}}`, `{dnsConfig: {searches: [b]}}`},
		{"what is new follows", `{volumes: [{name: b, emptyDir: {}}]}`, `{volumes: [{name: a, emptyDir: {}}]}`, `{volumes: [{name: b, emptyDir: {}}, {name: a, emptyDir: {}}]}`},
		{"null takes a key away", `{hostname: a, nodeSelector: {a: "1"}}`, `{hostname: null, nodeSelector: {a: null}}`, `{nodeSelector: {}}`},

		{"a volume of another source", `{volumes: [{name: a, emptyDir: {medium: Memory}}]}`, `{volumes: [{name: a, hostPath: {path: /tmp}}]}`, `{volumes: [{name: a, hostPath: {path: /tmp}}]}`},
		{"a volume of the same source", `{volumes: [{name: a, emptyDir: {medium: Memory}}]}`, `{volumes: [{name: a, emptyDir: {sizeLimit: 1Gi}}]}`, `{volumes: [{name: a, emptyDir: {medium: Memory, sizeLimit: 1Gi}}]}`},
		{"a volume's source taken away by name", `{volumes: [{name: a, emptyDir: {}}]}`, `{volumes: [{name: a, emptyDir: null, hostPath: {path: /tmp}}]}`, `{volumes: [{name: a, hostPath: {path: /tmp}}]}`},
		{"a claim by template over a claim by name", `{resourceClaims: [{name: a, resourceClaimName: x}]}`, `{resourceClaims: [{name: a, resourceClaimTemplateName: y}]}`, `{resourceClaims: [{name: a, resourceClaimTemplateName: y}]}`},
		{"a probe of another handler keeps its times", `{` + main + `livenessProbe: {exec: {command: [a]}, periodSeconds: 5}}]}`, `{` + main + `livenessProbe: {httpGet: {port: 80}}}]}`,
			`{` + main + `livenessProbe: {httpGet: {port: 80}, periodSeconds: 5}}]}`},
		{"a startup probe", `{` + main + `startupProbe: {tcpSocket: {port: 1}}}]}`, `{` + main + `startupProbe: {grpc: {port: 2}}}]}`, `{` + main + `startupProbe: {grpc: {port: 2}}}]}`},
		{"a hook of another handler", `{` + main + `lifecycle: {preStop: {exec: {command: [a]}}}}]}`, `{` + main + `lifecycle: {preStop: {sleep: {seconds: 1}}}}]}`,
			`{` + main + `lifecycle: {preStop: {sleep: {seconds: 1}}}}]}`},
		{"valueFrom over value", `{initContainers: [{name: i, env: [{name: A, value: a}]}]}`, `{initContainers: [{name: i, env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}]}`,
			`{initContainers: [{name: i, env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}]}`},
		{"value over valueFrom", `{containers: [{name: side, env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]}`, `{containers: [{name: side, env: [{name: A, value: ""}]}]}`,
			`{containers: [{name: side, env: [{name: A, value: ""}]}]}`},
		{"another source of a value", `{` + main + `env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]}`, `{` + main + `env: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: k}}}]}]}`,
			`{` + main + `env: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: k}}}]}]}`},
		{"another seccomp profile", `{securityContext: {seccompProfile: {type: Localhost, localhostProfile: a}}}`, `{securityContext: {seccompProfile: {type: RuntimeDefault}}}`, `{securityContext: {seccompProfile: {type: RuntimeDefault}}}`},
		{"another AppArmor profile", `{` + main + `securityContext: {appArmorProfile: {type: Localhost, localhostProfile: a}}}]}`, `{` + main + `securityContext: {appArmorProfile: {type: Unconfined}}}]}`,
			`{` + main + `securityContext: {appArmorProfile: {type: Unconfined}}}]}`},
		{"another file of the same profile", `{securityContext: {seccompProfile: {type: Localhost, localhostProfile: a}}}`, `{securityContext: {seccompProfile: {localhostProfile: b}}}`, `{securityContext: {seccompProfile: {type: Localhost, localhostProfile: b}}}`},
		{"the service account by its old name", `{serviceAccountName: a}`, `{serviceAccount: b}`, `{serviceAccount: b}`},

		{"a mount of another volume", `{` + main + `volumeMounts: [{name: a, mountPath: /d, subPath: s, readOnly: true}]}]}`, `{` + main + `volumeMounts: [{name: b, mountPath: /d}]}]}`, `{` + main + `volumeMounts: [{name: b, mountPath: /d}]}]}`},
		{"a mount of the same volume", `{` + main + `volumeMounts: [{name: a, mountPath: /d, subPath: s}]}]}`, `{` + main + `volumeMounts: [{name: a, mountPath: /d/, readOnly: true}]}]}`,
			`{` + main + `volumeMounts: [{name: a, mountPath: /d/, subPath: s, readOnly: true}]}]}`},
		{"subPathExpr over subPath", `{` + main + `volumeMounts: [{name: a, mountPath: /d, subPath: s}]}]}`, `{` + main + `volumeMounts: [{name: a, mountPath: /d, subPathExpr: $(X)}]}]}`,
			`{` + main + `volumeMounts: [{name: a, mountPath: /d, subPathExpr: $(X)}]}]}`},
		{"a device of another volume", `{` + main + `volumeDevices: [{name: a, devicePath: /d}]}]}`, `{` + main + `volumeDevices: [{name: b, devicePath: /d}]}]}`, `{` + main + `volumeDevices: [{name: b, devicePath: /d}]}]}`},
		{"one port, two protocols", `{` + main + `ports: [{containerPort: 53}]}]}`, `{` + main + `ports: [{containerPort: 53, protocol: UDP}]}]}`, `{` + main + `ports: [{containerPort: 53}, {containerPort: 53, protocol: UDP}]}]}`},
		{"one port, one protocol", `{` + main + `ports: [{containerPort: 53, name: dns}]}]}`, `{` + main + `ports: [{containerPort: 53, protocol: TCP, hostPort: 5}]}]}`, `{` + main + `ports: [{containerPort: 53, name: dns, protocol: TCP, hostPort: 5}]}]}`},
		{"one port of the container, two of the node", `{}`, `{` + main + `ports: [{containerPort: 80, hostPort: 1}, {containerPort: 80, hostPort: 2}]}]}`, `{` + main + `ports: [{containerPort: 80, hostPort: 1}, {containerPort: 80, hostPort: 2}]}]}`},
		{"spread hard and soft", `{topologySpreadConstraints: [{topologyKey: z, whenUnsatisfiable: DoNotSchedule, maxSkew: 1}]}`, `{topologySpreadConstraints: [{topologyKey: z, whenUnsatisfiable: ScheduleAnyway, maxSkew: 2}, {topologyKey: z, whenUnsatisfiable: DoNotSchedule, maxSkew: 3}]}`,
			`{topologySpreadConstraints: [{topologyKey: z, whenUnsatisfiable: DoNotSchedule, maxSkew: 3}, {topologyKey: z, whenUnsatisfiable: ScheduleAnyway, maxSkew: 2}]}`},
		{"pull secrets, gates and aliases", `{imagePullSecrets: [{name: a}], schedulingGates: [{name: g}], hostAliases: [{ip: 1.1.1.1, hostnames: [a]}]}`,
			`{imagePullSecrets: [{name: b}, {name: a}], schedulingGates: [{name: h}], hostAliases: [{ip: 1.1.1.1, hostnames: [b]}, {ip: 1.1.1.2, hostnames: [c]}]}`,
			`{imagePullSecrets: [{name: a}, {name: b}], schedulingGates: [{name: g}, {name: h}], hostAliases: [{ip: 1.1.1.1, hostnames: [b]}, {ip: 1.1.1.2, hostnames: [c]}]}`},
		{"tolerations are appended", `{tolerations: [{key: a}]}`, `{tolerations: [{key: b}, {key: a}]}`, `{tolerations: [{key: a}, {key: b}]}`},
		{"tolerations: null", `{tolerations: [{key: a}]}`, `{tolerations: null}`, `{}`},

		{"$patch: delete of an element", `{volumes: [{name: a, emptyDir: {}}, {name: b, emptyDir: {}}]}`, `{volumes: [{name: a, $patch: delete}]}`, `{volumes: [{name: b, emptyDir: {}}]}`},
		{"$patch: delete and the same anew", `{volumes: [{name: a, emptyDir: {}}]}`, `{volumes: [{name: a, $patch: delete}, {name: a, hostPath: {path: /}}]}`, `{volumes: [{name: a, hostPath: {path: /}}]}`},
		{"$patch: replace of an element", `{volumes: [{name: a, emptyDir: {medium: Memory}}]}`, `{volumes: [{name: a, $patch: replace, emptyDir: {}}]}`, `{volumes: [{name: a, emptyDir: {}}]}`},
		{"$patch: replace of a list", `{volumes: [{name: a, emptyDir: {}}]}`, `{volumes: [{$patch: replace}, {name: b, emptyDir: {}}]}`, `{volumes: [{name: b, emptyDir: {}}]}`},
		{"$patch: replace of an object", `{affinity: {nodeAffinity: {}, podAffinity: {}}}`, `{affinity: {$patch: replace, podAntiAffinity: {}}}`, `{affinity: {podAntiAffinity: {}}}`},
		{"$patch: delete of what is not there", `{}`, `{affinity: {$patch: delete}, volumes: [{name: a, $patch: delete}]}`, `{volumes: []}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			under, over := object(t, row.under), object(t, row.over)
			got, err := PodSpecs(under, over)
			if err != nil {
				t.Fatal(err)
			}
			if want := object(t, row.want); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %s\nwant %s", asJSON(got), asJSON(want))
			}
			if !reflect.DeepEqual(under, object(t, row.under)) || !reflect.DeepEqual(over, object(t, row.over)) {
				t.Error("the merge wrote to what it was given")
			}
		})
	}
}

func TestMergeNeedsKeys(t *testing.T) {
	for _, row := range []struct{ over, want string }{
		{`{volumes: [{emptyDir: {}}]}`, "an element of volumes has no name"},
		{`{containers: [{name: main, ports: [{protocol: TCP}]}]}`, "an element of containers.main.ports has no containerPort"},
		{`{containers: [{name: main, env: [A]}]}`, "an element of containers.main.env has no name"},
	} {
		if _, err := PodSpecs(nil, object(t, row.over)); err == nil || err.Error() != row.want {
			t.Errorf("%s: got %v, want %s", row.over, err, row.want)
		}
	}
}

// TestMergeOfEveryOneOf lays each member of each one-of object over each other member: one is left.
func TestMergeOfEveryOneOf(t *testing.T) {
	for typ, members := range oneOfs {
		for _, a := range members {
			for _, b := range members {
				got, err := merge(typ, nil, map[string]any{a: "x"}, map[string]any{b: "y"})
				if err != nil || !reflect.DeepEqual(got, map[string]any{b: "y"}) {
					t.Errorf("%s: %s over %s gives %s (%v)", typ.Name(), b, a, asJSON(got), err)
				}
			}
		}
	}
	if len(oneOfs[reflect.TypeFor[corev1.Volume]()]) < 25 {
		t.Errorf("a volume has %d sources", len(oneOfs[reflect.TypeFor[corev1.Volume]()]))
	}
}
