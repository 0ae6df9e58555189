package podspec

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// The tests of this file say what every golden file must hold: a golden records intent and accident alike, and -update
// would take either.

// eachStepGolden calls check with every step's golden Pod as it is on disk.
func eachStepGolden(t *testing.T, check func(t *testing.T, settings v1alpha1.Settings, step v1alpha1.Step, pod *corev1.Pod)) {
	t.Helper()
	checked := 0
	for _, name := range goldenCases(t) {
		p := loadCase(t, name)
		for _, step := range p.Steps {
			checked++
			t.Run(name+"/"+step.Name, func(t *testing.T) {
				settings, err := v1alpha1.Effective(p, &step)
				if err != nil {
					t.Fatal(err)
				}
				pod := &corev1.Pod{}
				readStrictly(t, filepath.Join("testdata", name, step.Name+goldenSuffix), pod)
				check(t, settings, step, pod)
			})
		}
	}
	if checked < len(goldenCases(t)) {
		t.Fatalf("checked %d Pods, want at least one for each case", checked)
	}
}

func eachDriverGolden(t *testing.T, check func(t *testing.T, job *batchv1.Job)) {
	t.Helper()
	for _, name := range aboutDriver {
		t.Run(name, func(t *testing.T) {
			job := &batchv1.Job{}
			readStrictly(t, filepath.Join("testdata", name, driverGolden), job)
			check(t, job)
		})
	}
}

