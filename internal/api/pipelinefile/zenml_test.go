package pipelinefile

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/stepherd/stepherd/internal/api/zenml"
)

const pipelineHead = `
apiVersion: stepherd.dev/v1alpha1
kind: Pipeline
metadata: {name: x}
`

// seedDictionary is the example of ZenML's documentation of the Kubernetes orchestrator, as a dictionary word for word.
const seedDictionary = `{
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [
                                {
                                    "key": "node.kubernetes.io/name",
                                    "operator": "In",
                                    "values": ["my_powerful_node_group"],
                                }
                            ]
                        }
                    ]
                }
            }
        },
        "tolerations": [
            {
                "key": "node.kubernetes.io/name",
                "operator": "Equal",
                "value": "",
                "effect": "NoSchedule",
            }
        ]
    }`

const seedKubernetes = `
  podSettings:
    affinity:
      nodeAffinity:
        requiredDuringSchedulingIgnoredDuringExecution:
          nodeSelectorTerms:
            - matchExpressions:
                - key: node.kubernetes.io/name
                  operator: In
                  values: [my_powerful_node_group]
    tolerations:
      - key: node.kubernetes.io/name
        operator: Equal
        value: ""
        effect: NoSchedule
`

// TestZenML holds each ZenML form to the Kubernetes form that it must give.
func TestZenML(t *testing.T) {
	tests := []struct{ name, zenml, kubernetes string }{
		{"the seed's dictionary",
			"settings:\n  image: i\n  orchestrator.kubernetes: {\"pod_settings\": " + seedDictionary + "}\nsteps: [{name: a}]",
			"settings:\n  image: i\n" + seedKubernetes + "steps: [{name: a}]"},
		{"the seed's dictionary in a step",
			"settings: {image: i}\nsteps:\n- name: a\n  settings: {\"orchestrator.kubernetes\": {\"pod_settings\": " + seedDictionary + "}}",
			"settings: {image: i}\nsteps:\n- name: a\n  settings:\n" + strings.ReplaceAll(seedKubernetes, "\n", "\n  ")},
		{"the Python client's spelling, with what it leaves unset",
			`
settings:
  image: i
  orchestrator.kubernetes:
    pod_settings:
      affinity:
        node_affinity:
          preferred_during_scheduling_ignored_during_execution: null
          required_during_scheduling_ignored_during_execution:
            node_selector_terms: [{match_expressions: [{key: node.kubernetes.io/name, operator: In, values: [my_powerful_node_group]}], match_fields: null}]
        pod_affinity: null
      tolerations: [{key: node.kubernetes.io/name, operator: Equal, value: "", effect: NoSchedule, toleration_seconds: null}]
      resources: {}
      volumes: []
steps: [{name: a}]`,
			"settings:\n  image: i\n" + seedKubernetes + "steps: [{name: a}]"},
		{"every key, snake_case",
			`
settings:
  image: i
  podSettings: {hostname: h, containers: [{name: side, image: i}]}
  orchestrator.kubernetes:
    service_account_name: driver
    step_pod_service_account_name: steps
    privileged: true
    pod_settings:
      node_selectors: {node_pool: "gpu"}
      affinity: {pod_anti_affinity: {preferred_during_scheduling_ignored_during_execution: [{weight: 1, pod_affinity_term: {topology_key: zone_a, label_selector: {match_labels: {snake_case: a_b}}}}]}}
      tolerations: [{key: a_b, toleration_seconds: 5}]
      resources: {requests: {cpu: 1, nvidia.com/gpu: 1}, limits: {memory: 1Gi, nvidia.com/gpu: 1}}
      annotations: {some_key: v}
      labels: {some_label: v}
      volumes: [{name: v, persistent_volume_claim: {claim_name: c, read_only: true}}, {name: e, empty_dir: {}}, {name: h, host_path: {path: /p}}, {name: s, csi: {driver: d, volume_attributes: {some_key: v}}}]
      volume_mounts: [{name: v, mount_path: /v, sub_path: s}]
      host_ipc: true
      image_pull_secrets: [one, two]
      env: [{name: A, value_from: {secret_key_ref: {name: s, key: k}}}, {name: B, value: b}]
      env_from: [{secret_ref: {name: s}}]
      scheduler_name: volcano
      container_security_context: {run_as_user: 5, se_linux_options: {level: l}, seccomp_profile: {type: RuntimeDefault}}
      additional_pod_spec_args: {priority_class_name: high, host_network: true, dns_config: {nameservers: [1.1.1.1]}, termination_grace_period_seconds: 5}
    orchestrator_pod_settings:
      node_selectors: {a: b}
      labels: {c: d}
      annotations: {e: f}
      resources: {requests: {cpu: 2}}
      env: [{name: A, value: a}]
      volume_mounts: [{name: v, mount_path: /v}]
      volumes: [{name: v, config_map: {name: c, default_mode: 0644}}]
steps: [{name: a}]`,
			`
driver:
  serviceAccountName: driver
  labels: {c: d}
  annotations: {e: f}
  resources: {requests: {cpu: 2}}
  podSettings:
    nodeSelector: {a: b}
    containers: [{name: driver, env: [{name: A, value: a}], volumeMounts: [{name: v, mountPath: /v}]}]
    volumes: [{name: v, configMap: {name: c, defaultMode: 420}}]
settings:
  image: i
  serviceAccountName: steps
  security: privileged
  resources: {requests: {cpu: 1, nvidia.com/gpu: 1}, limits: {memory: 1Gi, nvidia.com/gpu: 1}}
  annotations: {some_key: v}
  labels: {some_label: v}
  env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: B, value: b}]
  envFrom: [{secretRef: {name: s}}]
  podSettings:
    hostname: h
    nodeSelector: {node_pool: gpu}
    affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: {topologyKey: zone_a, labelSelector: {matchLabels: {snake_case: a_b}}}}]}}
    tolerations: [{key: a_b, tolerationSeconds: 5}]
    volumes: [{name: v, persistentVolumeClaim: {claimName: c, readOnly: true}}, {name: e, emptyDir: {}}, {name: h, hostPath: {path: /p}}, {name: s, csi: {driver: d, volumeAttributes: {some_key: v}}}]
    containers:
      - {name: side, image: i}
      - {name: main, volumeMounts: [{name: v, mountPath: /v, subPath: s}], securityContext: {runAsUser: 5, seLinuxOptions: {level: l}, seccompProfile: {type: RuntimeDefault}}}
    hostIPC: true
    imagePullSecrets: [{name: one}, {name: two}]
    schedulerName: volcano
    priorityClassName: high
    hostNetwork: true
    dnsConfig: {nameservers: [1.1.1.1]}
    terminationGracePeriodSeconds: 5
steps: [{name: a}]`},
		{"camelCase",
			`
settings:
  image: i
  orchestrator.kubernetes:
    stepPodServiceAccountName: steps
    podSettings: {nodeSelectors: {a: b}, volumes: [{name: v, emptyDir: {}}], volumeMounts: [{name: v, mountPath: /v}], hostIPC: true, imagePullSecrets: [{name: s}], envFrom: [{secretRef: {name: s}}], schedulerName: x, containerSecurityContext: {runAsUser: 1}, additionalPodSpecArgs: {priorityClassName: p}}
    orchestratorPodSettings: {nodeSelectors: {a: b}}
steps: [{name: a}]`,
			`
driver: {podSettings: {nodeSelector: {a: b}}}
settings:
  image: i
  serviceAccountName: steps
  envFrom: [{secretRef: {name: s}}]
  podSettings: {nodeSelector: {a: b}, volumes: [{name: v, emptyDir: {}}], containers: [{name: main, volumeMounts: [{name: v, mountPath: /v}], securityContext: {runAsUser: 1}}], hostIPC: true, imagePullSecrets: [{name: s}], schedulerName: x, priorityClassName: p}
steps: [{name: a}]`},
		{"a shorter life than there is here",
			"settings: {image: i, orchestrator.kubernetes: {ttl_seconds_after_finished: 0}}\nsteps: [{name: a}]",
			"ttl: 1m\nsettings: {image: i}\nsteps: [{name: a}]"},
		{"one account for both, as ZenML has it",
			"settings: {image: i, orchestrator.kubernetes: {service_account_name: z, privileged: false}}\nsteps: [{name: a, settings: {orchestrator.kubernetes: {service_account_name: own}}}]",
			"driver: {serviceAccountName: z}\nsettings: {image: i, serviceAccountName: z}\nsteps: [{name: a, settings: {serviceAccountName: own}}]"},
		{"mounts into main where podSettings have it already",
			"settings: {image: i, podSettings: {volumes: [{name: v, emptyDir: {}}], containers: [{name: main, tty: true}]}, orchestrator.kubernetes: {pod_settings: {volume_mounts: [{name: v, mount_path: /v}]}}}\nsteps: [{name: a}]",
			"settings: {image: i, podSettings: {volumes: [{name: v, emptyDir: {}}], containers: [{name: main, tty: true, volumeMounts: [{name: v, mountPath: /v}]}]}}\nsteps: [{name: a}]"},
		{"settings that have an equal",
			`
settings:
  image: i
  resources: {cpu_count: 2.5, gpu_count: 1, memory: 16GB}
  docker: {requirements: [torch], environment: {A: 1, B: b}}
  orchestrator.kubernetes:
    max_parallelism: 3
    active_deadline_seconds: 3600
    ttl_seconds_after_finished: 86400
    pod_stop_grace_period: 60
    pod_startup_timeout: 600
    pod_failure_max_retries: 4
    pod_failure_retry_delay: 10
    pod_failure_backoff: 1.0
    backoff_limit_margin: 2
    kubernetes_namespace: pipelines
    kubernetes_context: prod
steps:
- name: a
  settings:
    resources: {memory: 16GiB, gpuCount: 2}
    orchestrator:mine: {activeDeadlineSeconds: 60, max_parallelism: 5, orchestrator_pod_settings: {labels: {a: b}}}`,
			`
parallelism: 3
timeout: 1h
ttl: 24h
settings:
  image: i
  resources: {cpu: 2.5, gpu: 1, memory: 16G}
  env: [{name: A, value: "1"}, {name: B, value: b}]
  startTimeout: 10m
  retry: {limit: 2, infraLimit: 4, backoff: {duration: 10s, factor: 1}}
  podSettings: {terminationGracePeriodSeconds: 60}
steps: [{name: a, settings: {resources: {memory: 16Gi, gpu: 2}, timeout: 1m}}]`},
		{"an image that ZenML would not build either",
			"settings: {docker: {parent_image: 'p:1', skip_build: true}, orchestrator: {gpu_count: 1, cpu_count: 2, pod_settings: {labels: {a: b}}}}\nsteps: [{name: a}]",
			"settings: {image: 'p:1', labels: {a: b}, resources: {gpu: 1, cpu: 2}}\nsteps: [{name: a}]"},
		{"nothing",
			"driver:\nsettings: {image: i, orchestrator.kubernetes: {pod_settings: {}, orchestrator_pod_settings: }}\nsteps: [{name: a, settings: {orchestrator.kubernetes: }}]",
			"settings: {image: i}\nsteps: [{name: a}]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := mustDecode(t, "zenml", []byte(pipelineHead+tt.zenml))
			want := mustDecode(t, "kubernetes", []byte(pipelineHead+tt.kubernetes))
			if !equality.Semantic.DeepEqual(got, want) {
				t.Errorf("got  %s\nwant %s", asJSON(t, got), asJSON(t, want))
			}
		})
	}
}

// TestPlaceOfZenML: where the run belongs according to the file is returned with the place in the file.
func TestPlaceOfZenML(t *testing.T) {
	reading, err := Read("f", []byte(pipelineHead+"settings:\n  image: 'a:1'\n  orchestrator: {kubernetes_namespace: ml, kubernetes_context: prod}\nsteps: [{name: a}]\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if reading.Namespace == nil || *reading.Namespace != (zenml.Said{Value: "ml", Where: "f:7:40: settings.orchestrator.kubernetes_namespace"}) {
		t.Errorf("namespace %+v", reading.Namespace)
	}
	if reading.Context == nil || reading.Context.Value != "prod" {
		t.Errorf("context %+v", reading.Context)
	}
}
