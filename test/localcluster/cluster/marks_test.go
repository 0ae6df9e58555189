package cluster

import (
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/test/localcluster/plan"
)

func TestApplyMarks(t *testing.T) {
	want := plan.Node{
		Labels: map[string]string{"pool": "gpu", "empty": ""},
		Taints: []plan.Taint{{Key: "gpu", Effect: "NoSchedule"}},
	}
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"pool": "cpu", "other": "stays"}},
		Spec: corev1.NodeSpec{Taints: []corev1.Taint{
			{Key: "gpu", Value: "wrong", Effect: corev1.TaintEffectNoSchedule},
			{Key: "other", Effect: corev1.TaintEffectNoExecute},
		}},
	}
	if !applyMarks(node, want) {
		t.Error("a wrong node needs no change")
	}
	labels := map[string]string{"pool": "gpu", "empty": "", "other": "stays"}
	if !reflect.DeepEqual(node.Labels, labels) {
		t.Errorf("labels: %v", node.Labels)
	}
	taints := []corev1.Taint{
		{Key: "gpu", Effect: corev1.TaintEffectNoSchedule},
		{Key: "other", Effect: corev1.TaintEffectNoExecute},
	}
	if !reflect.DeepEqual(node.Spec.Taints, taints) {
		t.Errorf("taints: %v", node.Spec.Taints)
	}
	if applyMarks(node, want) {
		t.Error("a right node needs a change")
	}
}

func TestImportedNames(t *testing.T) {
	const output = `unpacking docker.io/a/b:1 (sha256:00)...done
something else
unpacking localhost/c:dev (sha256:01)...done
`
	want := []string{"docker.io/a/b:1", "localhost/c:dev"}
	if got := importedNames(output); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
