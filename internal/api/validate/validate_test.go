package validate

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func TestImages(t *testing.T) {
	hex := strings.Repeat("0123456789abcdef", 4)
	for _, image := range []string{
		"a", "busybox", "busybox:1.36", "library/busybox", "docker.io/library/busybox:latest", "localhost/a", "localhost:5000/a/b_c/d__e/f-g.h--i:Tag_1.x",
		"Registry.Example:443/a", "a@sha256:" + hex, "a:b@sha256:" + hex, "gcr.io/a-b/c@sha512:" + hex + hex, "[::1]:5000/a", "127.0.0.1:80/a", "x.y/z",
	} {
		if wrong := ImageProblem(image); wrong != "" {
			t.Errorf("%s: %s", image, wrong)
		}
	}
	for _, image := range []string{
		"", " ", "a b", "a\n", "A", "a/B", "http://a", "a:", "a:b:c", "a@", "a@b", "a@sha256:" + hex[1:], "a@sha256:" + hex + "0", "/a", "a/", "a//b", "-a", "a-", "a..b", "a___b", "a.-b",
		"a:" + strings.Repeat("x", 129), strings.Repeat("a", 256), "ex_ample.com/a", "a:5000:6000/b", "$(X)", "a:b/c:d/e", "é", "a\x00", ".:1/a",
	} {
		if ImageProblem(image) == "" {
			t.Errorf("%q was taken", image)
		}
	}
}

// TestValidateWithoutFile holds Validate for pipelines that were made in Go: the same rules, with paths and no lines.
func TestValidateWithoutFile(t *testing.T) {
	p := &v1alpha1.Pipeline{APIVersion: v1alpha1.APIVersion, Kind: "pipeline", Metadata: v1alpha1.Metadata{Name: "x"}, FailurePolicy: v1alpha1.StopOnFailure,
		Driver:   v1alpha1.Driver{PodSettings: v1alpha1.PodSettings(`{"restartPolicy":"Never"}`)},
		Settings: v1alpha1.Settings{PodSettings: v1alpha1.PodSettings(`{"nodeselector":{}}`), ImagePullPolicy: corev1.PullAlways},
		Steps: []v1alpha1.Step{
			{Name: "a", Needs: []string{"b"}, Settings: v1alpha1.Settings{Image: "i", PodSettings: v1alpha1.PodSettings(`[]`)}},
			{Name: "b", Needs: []string{"a", "c"}, Settings: v1alpha1.Settings{PodSettings: v1alpha1.PodSettings(`{"hostNetwork":5}`)}},
			{Name: "A"},
		}}
	want := []string{
		`kind: kind is "pipeline", but this build knows "Pipeline" only`,
		"driver.podSettings.restartPolicy: restartPolicy is refused: Stepherd starts each attempt as a Pod of its own, which never restarts; remove it",
		`settings.podSettings: podSettings are no PodSpec: unknown field "nodeselector"`,
		"steps[0].settings.podSettings: podSettings are no PodSpec: json: cannot unmarshal array into Go value of type map[string]interface {}",
		"steps[1].settings.podSettings: podSettings are no PodSpec: json: cannot unmarshal number into Go struct field PodSpec.hostNetwork of type bool",
		`steps[1].settings.image: step "b" has no image: set settings.image of the pipeline for all steps, or of this step`,
		`steps[2].settings.image: step "A" has no image: set settings.image of the pipeline for all steps, or of this step`,
		`steps[2].name: "A" and "a" of steps[0] are both "a" in the names of Pods: change one`,
		"steps[0].needs[0]: the steps wait for each other: a -> b -> a; remove one of these needs",
		`steps[1].needs[1]: no step is called "c"`,
	}
	got := []string{}
	for _, problem := range Pipeline(p) {
		got = append(got, problem.Path+": "+problem.Message)
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestCyclePath(t *testing.T) {
	var long []string
	for i := range 1000 {
		long = append(long, fmt.Sprint("s", i))
	}
	long = append(long, "s0")
	want := "s0 -> s1 -> s2 -> s3 -> s4 -> s5 -> s6 -> s7 -> s8 -> s9 -> ... 981 more ... -> s991 -> s992 -> s993 -> s994 -> s995 -> s996 -> s997 -> s998 -> s999 -> s0"
	if got := cyclePath(long); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := cyclePath([]string{"a", "b", "a"}); got != "a -> b -> a" {
		t.Errorf("got %s", got)
	}
}
