package kube

import (
	"strings"
	"testing"

	"k8s.io/client-go/rest"
)

func TestWithDefaults(t *testing.T) {
	original := &rest.Config{Host: "https://x", QPS: 5}
	c := WithDefaults(original, "name")
	if original.QPS != 5 || original.UserAgent != "" {
		t.Error("the original was changed")
	}
	if c.QPS != -1 || c.Burst != -1 || c.UserAgent != "name" || !strings.Contains(c.ContentType, "protobuf") || !strings.Contains(c.AcceptContentTypes, "json") {
		t.Errorf("got %+v", c)
	}
}