func readStrictly(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(data, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func TestEveryStepPodRunsOnce(t *testing.T) {
	eachStepGolden(t, func(t *testing.T, settings v1alpha1.Settings, _ v1alpha1.Step, pod *corev1.Pod) {
		if got := pod.Spec.RestartPolicy; got != corev1.RestartPolicyNever {
			t.Errorf("restartPolicy: got %q, want Never", got)
		}
		got := pod.Spec.ActiveDeadlineSeconds
		if got == nil || settings.Timeout == nil && *got != 604800 || settings.Timeout != nil && *got <= int64(time.Duration(*settings.Timeout).Seconds()) {
			t.Errorf("activeDeadlineSeconds: got %s with timeout %s, want 604800 without and more than it with", toJSON(got), toJSON(settings.Timeout))
		}
		for _, c := range pod.Spec.Containers {
			if c.RestartPolicy != nil || c.RestartPolicyRules != nil {
				t.Errorf("container %s may be restarted", c.Name)
			}
		}
	})
}

// TestEveryStepPodLeavesALostNode: whether by our toleration or by its user's, the admission plugin DefaultTolerationSeconds
// finds nothing to add.
func TestEveryStepPodLeavesALostNode(t *testing.T) {
	eachStepGolden(t, func(t *testing.T, _ v1alpha1.Settings, _ v1alpha1.Step, pod *corev1.Pod) {
		for _, taint := range []string{"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"} {
			if !slices.ContainsFunc(pod.Spec.Tolerations, func(o corev1.Toleration) bool {
				return (o.Key == taint || o.Key == "") && (o.Effect == corev1.TaintEffectNoExecute || o.Effect == "")
			}) {
				t.Errorf("nothing is said about %s: %s", taint, toJSON(pod.Spec.Tolerations))
			}
		}
	})
}

func TestEveryStepPodIsOurs(t *testing.T) {
	keys := []string{
		v1alpha1.LabelManagedBy, v1alpha1.LabelComponent, v1alpha1.LabelPipeline, v1alpha1.LabelRun,
		v1alpha1.LabelRunUID, v1alpha1.LabelStep, v1alpha1.LabelAttempt,
	}
	eachStepGolden(t, func(t *testing.T, _ v1alpha1.Settings, step v1alpha1.Step, pod *corev1.Pod) {
		for _, key := range keys {
			if pod.Labels[key] == "" {
				t.Errorf("label %s is missing", key)
			}
		}
		if got := pod.Labels[v1alpha1.LabelStep]; got != step.Name {
			t.Errorf("label %s: got %q, want %q", v1alpha1.LabelStep, got, step.Name)
		}
		for key, value := range pod.Labels {
			if problems := append(validation.IsQualifiedName(key), validation.IsValidLabelValue(value)...); len(problems) > 0 {
				t.Errorf("label %s=%s: %v", key, value, problems)
			}
		}
		if problems := validation.IsDNS1123Label(pod.Name); len(problems) > 0 {
			t.Errorf("name %q: %v", pod.Name, problems)
		}
		checkOwner(t, pod)
	})
}

func checkOwner(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	if len(pod.OwnerReferences) != 1 {
		t.Fatalf("got %d owners, want 1", len(pod.OwnerReferences))
	}
	owner := pod.OwnerReferences[0]
	if owner.APIVersion != "batch/v1" || owner.Kind != "Job" || owner.Name != pod.Labels[v1alpha1.LabelRun] || string(owner.UID) != pod.Labels[v1alpha1.LabelRunUID] {
		t.Errorf("owner: got %+v, want the run's Job", owner)
	}
	if owner.Controller == nil || *owner.Controller || owner.BlockOwnerDeletion == nil || *owner.BlockOwnerDeletion {
		t.Errorf("owner: got %+v, want controller and blockOwnerDeletion false", owner)
	}
}

func TestNoStepPodHoldsMoreThanItsUserWrote(t *testing.T) {
	eachStepGolden(t, func(t *testing.T, settings v1alpha1.Settings, _ v1alpha1.Step, pod *corev1.Pod) {
		wrote := &corev1.PodSpec{}
		if len(settings.PodSettings) > 0 {
			if err := yaml.Unmarshal(settings.PodSettings, wrote); err != nil {
				t.Fatal(err)
			}
		}
		allowed := map[string]bool{v1alpha1.MainContainer: true}
		for _, c := range slices.Concat(wrote.Containers, wrote.InitContainers) {
			allowed[c.Name] = true
		}
		for _, c := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers) {
			if !allowed[c.Name] {
				t.Errorf("container %s is nobody's", c.Name)
			}
			delete(allowed, c.Name)
		}
		if len(allowed) > 0 {
			t.Errorf("containers %v are missing", slices.Collect(maps.Keys(allowed)))
		}
		if pod.Spec.Containers[0].Name != v1alpha1.MainContainer {
			t.Errorf("the first container is %s, want main", pod.Spec.Containers[0].Name)
		}
	})
}

func TestNoStepPodHasATokenUnasked(t *testing.T) {
	eachStepGolden(t, func(t *testing.T, settings v1alpha1.Settings, _ v1alpha1.Step, pod *corev1.Pod) {
		asked := settings.ServiceAccountName != "" || strings.Contains(string(settings.PodSettings), "utomountServiceAccountToken")
		if automount := pod.Spec.AutomountServiceAccountToken; !asked && (automount == nil || *automount) {
			t.Error("the Pod has an API token that nobody asked for")
		}
		if links := pod.Spec.EnableServiceLinks; links == nil || *links {
			t.Error("enableServiceLinks is not false")
		}
	})
}

// TestEveryStepPodMeetsItsProfile checks what Pod Security Standards demand and a pipeline does not override here.
func TestEveryStepPodMeetsItsProfile(t *testing.T) {
	eachStepGolden(t, func(t *testing.T, settings v1alpha1.Settings, _ v1alpha1.Step, pod *corev1.Pod) {
		switch settings.Security {
		case v1alpha1.SecurityPrivileged:
			if sc := pod.Spec.Containers[0].SecurityContext; sc == nil || sc.Privileged == nil || !*sc.Privileged {
				t.Error("main is not privileged")
			}
		case v1alpha1.SecurityRestricted:
			checkRestricted(t, &pod.Spec)
		case v1alpha1.SecurityBaseline:
			overrides := strings.Contains(string(settings.PodSettings), "allowPrivilegeEscalation")
			checkBaseline(t, &pod.Spec, overrides)
		default:
			t.Errorf("security is %q, want a profile", settings.Security)
		}
	})
}

func checkBaseline(t *testing.T, spec *corev1.PodSpec, mayEscalate bool) {
	t.Helper()
	if sc := spec.SecurityContext; sc == nil || sc.SeccompProfile == nil || sc.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
		t.Error("the Pod's seccomp profile is not RuntimeDefault")
	}
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		sc := c.SecurityContext
		if sc == nil {
			t.Errorf("container %s has no securityContext", c.Name)
			continue
		}
		if !mayEscalate && (sc.AllowPrivilegeEscalation == nil || *sc.AllowPrivilegeEscalation) {
			t.Errorf("container %s may escalate its privileges", c.Name)
		}
		if sc.Privileged != nil && *sc.Privileged {
			t.Errorf("container %s is privileged", c.Name)
		}
	}
}

