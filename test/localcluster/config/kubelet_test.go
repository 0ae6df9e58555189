package config

import (
	"bytes"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	kubelet "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/apis/config/scheme"

	"github.com/stepherd/stepherd/test/localcluster/plan"
)

// The file is read as the kubelet reads it: strictly, and with its defaults.
func TestKubeletLogMaxSize(t *testing.T) {
	_, codecs, err := scheme.NewSchemeAndCodecs(serializer.EnableStrict)
	if err != nil {
		t.Fatal(err)
	}
	for set, want := range map[string]string{"": "10Mi", "100Ki": "100Ki", "4096": "4096"} {
		c := Cluster{Instance: plan.Instance{Name: "dev"}, Spec: plan.Spec{LogMaxSize: set}}
		var file bytes.Buffer
		if err := templates.ExecuteTemplate(&file, "kubelet.yaml", c.nodeData(plan.Node{Number: 1, Name: "node-1"}, "serving")); err != nil {
			t.Fatal(err)
		}
		var got kubelet.KubeletConfiguration
		if err := runtime.DecodeInto(codecs.UniversalDecoder(), file.Bytes(), &got); err != nil {
			t.Fatalf("size %q: %v in\n%s", set, err, file.String())
		}
		if got.ContainerLogMonitorInterval.Duration != 10*time.Second { // internal/logs goes by it
			t.Errorf("size %q: the kubelet looks every %s", set, got.ContainerLogMonitorInterval.Duration)
		}
		if got.ContainerLogMaxSize != want {
			t.Errorf("size %q: the kubelet reads %q, want %q", set, got.ContainerLogMaxSize, want)
		}
	}
}
