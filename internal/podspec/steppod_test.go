package podspec

import (
	"encoding/json"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// onePipeline is a valid pipeline of one step, "work", with the given settings.
func onePipeline(s v1alpha1.Settings) *v1alpha1.Pipeline {
	s.Image = "registry.example/step:1"
	return &v1alpha1.Pipeline{
		APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.KindPipeline,
		Metadata: v1alpha1.Metadata{Name: "p"},
		Steps:    []v1alpha1.Step{{Name: "work", Command: []string{"run"}, Args: []string{"a"}, Settings: s}},
	}
}

func mustStepPod(t *testing.T, s v1alpha1.Settings) *corev1.Pod {
	t.Helper()
	pod, err := StepPod(onePipeline(s), "work", Attempt{Number: 2}, Identity{Run: "r", RunUID: "u", Namespace: "ns"})
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

func podSettings(text string) v1alpha1.Settings {
	return v1alpha1.Settings{PodSettings: v1alpha1.PodSettings(text)}
}

// TestPodSettingsCannotChangeTheContract: Decode refuses these with a sentence; here they have no effect, should it ever
// let one through.
func TestPodSettingsCannotChangeTheContract(t *testing.T) {
	plain := mustStepPod(t, v1alpha1.Settings{})
	for _, row := range []struct{ name, settings string }{
		{"restartPolicy", `{"restartPolicy":"Always"}`},
		{"activeDeadlineSeconds", `{"activeDeadlineSeconds":1}`},
		{"activeDeadlineSeconds away", `{"activeDeadlineSeconds":null}`},
		{"ephemeralContainers", `{"ephemeralContainers":[{"name":"debug","image":"x"}]}`},
		{"image", `{"containers":[{"name":"main","image":"other"}]}`},
		{"command and args", `{"containers":[{"name":"main","command":["other"],"args":["other"]}]}`},
		{"container restartPolicy", `{"containers":[{"name":"main","restartPolicy":"Always"}]}`},
		{"restartPolicyRules", `{"containers":[{"name":"main","restartPolicyRules":[{"action":"Restart"}]}]}`},
		{"terminationMessagePath", `{"containers":[{"name":"main","terminationMessagePath":"/tmp/x"}]}`},
		{"no containers", `{"containers":null}`},
		{"main deleted", `{"containers":[{"name":"main","$patch":"delete"}]}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := mustStepPod(t, podSettings(row.settings))
			if !equality.Semantic.DeepEqual(got, plain) {
				t.Error(firstDifference(toYAML(t, got), toYAML(t, plain)))
			}
		})
	}
}

func TestInitContainersRunOnceOrAreSidecars(t *testing.T) {
	spec := mustStepPod(t, podSettings(`{"initContainers":[
		{"name":"proxy","image":"x","restartPolicy":"Always"},
		{"name":"fetch","image":"x","restartPolicyRules":[{"action":"Restart"}]}]}`)).Spec
	sidecar, fetch := spec.InitContainers[0], spec.InitContainers[1]
	if sidecar.RestartPolicy == nil || *sidecar.RestartPolicy != corev1.ContainerRestartPolicyAlways {
		t.Errorf("sidecar: got restartPolicy %v, want Always", sidecar.RestartPolicy)
	}
	if fetch.RestartPolicyRules != nil {
		t.Errorf("init container: got rules %+v, want none", fetch.RestartPolicyRules)
	}
}

func TestUserLabelsNeverOverrideOurs(t *testing.T) {
	plain := mustStepPod(t, v1alpha1.Settings{})
	reserved := map[string]string{
		"job-name": "x", "controller-uid": "x", "batch.kubernetes.io/job-name": "x", "batch.kubernetes.io/anything": "x",
		"stepherd.dev/index": "x", "stepherd.dev/plan": "x", "app.kubernetes.io/managed-by": "x",
	}
	for key := range plain.Labels {
		reserved[key] = "x"
	}
	got := mustStepPod(t, v1alpha1.Settings{Labels: reserved, Annotations: reserved})
	if !equality.Semantic.DeepEqual(got, plain) {
		t.Error(firstDifference(toYAML(t, got), toYAML(t, plain)))
	}
}

func TestStepPodSharesNothingWithThePipeline(t *testing.T) {
	s := v1alpha1.Settings{
		Labels:  map[string]string{"a": "b"},
		Env:     []corev1.EnvVar{{Name: "A", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "x"}}}},
		EnvFrom: []corev1.EnvFromSource{{Prefix: "A"}},
	}
	p := onePipeline(s)
	before, _ := json.Marshal(p)
	pod, err := StepPod(p, "work", Attempt{Number: 1}, Identity{})
	if err != nil {
		t.Fatal(err)
	}
	main := &pod.Spec.Containers[0]
	pod.Labels["a"], main.Command[0], main.Args[0], main.EnvFrom[0].Prefix = "x", "x", "x", "x"
	main.Env[len(main.Env)-1].ValueFrom.FieldRef.FieldPath = "changed"
	if after, _ := json.Marshal(p); string(after) != string(before) {
		t.Errorf("the pipeline changed with its Pod:\n%s\n%s", before, after)
	}
}

func TestStepPodErrors(t *testing.T) {
	for _, row := range []struct{ name, settings, step, want string }{
		{"no such step", `{}`, "other", `pipeline p has no step "other"`},
		{"a list without its key", `{"containers":[{"image":"x"}]}`, "work", "step work: podSettings do not merge"},
		{"not an object", `[]`, "work", "step work: "},
		{"wrong type", `{"hostNetwork":"yes"}`, "work", "step work: podSettings do not fit a PodSpec"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := StepPod(onePipeline(podSettings(row.settings)), row.step, Attempt{Number: 1}, Identity{})
			if err == nil || !strings.HasPrefix(err.Error(), row.want) {
				t.Errorf("got %v, want %s...", err, row.want)
			}
		})
	}
}

func TestAPIToken(t *testing.T) {
	named := podSettings(``)
	named.ServiceAccountName = "uploader"
	namedWithout := podSettings(`{"automountServiceAccountToken":false}`)
	namedWithout.ServiceAccountName = "uploader"
	yes, no := true, false
	for _, row := range []struct {
		name     string
		settings v1alpha1.Settings
		want     *bool
	}{
		{"by default", v1alpha1.Settings{}, &no},
		{"account named", named, nil},
		{"account named in podSettings", podSettings(`{"serviceAccountName":"uploader"}`), nil},
		{"account named the old way", podSettings(`{"serviceAccount":"uploader"}`), nil},
		{"account named, token refused", namedWithout, &no},
		{"token asked for", podSettings(`{"automountServiceAccountToken":true}`), &yes},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := mustStepPod(t, row.settings).Spec.AutomountServiceAccountToken; !equality.Semantic.DeepEqual(got, row.want) {
				t.Errorf("got %s, want %s", toJSON(got), toJSON(row.want))
			}
		})
	}
}

func toJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// TestMustSucceedIsAnAnnotation: the Pod says which side containers its success waits for, in one order and each once, and nothing of
// the user's takes that away.
func TestMustSucceedIsAnAnnotation(t *testing.T) {
	for _, row := range []struct {
		name           string
		pipeline, step []string
		want           string
	}{
		{"none", nil, nil, ""},
		{"the pipeline's", []string{"sync", "log", "sync"}, nil, "log,sync"},
		{"the step's", []string{"sync"}, []string{"log"}, "log"},
		{"the step's none", []string{"sync"}, []string{}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := onePipeline(v1alpha1.Settings{SideContainers: &v1alpha1.SideContainers{MustSucceed: row.step}})
			p.Settings.SideContainers = &v1alpha1.SideContainers{MustSucceed: row.pipeline}
			p.Settings.Annotations = map[string]string{v1alpha1.AnnotationMustSucceed: "mine"}
			pod, err := StepPod(p, "work", Attempt{Number: 1}, Identity{Run: "r", RunUID: "u", Namespace: "ns"})
			if err != nil {
				t.Fatal(err)
			}
			if got := pod.Annotations[v1alpha1.AnnotationMustSucceed]; got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}