func checkRestricted(t *testing.T, spec *corev1.PodSpec) {
	t.Helper()
	checkBaseline(t, spec, false)
	if sc := spec.SecurityContext; sc.RunAsNonRoot == nil || !*sc.RunAsNonRoot {
		t.Error("runAsNonRoot is not true")
	}
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		if caps := c.SecurityContext.Capabilities; caps == nil || !slices.Equal(caps.Drop, []corev1.Capability{"ALL"}) || len(caps.Add) > 0 {
			t.Errorf("container %s: capabilities are %+v, want drop ALL", c.Name, caps)
		}
	}
}

func TestEveryDriverJobKeepsTheContract(t *testing.T) {
	eachDriverGolden(t, func(t *testing.T, job *batchv1.Job) {
		s := job.Spec
		if *s.Parallelism != 1 || *s.Completions != 1 || *s.BackoffLimit != 20 || *s.TTLSecondsAfterFinished != 604800 || *s.PodReplacementPolicy != batchv1.Failed {
			t.Errorf("spec: got %+v", s)
		}
		rules := s.PodFailurePolicy.Rules
		if len(rules) != 2 || rules[0].Action != batchv1.PodFailurePolicyActionIgnore || rules[1].Action != batchv1.PodFailurePolicyActionFailJob {
			t.Fatalf("podFailurePolicy: got %+v, want Ignore, then FailJob", rules)
		}
		if got := rules[1].OnExitCodes.Values; !slices.Equal(got, []int32{100, 101, 102}) {
			t.Errorf("FailJob on %v, want 100, 101, 102", got)
		}
		for _, labels := range []map[string]string{job.Labels, s.Template.Labels} {
			if labels[v1alpha1.LabelManagedBy] != "stepherd" || labels[v1alpha1.LabelComponent] != "driver" || labels[v1alpha1.LabelPipeline] == "" {
				t.Errorf("labels: got %v", labels)
			}
		}
		p, err := DecodePlan([]byte(s.Template.Annotations[v1alpha1.AnnotationPlan]))
		if err != nil {
			t.Fatalf("plan: %v", err)
		}
		if (s.ActiveDeadlineSeconds == nil) != (p.Timeout == nil) {
			t.Errorf("activeDeadlineSeconds is %s where the run's timeout is %s", toJSON(s.ActiveDeadlineSeconds), toJSON(p.Timeout))
		}
	})
}

func TestEveryDriverPodIsRestricted(t *testing.T) {
	eachDriverGolden(t, func(t *testing.T, job *batchv1.Job) {
		spec := &job.Spec.Template.Spec
		checkRestricted(t, spec)
		driver := spec.Containers[0]
		if sc := driver.SecurityContext; sc.ReadOnlyRootFilesystem == nil || !*sc.ReadOnlyRootFilesystem || sc.RunAsUser != nil || spec.SecurityContext.RunAsUser != nil {
			t.Errorf("securityContext: got %+v, want a read-only root and no runAsUser", sc)
		}
		if driver.Name != v1alpha1.DriverContainer || !slices.Equal(driver.Args, []string{"run"}) || driver.Command != nil || driver.Image == "" {
			t.Errorf("container: got %s %q %q %q", driver.Name, driver.Image, driver.Command, driver.Args)
		}
		if spec.RestartPolicy != corev1.RestartPolicyNever || spec.ServiceAccountName == "" {
			t.Errorf("restartPolicy %s, serviceAccountName %q", spec.RestartPolicy, spec.ServiceAccountName)
		}
	})
}
